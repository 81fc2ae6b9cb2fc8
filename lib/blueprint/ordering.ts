import { ApiObject } from 'cdk8s';
import type { IConstruct } from 'constructs';
import { ToolkitError } from '../errors.ts';

/**
 * What each object must wait for, from construct dependencies (`after`, `node.addDependency`, `addDependency`):
 * a dependency on a construct is one on every object below it, and one declared on a construct holds for all below.
 * @throws ToolkitError `compose` if the dependencies form a cycle
 */
export function dependenciesOf(objects: readonly ApiObject[]): ReadonlyMap<ApiObject, readonly ApiObject[]> {
  const edges = new Map<ApiObject, readonly ApiObject[]>();
  for (const object of objects) {
    const found = new Set<ApiObject>();
    for (const declared of object.node.scopes) {
      for (const dependency of declared.node.dependencies) {
        for (const target of objectsBelow(dependency)) if (target !== object) found.add(target);
      }
    }
    // A construct's own parts never wait for the whole they belong to.
    edges.set(object, [...found]);
  }
  refuseCycles(edges);
  return edges;
}

export function objectsBelow(construct: IConstruct): readonly ApiObject[] {
  return construct.node.findAll().filter((c): c is ApiObject => ApiObject.isApiObject(c));
}

function refuseCycles(edges: ReadonlyMap<ApiObject, readonly ApiObject[]>): void {
  const done = new Set<ApiObject>();
  const visit = (object: ApiObject, trail: readonly ApiObject[]): void => {
    if (done.has(object)) return;
    if (trail.includes(object)) {
      const cycle = [...trail.slice(trail.indexOf(object)), object].map((o) => o.node.path);
      throw new ToolkitError(
        'compose',
        `Cannot order the composed objects: they wait for each other: ${cycle.join(' → ')}`,
      );
    }
    for (const next of edges.get(object) ?? []) visit(next, [...trail, object]);
    done.add(object);
  };
  for (const object of edges.keys()) visit(object, []);
}
