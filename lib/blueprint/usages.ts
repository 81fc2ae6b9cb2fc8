import type { DesiredResource } from '../function/protocol.ts';
import { getPath, isObject } from '../internal/json.ts';
import type { SynthesizedObject } from './synth.ts';

/**
 * A Usage for each declared order between two objects that both exist: the first is not deleted while the second
 * is there. Crossplane enforces it only where its webhooks are on and the XR is deleted in the foreground.
 * It cannot express an order across scopes or namespaces (crossplane#7123); such a pair gets none.
 */
export function usagesFor(
  pairs: Iterable<readonly [dependent: SynthesizedObject, dependency: SynthesizedObject]>,
): ReadonlyMap<string, DesiredResource> {
  const out = new Map<string, DesiredResource>();
  for (const [dependent, dependency] of pairs) {
    if (dependent.clusterScoped !== dependency.clusterScoped) continue;
    const namespace = getPath(dependency.manifest, ['metadata', 'namespace']);
    if (namespace !== getPath(dependent.manifest, ['metadata', 'namespace'])) continue;
    // Paths hold single slashes only, so two different pairs never share a name.
    const labels = getPath(dependent.manifest, ['metadata', 'labels']);
    out.set(`usage/${dependent.name}//${dependency.name}`, {
      ready: 'true',
      object: {
        apiVersion: 'protection.crossplane.io/v1beta1',
        kind: dependency.clusterScoped ? 'ClusterUsage' : 'Usage',
        metadata: {
          ...(typeof namespace === 'string' ? { namespace } : {}),
          ...(isObject(labels) ? { labels } : {}),
        },
        // Without `replayDeletion`: it remembers an attempt for ever, so that a deletion which was refused a year ago
        // would come true when an optional dependent is switched off. The garbage collector tries again by itself.
        spec: { of: reference(dependency), by: reference(dependent) },
      },
    });
  }
  return out;
}

function reference(object: SynthesizedObject): {
  apiVersion: string;
  kind: string;
  resourceRef: { name: string };
} {
  return {
    apiVersion: object.construct.apiVersion,
    kind: object.construct.kind,
    resourceRef: { name: object.construct.name },
  };
}
