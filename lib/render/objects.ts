import { getPath, isObject, type Json, type JsonObject } from '../internal/json.ts';

export const COMPOSITE_LABEL = 'crossplane.io/composite';
export const CLAIM_NAME_LABEL = 'crossplane.io/claim-name';
export const CLAIM_NAMESPACE_LABEL = 'crossplane.io/claim-namespace';
export const RESOURCE_NAME_ANNOTATION = 'crossplane.io/composition-resource-name';
export const PAUSED_ANNOTATION = 'crossplane.io/paused';
export const RECONCILE_REQUESTED_ANNOTATION = 'crossplane.io/reconcile-requested-at';

/** The text at a path, or '' when there is none: Kubernetes treats absent and empty alike. */
export function textAt(object: unknown, ...path: readonly (string | number)[]): string {
  const value = getPath(object, path);
  return typeof value === 'string' ? value : '';
}

export const apiVersionOf = (object: JsonObject): string => textAt(object, 'apiVersion');
export const kindOf = (object: JsonObject): string => textAt(object, 'kind');
export const nameOf = (object: JsonObject): string => textAt(object, 'metadata', 'name');
export const namespaceOf = (object: JsonObject): string => textAt(object, 'metadata', 'namespace');
export const uidOf = (object: JsonObject): string => textAt(object, 'metadata', 'uid');
export const labelOf = (object: JsonObject, key: string): string => textAt(object, 'metadata', 'labels', key);
export const annotationOf = (object: JsonObject, key: string): string =>
  textAt(object, 'metadata', 'annotations', key);

/** `apps/v1` → group `apps`, version `v1`; `v1` → group '', version `v1`. */
export function groupVersion(apiVersion: string): { group: string; version: string } {
  const slash = apiVersion.indexOf('/');
  if (slash < 0) return { group: '', version: apiVersion };
  return { group: apiVersion.slice(0, slash), version: apiVersion.slice(slash + 1) };
}

/** Identity of an object in an API server, version left out: `group|kind|namespace|name`. */
export function objectKey(object: JsonObject): string {
  const { group } = groupVersion(apiVersionOf(object));
  return [group, kindOf(object), namespaceOf(object), nameOf(object)].join('|');
}

/** `Kind namespace/name`, for people. */
export function describe(object: JsonObject): string {
  const namespace = namespaceOf(object);
  return `${kindOf(object)} ${namespace === '' ? '' : `${namespace}/`}${nameOf(object)}`;
}

/** The object under a key of an object, or an empty one. */
export function objectAt(object: unknown, ...path: readonly (string | number)[]): JsonObject {
  const value = getPath(object, path);
  return isObject(value) ? value : {};
}

/** The objects of a list at a path; whatever else stands in it is left out. */
export function listAt(object: unknown, ...path: readonly (string | number)[]): readonly JsonObject[] {
  const value = getPath(object, path);
  return Array.isArray(value) ? value.filter(isObject) : [];
}

/** Whether a condition of an object has this status. */
export function hasCondition(object: unknown, type: string, status = 'True'): boolean {
  return listAt(object, 'status', 'conditions').some((c) => c.type === type && c.status === status);
}

/** The owner reference with which an XR controls what it composes. */
export function controlledBy(xr: JsonObject): JsonObject {
  return {
    apiVersion: apiVersionOf(xr),
    blockOwnerDeletion: true,
    controller: true,
    kind: kindOf(xr),
    name: nameOf(xr),
    uid: uidOf(xr),
  };
}

/** The owner reference that says who controls the object, if any. */
export function controllerOf(object: JsonObject): JsonObject | undefined {
  return listAt(object, 'metadata', 'ownerReferences').find((ref) => ref.controller === true);
}

/** The object with its metadata replaced in part; `undefined` takes a field away. */
export function withMetadata(
  object: JsonObject,
  change: Readonly<Record<string, Json | undefined>>,
): JsonObject {
  return { ...object, metadata: defined({ ...objectAt(object, 'metadata'), ...change }) };
}

/** A copy without the keys whose value is undefined. */
export function defined(value: Readonly<Record<string, Json | undefined>>): JsonObject {
  // fromEntries defines properties, so a key such as __proto__ stays data.
  return Object.fromEntries(Object.entries(value).filter((e): e is [string, Json] => e[1] !== undefined));
}
