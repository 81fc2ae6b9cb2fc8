import {
  canonicalJson,
  compareBytes,
  isObject,
  type Json,
  type JsonObject,
} from '../../../lib/internal/json.ts';

// Compares what two renderers made of one input, and says where they differ.

const ANY_TIME = 'some time';

/** The value without what a clock wrote into its conditions. */
export function timeless(value: Json): Json {
  if (Array.isArray(value)) return value.map((item: Json) => timeless(item));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([k, v]) => [k, k === 'lastTransitionTime' ? ANY_TIME : timeless(v)]),
  );
}

/** In an order of their own: Crossplane walks maps, whose order is random. */
export function sorted(values: readonly Json[]): readonly Json[] {
  return values
    .map((value) => [canonicalJson(value), value] as const)
    .sort(([a], [b]) => compareBytes(a, b))
    .map(([, value]) => value);
}

/** Sorted, each once. */
export function distinct(values: readonly Json[]): readonly Json[] {
  return sorted([...new Map(values.map((value) => [canonicalJson(value), value])).values()]);
}

const MAX_DIFFERENCES = 12;

/** Where two values differ, as `path: theirs ≠ ours`. */
export function differing(theirs: Json | undefined, ours: Json | undefined, path: string): readonly string[] {
  const out: string[] = [];
  const walk = (a: Json | undefined, b: Json | undefined, at: string): void => {
    if (out.length >= MAX_DIFFERENCES) return;
    if (isObject(a) && isObject(b)) {
      for (const key of new Set([...Object.keys(a), ...Object.keys(b)]))
        walk(own(a, key), own(b, key), `${at}.${key}`);
    } else if (Array.isArray(a) && Array.isArray(b)) {
      for (let i = 0; i < Math.max(a.length, b.length); i++) walk(a[i], b[i], `${at}[${i}]`);
    } else if (show(a) !== show(b)) {
      out.push(`${at}: ${show(a)} ≠ ours ${show(b)}`);
    }
  };
  walk(theirs, ours, path);
  return out;
}

const own = (object: JsonObject, key: string): Json | undefined =>
  Object.hasOwn(object, key) ? object[key] : undefined;

const show = (value: Json | undefined): string => (value === undefined ? 'nothing' : canonicalJson(value));

/** An error without the resource that it names: of several broken ones Crossplane meets any one first. */
export function nameless(error: string): string {
  return error
    .replaceAll(/(composed resource|invalid name) "[^"]*"/g, '$1 ""')
    .replace(/reference: \S* is/, 'reference: it is');
}

/** Calls `work` for every item, two at a time. */
export async function inPairs<T>(
  items: readonly T[],
  work: (item: T, index: number) => Promise<void>,
): Promise<void> {
  const queue = items.entries();
  const drain = async (): Promise<void> => {
    for (const [index, item] of queue) await work(item, index);
  };
  await Promise.all([drain(), drain()]);
}
