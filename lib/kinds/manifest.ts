import { ToolkitError } from '../errors.ts';
import { type Json, type JsonObject, MAX_JSON_DEPTH } from '../internal/json.ts';

/** Thrown inside, never seen outside: the value needs cdk8s' resolvers (`Lazy`, cdk8s-plus unions). */
export const NEEDS_RESOLUTION: unique symbol = Symbol('needs resolution');

/**
 * A copy of `value` as JSON with keys sorted and `undefined` properties left out. `null` stays: in chart values it
 * removes a default. `where` names the object in errors, `path` the field.
 * @throws ToolkitError `invalid` for what JSON cannot hold, `limit` beyond 64 levels (a cycle ends there)
 * @throws NEEDS_RESOLUTION for an instance of a class other than Date, Map, Set and the like
 */
export function toPlainJson(value: unknown, where: string, path: string, depth = 0): Json {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      if (!Number.isFinite(value)) throw refuse(where, path, String(value), 'pass a finite number');
      return value;
    case 'object':
      if (value === null) return null;
      if (depth > MAX_JSON_DEPTH) throw tooDeep(where, path);
      return Array.isArray(value)
        ? plainArray(value, where, path, depth)
        : plainObject(value, where, path, depth);
    case 'undefined':
      throw refuse(where, path, 'undefined', 'leave the element out, for example with filter()');
    default:
      throw refuse(
        where,
        path,
        `a ${typeof value}`,
        'pass plain data: strings, numbers, booleans, lists, objects',
      );
  }
}

function plainArray(value: readonly unknown[], where: string, path: string, depth: number): Json[] {
  // Array.from visits holes too, so a sparse array is refused like one with undefined.
  return Array.from(value, (item, index) => toPlainJson(item, where, `${path}[${index}]`, depth + 1));
}

function plainObject(value: object, where: string, path: string, depth: number): JsonObject {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) throw notPlain(value, where, path);
  const out: Record<string, Json> = {};
  for (const key of Object.keys(value).sort()) {
    const item = (value as Record<string, unknown>)[key];
    if (item === undefined) continue;
    const at = fieldPath(path, key);
    if (key === '__proto__') throw refuse(where, at, 'the key "__proto__"', 'rename the key');
    out[key] = toPlainJson(item, where, at, depth + 1);
  }
  return out;
}

const NEVER_JSON = [Date, Map, Set, WeakMap, WeakSet, RegExp, Promise, Error, ArrayBuffer];

function notPlain(value: object, where: string, path: string): unknown {
  const refused = NEVER_JSON.some((type) => value instanceof type) || ArrayBuffer.isView(value);
  if (!refused) return NEEDS_RESOLUTION;
  const name = value.constructor.name;
  const remedy = value instanceof Date ? 'pass an RFC 3339 string, value.toISOString()' : 'pass plain data';
  return refuse(where, path, `a ${name}`, remedy);
}

function refuse(where: string, path: string, what: string, remedy: string): ToolkitError {
  return new ToolkitError('invalid', `Cannot write ${where}: ${path} is ${what}, which JSON cannot hold`, {
    place: path,
    remedy,
  });
}

function tooDeep(where: string, path: string): ToolkitError {
  const message = `Cannot write ${where}: it is nested deeper than ${MAX_JSON_DEPTH} levels or refers to itself`;
  return new ToolkitError('limit', message, { place: path.length > 200 ? `${path.slice(0, 200)}…` : path });
}

function fieldPath(path: string, key: string): string {
  const step = /^[A-Za-z_$][\w$-]*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
  return path === '' && step.startsWith('.') ? key : path + step;
}
