import { ApiObject } from 'cdk8s';
import type { IConstruct } from 'constructs';
import type { ResourceView, StateView } from '../function/protocol.ts';
import type { Json } from '../internal/json.ts';

/** What the cluster holds of what an XR composed earlier, by construct or by construct path. */
export interface Observed {
  /** Is it there? */
  has(resource: IConstruct | string): boolean;
  /** One field of it: `observed.get(release, 'status', 'history', 0, 'chartVersion')`. Only what lies on the path is decoded. */
  get(resource: IConstruct | string, ...path: readonly (string | number)[]): Json | undefined;
}

/** Name of the composed resource: the path of the object, which a construct of cdk8s-plus holds as its child. */
function resourceName(construct: IConstruct): string {
  const object = ApiObject.isApiObject(construct) ? construct : construct.node.defaultChild;
  return (object ?? construct).node.path;
}

export function observedState(state: StateView): Observed {
  const view = (resource: IConstruct | string): ResourceView | undefined =>
    state.resources.get(typeof resource === 'string' ? resource : resourceName(resource));
  return {
    has: (resource) => view(resource) !== undefined,
    get: (resource, ...path) => view(resource)?.get(...path),
  };
}
