import { isObject, type Json, type JsonObject } from '../internal/json.ts';
import { apiVersionOf, groupVersion, listAt, objectAt } from './objects.ts';

/** The XR as an API server would store it: defaults of its XRD version's schema filled in, nothing overwritten. */
export function applyXrdDefaults(xr: JsonObject, xrd: JsonObject): JsonObject {
  const { version } = groupVersion(apiVersionOf(xr));
  const served = listAt(xrd, 'spec', 'versions').find((v) => v.name === version);
  return applySchemaDefaults(xr, objectAt(served, 'schema', 'openAPIV3Schema'));
}

/** An object with the defaults of its structural schema filled in, as an API server does before it judges it. */
export function applySchemaDefaults(object: JsonObject, schema: JsonObject): JsonObject {
  const filled = fill(object, schema);
  return isObject(filled) ? filled : object;
}

function fill(value: Json, schema: JsonObject): Json {
  if (Array.isArray(value)) {
    const items = objectAt(schema, 'items');
    return value.map((v: Json) => fill(v, items));
  }
  if (!isObject(value)) return value;
  const properties = objectAt(schema, 'properties');
  const out = new Map<string, Json>(Object.entries(value));
  for (const [key, sub] of Object.entries(properties)) {
    if (!isObject(sub)) continue;
    const given = out.get(key);
    // null with a default is pruned and defaulted unless the field is nullable, as apiextensions does.
    const missing = given === undefined || (given === null && sub.nullable !== true);
    if (missing && sub.default !== undefined) out.set(key, sub.default);
    const now = out.get(key);
    if (now !== undefined) out.set(key, fill(now, sub));
  }
  const rest = schema.additionalProperties;
  if (isObject(rest)) {
    for (const [key, v] of out) if (!Object.hasOwn(properties, key)) out.set(key, fill(v, rest));
  }
  return Object.fromEntries(out);
}
