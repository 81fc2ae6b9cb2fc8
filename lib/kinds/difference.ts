import { equalJson, isObject, type Json, type JsonObject } from '../internal/json.ts';

/** What turns one object into another, as a JSON merge patch (RFC 7386). Neither may hold null, which means "remove". */
export function differenceOf(from: JsonObject, to: JsonObject): JsonObject {
  const out: Record<string, Json> = {};
  for (const key of Object.keys(from)) if (!Object.hasOwn(to, key)) out[key] = null;
  for (const [key, value] of Object.entries(to)) {
    const before = Object.hasOwn(from, key) ? from[key] : undefined;
    if (before !== undefined && equalJson(before, value)) continue;
    out[key] = isObject(before) && isObject(value) ? differenceOf(before, value) : value;
  }
  return out;
}

/** The object that a difference leads to; what did not change is shared with `from`. */
export function applyDifference(from: JsonObject, difference: JsonObject): JsonObject {
  const out: Record<string, Json> = { ...from };
  for (const [key, value] of Object.entries(difference)) {
    const before = Object.hasOwn(from, key) ? from[key] : undefined;
    if (value === null) delete out[key];
    else out[key] = isObject(before) && isObject(value) ? applyDifference(before, value) : value;
  }
  return out;
}
