import { ApiObject } from 'cdk8s';
import type { BlueprintScope } from './scope.ts';

/** Path of the namespace that a cluster-scoped Blueprint composes for its objects. */
export const NAMESPACE_PATH = 'namespace';

/** Composes the namespace, unless the author did; what lies in it waits for it. */
export function ensureNamespace(scope: BlueprintScope, name: string): void {
  const mine = scope.node.findAll().filter((c): c is ApiObject => ApiObject.isApiObject(c));
  if (mine.some((o) => o.kind === 'Namespace' && o.apiVersion === 'v1' && o.name === name)) return;
  if (!mine.some((o) => o.metadata.namespace === name)) return;
  new ApiObject(scope, NAMESPACE_PATH, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
}
