import type { ApiObject } from 'cdk8s';
import { ToolkitError } from '../errors.ts';
import type { JsonObject } from '../internal/json.ts';
import { findKind } from '../kinds/registry.ts';
import { COMPOSE_API_VERSION } from '../model/names.ts';
import type { Catalogue } from './catalogue.ts';

/** One object that an XR wants to exist, before ordering. */
export interface SynthesizedObject {
  /** Construct path: the name of the composed resource. */
  readonly name: string;
  readonly construct: ApiObject;
  readonly manifest: JsonObject;
  readonly clusterScoped: boolean;
}

/** Is the kind cluster-scoped? Undefined for kinds that nobody described. */
export function isClusterScoped(apiVersion: string, kind: string, catalogue: Catalogue): boolean | undefined {
  if (apiVersion === COMPOSE_API_VERSION) {
    for (const entry of catalogue.values()) if (entry.kind === kind) return entry.scope === 'Cluster';
  }
  const found = findKind(apiVersion, kind);
  return found === undefined ? undefined : found.scope === 'Cluster';
}

interface ManifestSource {
  manifest(): JsonObject;
}

function hasManifest(object: ApiObject): object is ApiObject & ManifestSource {
  return 'manifest' in object && typeof object.manifest === 'function';
}

/**
 * Turns constructs into manifests. Ours hand over what they hold; any other cdk8s construct goes through cdk8s'
 * own synthesis. A namespace that cdk8s put on a cluster-scoped kind is taken off again.
 * @throws ToolkitError `compose` for a cluster-scoped kind in a namespaced XR
 */
export function synthesize(
  objects: readonly ApiObject[],
  catalogue: Catalogue,
  options: { readonly namespaced: boolean },
): readonly SynthesizedObject[] {
  return objects.map((construct) => {
    const name = construct.node.path;
    const clusterScoped = isClusterScoped(construct.apiVersion, construct.kind, catalogue) ?? false;
    if (clusterScoped && options.namespaced) {
      throw new ToolkitError(
        'compose',
        `Cannot compose ${construct.kind} "${name}": it is cluster-scoped, and this XR is namespaced`,
        {
          remedy: "give the Blueprint scope: 'Cluster', or leave the object out",
          place: name,
        },
      );
    }
    const manifest = hasManifest(construct) ? construct.manifest() : (construct.toJson() as JsonObject);
    return {
      name,
      construct,
      clusterScoped,
      manifest: clusterScoped ? withoutNamespace(manifest) : manifest,
    };
  });
}

function withoutNamespace(manifest: JsonObject): JsonObject {
  const { namespace: _namespace, ...metadata } = (manifest.metadata ?? {}) as JsonObject;
  return { ...manifest, metadata };
}
