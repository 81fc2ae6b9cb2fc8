import { canonicalJson, isObject, type Json, type JsonObject } from '../internal/json.ts';

/** Whether an XR still shows the fault in question. */
export type StillFails = (xr: JsonObject) => Promise<boolean>;

const MAX_ATTEMPTS = 400; // renders for one fault

/**
 * The smallest XR found that still fails: parts of its spec are left out, lists shortened, values made plain, as long
 * as the fault stays. Greedy, so it is small, not always the smallest there is.
 */
export async function shrinkXr(xr: JsonObject, stillFails: StillFails): Promise<JsonObject> {
  let smallest = xr;
  let attempts = 0;
  const tried = new Set<string>();
  for (let progress = true; progress; ) {
    progress = false;
    for (const spec of smallerSpecs(isObject(smallest.spec) ? smallest.spec : {})) {
      const candidate = { ...smallest, spec };
      const key = canonicalJson(spec);
      if (tried.has(key)) continue;
      tried.add(key);
      if (++attempts > MAX_ATTEMPTS) return smallest;
      if (!(await stillFails(candidate))) continue;
      smallest = candidate;
      progress = true;
      break;
    }
  }
  return smallest;
}

/** Specs that say a little less, the boldest first. */
function* smallerSpecs(spec: JsonObject): Generator<JsonObject> {
  for (const key of ['config', 'placement', 'size']) {
    if (Object.hasOwn(spec, key)) yield without(spec, key);
  }
  for (const key of ['placement', 'config']) {
    const value = spec[key];
    if (!isObject(value)) continue;
    for (const less of smallerValues(value)) {
      yield isObject(less) && Object.keys(less).length === 0 ? without(spec, key) : { ...spec, [key]: less };
    }
  }
}

function* smallerValues(value: Json): Generator<Json> {
  if (Array.isArray(value)) yield* smallerLists(value as readonly Json[]);
  else if (isObject(value)) {
    for (const key of Object.keys(value)) yield without(value, key);
    for (const [key, item] of Object.entries(value)) {
      for (const less of smallerValues(item)) yield { ...value, [key]: less };
    }
  } else if (typeof value === 'string') yield* smallerTexts(value);
  else if (typeof value === 'number') yield* smallerNumbers(value);
}

function* smallerLists(list: readonly Json[]): Generator<Json> {
  for (let i = 0; i < list.length; i++) yield list.toSpliced(i, 1);
  for (const [i, item] of list.entries()) {
    for (const less of smallerValues(item)) yield list.with(i, less);
  }
}

function* smallerTexts(text: string): Generator<string> {
  if (text.length <= 1) return;
  for (const length of new Set([1, Math.ceil(text.length / 2), text.length - 1])) {
    if (length < text.length) yield text.slice(0, length);
  }
}

function* smallerNumbers(value: number): Generator<number> {
  for (const less of new Set([0, 1, Math.trunc(value / 2), value - Math.sign(value)])) {
    if (Math.abs(less) < Math.abs(value)) yield less;
  }
}

function without(object: JsonObject, key: string): JsonObject {
  const { [key]: _, ...rest } = object;
  return rest;
}
