import type { JsonObject } from '../../../lib/internal/json.ts';
import type { Project } from '../../../lib/project/index.ts';
import { type Cluster, describeStatus, hasCondition } from '../../../lib/testing/cluster/index.ts';
import { listAt, objectKey, textAt } from './objects.ts';
import { composedRefs } from './operators.ts';
import { listXrs } from './whole-set.ts';

/**
 * All that Crossplane made of the XRs of a project, and the XRs: by `apiVersion kind namespace/name`. Objects of a kind
 * that is composed are looked at whole, so that one which nobody refers to any more is seen as well.
 */
export async function composedObjects(
  cluster: Cluster,
  project: Project,
): Promise<ReadonlyMap<string, JsonObject>> {
  const xrs = await listXrs(cluster, project);
  const kinds = new Set(xrs.flatMap((xr) => composedRefs(xr).map((ref) => `${ref.apiVersion} ${ref.kind}`)));
  const own = new Set([...project.blueprints.values()].map((b) => b.blueprint.kind));
  const objects = new Map(xrs.map((xr) => [objectKey(xr), xr]));
  for (const key of kinds) {
    const [apiVersion = '', kind = ''] = key.split(' ');
    for (const object of await cluster.list(apiVersion, kind)) {
      // Namespaces of the cluster itself are of a composed kind too.
      if (isComposed(object, own)) objects.set(objectKey(object), object);
    }
  }
  return objects;
}

/** Composed, by an XR of these kinds or one that is gone. */
function isComposed(object: JsonObject, kinds: ReadonlySet<string>): boolean {
  const name = textAt(object, 'metadata', 'annotations', 'crossplane.io/composition-resource-name');
  if (name === '' && textAt(object, 'metadata', 'labels', 'crossplane.io/composite') === '') return false;
  const owners = listAt(object, 'metadata', 'ownerReferences').map((o) => textAt(o, 'kind'));
  return owners.length === 0 || owners.some((kind) => kinds.has(kind));
}

/** One field of each object's metadata. */
export function fieldOf(
  objects: ReadonlyMap<string, JsonObject>,
  field: 'uid' | 'resourceVersion',
): ReadonlyMap<string, string> {
  return new Map([...objects].map(([key, object]) => [key, textAt(object, 'metadata', field)]));
}

/** What of the first is not the same in the second, and what came. */
export function changes(
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
): readonly string[] {
  const out = [...before].flatMap(([key, value]) => {
    const now = after.get(key);
    return now === value ? [] : [now === undefined ? `${key}: gone` : `${key}: ${value} → ${now}`];
  });
  return [...out, ...[...after.keys()].filter((key) => !before.has(key)).map((key) => `${key}: new`)].sort();
}

/**
 * An XR that core could not reconcile for this reason. A bare `Synced=False` may be that of a moment: for one, a new
 * CompositionRevision whose pipeline core has not judged yet.
 */
export function unsynced(why: RegExp | string): (xr: JsonObject) => boolean {
  return (xr) => {
    if (!hasCondition(xr, 'Synced', 'False')) return false;
    const told = describeStatus(xr);
    return typeof why === 'string' ? told.includes(why) : why.test(told);
  };
}
