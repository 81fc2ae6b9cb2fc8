import { ToolkitError } from '../errors.ts';

/** Plain JSON data, as it travels to and from Kubernetes. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}

/** True for a plain JSON object: not null, not an array. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value at a path of keys and indices, or undefined; own properties only, so `__proto__` finds nothing. */
export function getPath(value: unknown, path: readonly (string | number)[]): unknown {
  let at: unknown = value;
  for (const key of path) {
    if (at === null || typeof at !== 'object' || !Object.hasOwn(at, key)) return undefined;
    at = (at as Record<string | number, unknown>)[key];
  }
  return at;
}

/** Order of UTF-8 bytes: the same on every machine, whatever its locale. */
export function compareBytes(a: string, b: string): number {
  if (a === b) return 0;
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** JSON with keys sorted by bytes at every level and no white space: equal values give equal text. */
export function canonicalJson(value: Json): string {
  if (Array.isArray(value)) return `[${value.map((v) => canonicalJson(v as Json)).join(',')}]`;
  if (isObject(value)) {
    const keys = Object.keys(value).sort(compareBytes);
    return `{${keys.map((k) => `${JSON.stringify(k)}:${canonicalJson(value[k] as Json)}`).join(',')}}`;
  }
  return JSON.stringify(value);
}

/** Structural equality of JSON values; key order does not matter. */
export function equalJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((v, i) => equalJson(v, b[i]));
  }
  if (!isObject(a) || !isObject(b)) return false;
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  return keys.every((k) => Object.hasOwn(b, k) && equalJson(a[k], b[k]));
}

export interface ParseJsonLimits {
  /** @default 4 MiB */
  readonly maxBytes?: number;
  /** @default 64 */
  readonly maxDepth?: number;
}

export const MAX_JSON_BYTES: number = 4 * 1024 * 1024; // 4 MiB
export const MAX_JSON_DEPTH = 64;

/** Parses untrusted JSON: size and depth bounded, `__proto__` refused. `what` names it in the error. */
export function parseJson(text: string, what: string, limits: ParseJsonLimits = {}): Json {
  const maxBytes = limits.maxBytes ?? MAX_JSON_BYTES;
  if (text.length > maxBytes) {
    throw new ToolkitError('limit', `Cannot read ${what}: ${text.length} bytes are more than ${maxBytes}`);
  }
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch (cause) {
    throw new ToolkitError('invalid', `Cannot read ${what}: it is not JSON`, { cause });
  }
  checkJson(value, what, limits.maxDepth ?? MAX_JSON_DEPTH);
  return value;
}

/** Refuses `__proto__` keys and nesting beyond `maxDepth` in a parsed document. */
export function checkJson(value: unknown, what: string, maxDepth: number = MAX_JSON_DEPTH): void {
  const walk = (v: unknown, depth: number): void => {
    if (v === null || typeof v !== 'object') return;
    if (depth > maxDepth) {
      throw new ToolkitError('limit', `Cannot read ${what}: it is nested deeper than ${maxDepth} levels`);
    }
    if (Array.isArray(v)) {
      for (const item of v) walk(item, depth + 1);
      return;
    }
    for (const key of Object.keys(v)) {
      if (key === '__proto__')
        throw new ToolkitError('invalid', `Cannot read ${what}: key "__proto__" is not allowed`);
      walk((v as Record<string, unknown>)[key], depth + 1);
    }
  };
  walk(value, 0);
}
