import { ToolkitError } from '../errors.ts';
import { getPath, isObject, type JsonObject } from '../internal/json.ts';
import { ComposeError, quote } from './compose-error.ts';
import { type Layout, resourceRefs } from './layout.ts';
import type { RunResource } from './model.ts';
import {
  annotationOf,
  CLAIM_NAME_LABEL,
  CLAIM_NAMESPACE_LABEL,
  COMPOSITE_LABEL,
  controllerOf,
  describe,
  namespaceOf,
  objectAt,
  RESOURCE_NAME_ANNOTATION,
  textAt,
  uidOf,
  withMetadata,
} from './objects.ts';
import { type Lookup, secretData } from './resources.ts';

/**
 * Refuses what an XR could never have composed.
 * @throws ToolkitError `invalid` for one controlled by another, or in another namespace than its namespaced XR
 */
export function checkObserved(xr: JsonObject, observed: readonly JsonObject[]): void {
  for (const object of observed) {
    const controller = controllerOf(object);
    if (controller !== undefined && controller.uid !== uidOf(xr)) {
      throw new ToolkitError(
        'invalid',
        `Cannot render: observed resource ${describe(object)} is controlled by ${String(controller.kind)} ${String(controller.name)}, not by the composite resource`,
        { remedy: 'give the XR its real metadata.uid, or take the owner reference out' },
      );
    }
    const namespace = namespaceOf(xr);
    if (namespace !== '' && namespaceOf(object) !== namespace) {
      throw new ToolkitError(
        'invalid',
        `Cannot render: observed resource ${describe(object)} is not in the composite resource's namespace ${quote(namespace)}`,
      );
    }
  }
}

/**
 * What the XR's references lead to, by its name in the Composition, with its connection details. What is not there, or
 * is controlled by another, does not exist for the XR.
 * @throws ComposeError for one without the annotation that names it
 */
export function observeComposed(
  xr: JsonObject,
  layout: Layout,
  lookup: Lookup,
): ReadonlyMap<string, RunResource> {
  const out = new Map<string, RunResource>();
  for (const ref of resourceRefs(xr, layout)) {
    const named = textAt(ref, 'name');
    const namespace = namespaceOf(xr) || textAt(ref, 'namespace');
    const object = lookup.get(textAt(ref, 'apiVersion'), textAt(ref, 'kind'), namespace, named);
    if (named === '' || object === undefined) continue;
    const controller = controllerOf(object);
    if (controller !== undefined && controller.uid !== uidOf(xr)) continue;
    const name = annotationOf(object, RESOURCE_NAME_ANNOTATION);
    if (name === '') {
      throw new ComposeError(
        `cannot get existing composed resources: encountered composed resource without required ${quote(RESOURCE_NAME_ANNOTATION)} annotation`,
      );
    }
    out.set(name, { object, ready: 'unspecified', ...connectionDetails(object, lookup) });
  }
  return out;
}

/** The XR as its functions observe it: only a legacy one has connection details. */
export function observeXr(xr: JsonObject, layout: Layout, lookup: Lookup): RunResource {
  return { object: xr, ready: 'unspecified', ...(layout === 'legacy' && connectionDetails(xr, lookup)) };
}

/** The data of the Secret that an object says it writes its connection details to. */
function connectionDetails(object: JsonObject, lookup: Lookup): Pick<RunResource, 'connectionDetails'> {
  const ref = objectAt(object, 'spec', 'writeConnectionSecretToRef');
  const namespace = namespaceOf(object) || textAt(ref, 'namespace');
  const secret = lookup.get('v1', 'Secret', namespace, textAt(ref, 'name'));
  return secret === undefined ? {} : { connectionDetails: secretData(secret) };
}

/** A composed resource as it is when it is deleted: no longer marked as its XR's. */
export function released(object: JsonObject): JsonObject {
  const before = getPath(object, ['metadata', 'labels']);
  if (!isObject(before)) return object;
  const labels = Object.entries(before).filter(([key]) => !MARKS.has(key));
  return withMetadata(object, { labels: Object.fromEntries(labels) });
}

const MARKS: ReadonlySet<string> = new Set([COMPOSITE_LABEL, CLAIM_NAME_LABEL, CLAIM_NAMESPACE_LABEL]);
