import { plainObject } from '../generate/settled-steps.ts';
import { isObject, type JsonObject } from '../internal/json.ts';
import {
  annotationOf,
  apiVersionOf,
  controllerOf,
  groupVersion,
  kindOf,
  nameOf,
  objectKey,
  RESOURCE_NAME_ANNOTATION,
} from '../render/objects.ts';
import type { SettleResult } from '../render/settle.ts';

/** What an XR composes: objects by their name in the Composition, those of nested XRs behind the name of these. */
export type Composed = ReadonlyMap<string, JsonObject>;

/** Usages are named by hashes and follow from the rest. */
const LEFT_OUT = new Set(['protection.crossplane.io']);

/** The objects of a settled XR without what a cluster and Crossplane write into them. */
export function composedOf(result: SettleResult): Composed {
  const out = new Map<string, JsonObject>();
  const [root] = result.reconciles.keys();
  const names = new Map<unknown, string>();
  // Parents come before what they compose, in the order of their birth.
  for (const object of result.objects) {
    if (objectKey(object) === root || LEFT_OUT.has(groupVersion(apiVersionOf(object)).group)) continue;
    const resource = annotationOf(object, RESOURCE_NAME_ANNOTATION);
    if (resource === '') continue;
    const above = names.get(controllerOf(object)?.uid);
    const name = above === undefined ? resource : `${above} › ${resource}`;
    const metadata = isObject(object.metadata) ? object.metadata : {};
    names.set(metadata.uid, name);
    out.set(name, withoutBookKeeping(plainObject(object)));
  }
  return out;
}

/** Labels that tell the version change with every version, and mean nothing. */
const VERSION_LABELS = new Set(['openova.io/blueprint-version']);

function withoutBookKeeping(object: JsonObject): JsonObject {
  const metadata = isObject(object.metadata) ? object.metadata : {};
  const { crossplane: _, ...spec } = isObject(object.spec) ? object.spec : {};
  const labels = isObject(metadata.labels) ? metadata.labels : {};
  const kept = Object.entries(labels).filter(([key]) => !VERSION_LABELS.has(key));
  return {
    ...object,
    metadata: { ...metadata, labels: Object.fromEntries(kept) },
    ...(isObject(object.spec) && { spec }),
  };
}

/** `Cluster "database"`, for people. */
export function label(object: JsonObject): string {
  return `${kindOf(object)} "${nameOf(object)}"`;
}

/** `apps/Deployment`; `/Service` of the core group. */
export function groupKind(object: JsonObject): string {
  return `${groupVersion(apiVersionOf(object)).group}/${kindOf(object)}`;
}
