import { ToolkitError } from '../errors.ts';
import { type Json, type JsonObject, MAX_JSON_DEPTH } from '../internal/json.ts';

/** Thrown inside, never seen outside: the value needs cdk8s' resolvers (`Lazy`, cdk8s-plus unions). */
export const NEEDS_RESOLUTION: unique symbol = Symbol('needs resolution');

/**
 * `value` as JSON with keys sorted and `undefined` properties left out. `null` stays: in chart values it
 * removes a default. What is so already is handed on, not copied: do not change it. `where` names the object in errors, `field` the value.
 * @throws ToolkitError `invalid` for what JSON cannot hold, `limit` beyond 64 levels (a cycle ends there)
 * @throws NEEDS_RESOLUTION for an instance of a class other than Date, Map, Set and the like
 */
export function toPlainJson(value: unknown, where: string, field = ''): Json {
  return plain(value, { where, steps: field === '' ? [] : [field] });
}

/**
 * As `toPlainJson`, but without what holds nothing: `null`, empty lists and empty objects, at every level. That is how
 * cdk8s writes metadata. Undefined if nothing is left.
 */
export function toDenseJson(value: unknown, where: string, field: string): Json | undefined {
  return dense(toPlainJson(value, where, field));
}

function dense(value: Json): Json | undefined {
  if (value === null) return undefined;
  if (typeof value !== 'object') return value;
  if (Array.isArray(value)) {
    return value.length === 0 ? undefined : value.map((item) => dense(item as Json) as Json);
  }
  const out: Record<string, Json> = {};
  let kept = false;
  for (const key of Object.keys(value)) {
    const item = dense((value as JsonObject)[key] as Json);
    if (item === undefined) continue;
    kept = true;
    out[key] = item;
  }
  return kept ? out : undefined;
}

// Steps are kept as they are and joined only for an error: most of the time would go into paths nobody reads.
interface At {
  readonly where: string;
  readonly steps: (string | number)[];
}

function plain(value: unknown, at: At): Json {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      if (!Number.isFinite(value)) throw refuse(at, String(value), 'pass a finite number');
      return value;
    case 'object':
      if (value === null) return null;
      if (at.steps.length > MAX_JSON_DEPTH) throw tooDeep(at);
      return Array.isArray(value) ? plainArray(value, at) : plainObject(value, at);
    case 'undefined':
      throw refuse(at, 'undefined', 'leave the element out, for example with filter()');
    default:
      throw refuse(at, `a ${typeof value}`, 'pass plain data: strings, numbers, booleans, lists, objects');
  }
}

function plainArray(value: readonly unknown[], at: At): readonly Json[] {
  let out: Json[] | undefined;
  for (let index = 0; index < value.length; index++) {
    at.steps.push(index);
    const given = value[index]; // a hole reads as undefined and is refused like it
    const item = plain(given, at);
    if (out === undefined && item !== given) out = value.slice(0, index) as Json[];
    out?.push(item);
    at.steps.pop();
  }
  return out ?? (value as readonly Json[]);
}

// What is sorted and clean already is handed on as it is: copying every small object costs more than looking at it.
function plainObject(value: object, at: At): JsonObject {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) throw notPlain(value, at);
  const keys = Object.keys(value);
  let out: Record<string, Json> | undefined = inOrder(keys) ? undefined : {};
  if (out !== undefined) keys.sort();
  for (let index = 0; index < keys.length; index++) {
    const key = keys[index] as string;
    const given = (value as Record<string, unknown>)[key];
    let item: Json | undefined;
    if (given !== undefined) {
      at.steps.push(key);
      if (key === '__proto__') throw refuse(at, 'the key "__proto__"', 'rename the key');
      item = plain(given, at);
      at.steps.pop();
    }
    if (out === undefined && (item !== given || given === undefined)) out = firstOf(value, keys, index);
    if (out !== undefined && item !== undefined) out[key] = item;
  }
  return out ?? (value as JsonObject);
}

function inOrder(keys: readonly string[]): boolean {
  for (let i = 1; i < keys.length; i++) if ((keys[i - 1] as string) > (keys[i] as string)) return false;
  return true;
}

function firstOf(value: object, keys: readonly string[], count: number): Record<string, Json> {
  const out: Record<string, Json> = {};
  for (let i = 0; i < count; i++) out[keys[i] as string] = (value as JsonObject)[keys[i] as string] as Json;
  return out;
}

const NEVER_JSON = [Date, Map, Set, WeakMap, WeakSet, RegExp, Promise, Error, ArrayBuffer];

function notPlain(value: object, at: At): unknown {
  const refused = NEVER_JSON.some((type) => value instanceof type) || ArrayBuffer.isView(value);
  if (!refused) return NEEDS_RESOLUTION;
  const remedy = value instanceof Date ? 'pass an RFC 3339 string, value.toISOString()' : 'pass plain data';
  return refuse(at, `a ${value.constructor.name}`, remedy);
}

function refuse(at: At, what: string, remedy: string): ToolkitError {
  const place = formatField(at.steps);
  return new ToolkitError(
    'invalid',
    `Cannot write ${at.where}: ${place} is ${what}, which JSON cannot hold`,
    {
      place,
      remedy,
    },
  );
}

const MAX_PLACE_STEPS = 8; // of a path that is too deep, the beginning says enough

function tooDeep(at: At): ToolkitError {
  const message = `Cannot write ${at.where}: it is nested deeper than ${MAX_JSON_DEPTH} levels or refers to itself`;
  return new ToolkitError('limit', message, { place: `${formatField(at.steps.slice(0, MAX_PLACE_STEPS))}…` });
}

function formatField(steps: readonly (string | number)[]): string {
  let out = '';
  for (const step of steps) {
    if (typeof step === 'number') out += `[${step}]`;
    else if (!/^[A-Za-z_$][\w$-]*$/.test(step)) out += `[${JSON.stringify(step)}]`;
    else out += out === '' ? step : `.${step}`;
  }
  return out;
}
