import { ApiObject } from 'cdk8s';
import { ApiResource } from '../kinds/resource.ts';
import type { Catalogue } from './catalogue.ts';
import type { BlueprintScope } from './scope.ts';
import { isClusterScoped } from './synth.ts';

/** Path of the namespace that a cluster-scoped Blueprint composes for its objects. */
export const NAMESPACE_PATH = 'namespace';

/** Composes the namespace if something lies in it and the author did not compose it; what lies in it waits for it. */
export function ensureNamespace(scope: BlueprintScope, name: string, catalogue: Catalogue): void {
  const mine = scope.node.findAll().filter((c): c is ApiObject => ApiObject.isApiObject(c));
  if (mine.some((o) => o.kind === 'Namespace' && o.apiVersion === 'v1' && o.name === name)) return;
  const inhabited = mine.some(
    (o) => o.metadata.namespace === name && !isClusterScoped(o.apiVersion, o.kind, catalogue),
  );
  if (inhabited)
    new ApiResource(scope, NAMESPACE_PATH, { apiVersion: 'v1', kind: 'Namespace' }, { metadata: { name } });
}
