import { isObject, type Json, type JsonObject } from '../internal/json.ts';
import { inside, type ParseContext, type Place, type Resolved, resolve } from './parse-context.ts';

/** A subschema of a condition. `always` = it holds whatever the value is (`allOf` only), so its texts count. */
export interface Branch {
  readonly raw: unknown;
  readonly at: Place;
  readonly always: boolean;
}

/** All direct conditions of a node, in the order written. */
export function branchesOf(raw: JsonObject, at: Place): Branch[] {
  const out: Branch[] = [];
  for (const key of ['allOf', 'anyOf', 'oneOf'] as const) {
    const list = raw[key];
    if (!Array.isArray(list)) continue;
    list.forEach((item: unknown, i) => {
      out.push({ raw: item, at: inside(at, key, i), always: key === 'allOf' });
    });
  }
  for (const key of ['not', 'if', 'then', 'else'] as const) {
    if (raw[key] !== undefined) out.push({ raw: raw[key], at: inside(at, key), always: false });
  }
  for (const key of ['dependencies', 'dependentSchemas'] as const) {
    const map = raw[key];
    if (!isObject(map)) continue;
    for (const [name, item] of Object.entries(map)) {
      if (isObject(item)) out.push({ raw: item, at: inside(at, key, name), always: false });
    }
  }
  return out;
}

/** A raw property and where it was written. */
export interface RawProperty {
  readonly raw: unknown;
  readonly at: Place;
}

/**
 * The properties and items of a node together with those that only its conditions name: a structural schema
 * declares each of them on the node itself, conditions may only constrain them further.
 */
export interface Hoisted {
  readonly properties: ReadonlyMap<string, RawProperty>;
  readonly items: RawProperty | undefined;
}

export function hoist(raw: JsonObject, at: Place, ctx: ParseContext): Hoisted {
  const properties = new Map<string, RawProperty>();
  let items: RawProperty | undefined;
  const add = (from: JsonObject, place: Place, always: boolean): void => {
    const own = from.properties;
    for (const [name, value] of isObject(own) ? Object.entries(own) : []) {
      const found = { raw: value as unknown, at: inside(place, 'properties', name) };
      const before = properties.get(name);
      properties.set(
        name,
        before === undefined ? take(found, always, ctx) : merge(before, found, always, ctx),
      );
    }
    if (from.items !== undefined) {
      const found = { raw: from.items as unknown, at: inside(place, 'items') };
      items = items === undefined ? take(found, always, ctx) : merge(items, found, always, ctx);
    }
    for (const branch of branchesOf(from, place)) {
      const next = resolve(branch.raw, branch.at, ctx, true);
      if (next !== undefined) add(next.raw, next.at, always && branch.always);
    }
  };
  add(raw, at, true);
  return { properties, items };
}

function take(found: RawProperty, always: boolean, ctx: ParseContext): RawProperty {
  return always ? found : skeleton(found, ctx);
}

/** What both say: the first keeps its words, the second adds properties that the first lacks. */
function merge(first: RawProperty, second: RawProperty, always: boolean, ctx: ParseContext): RawProperty {
  const a = resolve(first.raw, first.at, ctx, true);
  const b = resolve(second.raw, second.at, ctx, true);
  if (a === undefined || b === undefined) return first;
  const from = always ? b.raw : skeletonOf(b, ctx);
  const added = missing(a.raw, from);
  return Object.keys(added).length === 0 ? first : { raw: { ...a.raw, ...added }, at: a.at };
}

function missing(a: JsonObject, b: JsonObject): JsonObject {
  const out: Record<string, Json> = {};
  if (a.type === undefined && b.type !== undefined) out.type = b.type;
  if (isObject(b.properties)) {
    const mine = isObject(a.properties) ? a.properties : {};
    const entries: [string, Json][] = Object.entries(mine);
    for (const [name, theirs] of Object.entries(b.properties)) {
      const own = Object.hasOwn(mine, name) ? mine[name] : undefined;
      if (own === undefined) entries.push([name, theirs]);
      else if (isObject(own) && isObject(theirs)) {
        const at = entries.findIndex(([key]) => key === name);
        entries[at] = [name, { ...own, ...missing(own, theirs) }];
      }
    }
    out.properties = Object.fromEntries(entries);
  }
  if (b.items !== undefined && a.items === undefined) out.items = b.items;
  return out;
}

const STRUCTURE = [
  'title',
  'description',
  'nullable',
  'additionalProperties',
  'x-kubernetes-int-or-string',
  'x-kubernetes-preserve-unknown-fields',
  'x-catalyst-ui-hint',
  'x-catalyst-ui-filter',
] as const;

function skeleton(found: RawProperty, ctx: ParseContext): RawProperty {
  const resolved = resolve(found.raw, found.at, ctx, true);
  return resolved === undefined ? found : { raw: skeletonOf(resolved, ctx), at: resolved.at };
}

/** Types and names without constraints: those stay in the condition. */
function skeletonOf({ raw, at }: Resolved, ctx: ParseContext): JsonObject {
  const out: Record<string, Json> = {};
  const type = raw.type ?? inferType(raw);
  if (type !== undefined) out.type = type;
  for (const key of STRUCTURE) {
    const value = raw[key];
    if (value !== undefined && !(key === 'additionalProperties' && value === false)) out[key] = value;
  }
  const { properties, items } = hoist(raw, at, ctx);
  if (properties.size > 0) {
    out.properties = Object.fromEntries(
      [...properties].map(([name, found]) => [name, skeleton(found, ctx).raw as Json]),
    );
  }
  if (items !== undefined) out.items = skeleton(items, ctx).raw as Json;
  return out;
}

/** The type that a `const` or `enum` implies. */
export function inferType(raw: JsonObject): Json | undefined {
  const values: readonly unknown[] = Array.isArray(raw.enum) ? raw.enum : [raw.const];
  const types = new Set(values.map((v) => (Number.isInteger(v) ? 'integer' : typeof v)));
  const [type] = types;
  if (types.size === 1 && (type === 'string' || type === 'boolean' || type === 'integer')) return type;
  if (isObject(raw.properties) || Array.isArray(raw.required)) return 'object';
  return undefined;
}
