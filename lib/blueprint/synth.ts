import type { ApiObject } from 'cdk8s';
import type { IConstruct } from 'constructs';
import { formatIssues, isToolkitError, ToolkitError } from '../errors.ts';
import { getPath, type JsonObject } from '../internal/json.ts';
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
 * @throws ToolkitError `compose` for a cluster-scoped kind in a namespaced XR, two constructs that mean one object, or
 * a construct that cannot be written
 */
export function synthesize(
  objects: readonly ApiObject[],
  catalogue: Catalogue,
  options: { readonly namespaced: boolean },
): readonly SynthesizedObject[] {
  const seen = new Map<string, string>();
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
    const written = write(construct);
    const manifest = clusterScoped ? withoutNamespace(written) : written;
    refuseTwin(seen, construct, manifest);
    return { name, construct, clusterScoped, manifest };
  });
}

function write(construct: ApiObject): JsonObject {
  try {
    return hasManifest(construct) ? construct.manifest() : (construct.toJson() as JsonObject);
  } catch (cause) {
    if (isToolkitError(cause)) throw cause;
    const message = cause instanceof Error ? cause.message : String(cause);
    const what = `${construct.kind} "${construct.node.path}"`;
    throw new ToolkitError('compose', `Cannot compose ${what}: ${message}`, {
      cause,
      place: construct.node.path,
    });
  }
}

/** Crossplane would apply both in random order, for ever. */
function refuseTwin(seen: Map<string, string>, construct: ApiObject, manifest: JsonObject): void {
  const { kind, apiVersion } = construct;
  const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
  const key = [group, kind, getPath(manifest, ['metadata', 'namespace']), construct.name].join(' ');
  const path = construct.node.path;
  const other = seen.get(key);
  seen.set(key, path);
  if (other === undefined) return;
  throw new ToolkitError(
    'compose',
    `Cannot compose "${path}": ${kind} "${construct.name}" is composed as "${other}" already`,
    { remedy: 'rename one of the two constructs, or set metadata.name', place: path },
  );
}

/** What constructs find wrong with themselves; cdk8s-plus reports an Ingress without rules only here. */
export function refuseInvalid(root: IConstruct): void {
  const issues = root.node
    .findAll()
    .flatMap((c) => c.node.validate().map((message) => ({ path: c.node.path, message })));
  if (issues.length === 0) return;
  throw new ToolkitError(
    'compose',
    `Cannot compose what breaks the rules of its constructs\n${formatIssues(issues)}`,
  );
}

function withoutNamespace(manifest: JsonObject): JsonObject {
  const { namespace: _namespace, ...metadata } = (manifest.metadata ?? {}) as JsonObject;
  return { ...manifest, metadata };
}
