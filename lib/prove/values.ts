import { equalJson, type Json, type JsonObject } from '../internal/json.ts';
import type { ConfigSchema } from '../schema/index.ts';
import type { Random } from './random.ts';
import { sampleText } from './text-sample.ts';

const MOST_ITEMS = 4; // of a list or map that may hold more
const INT32 = 2 ** 31 - 1; // what most fields of Kubernetes hold
const MAX_DEPTH = 12; // levels; schemas are finite, so this only guards

/** Texts that have broken somebody's YAML, shell or template before; for fields whose schema takes any text. */
const TRAPS = [
  'yes',
  '1e3',
  '007',
  'null',
  'it\'s "quoted"',
  '{{ .Values.x }}',
  '$(HOME)',
  'ä ☃',
  ' a ',
  'a: b # c',
];

/** Values at the borders of what a schema accepts, without those of its properties. */
export function edgeValues(schema: ConfigSchema, random: Random): readonly Json[] {
  const found = schema.nullable ? [null, ...edges(schema, random)] : edges(schema, random);
  return found.filter((v, i) => found.findIndex((other) => equalJson(other, v)) === i);
}

function edges(schema: ConfigSchema, random: Random): readonly Json[] {
  if (schema.enum !== undefined) return schema.enum;
  if (schema['x-kubernetes-int-or-string']) return [1, '50%'];
  switch (schema.type) {
    case 'boolean':
      return [true, false];
    case 'integer':
    case 'number':
      return numberEdges(schema);
    case 'string':
      return textEdges(schema);
    case 'array':
      return listEdges(schema, random);
    case 'object':
      return mapEdges(schema, random);
    default:
      return ['text', 1, {}];
  }
}

function numberEdges(schema: ConfigSchema): readonly number[] {
  const step = schema.multipleOf ?? (schema.type === 'integer' ? 1 : 0.5);
  const { low, high } = numberBounds(schema);
  const values = [low, low + step, 0, high - step, high];
  return values.filter((v) => v >= low && v <= high);
}

function numberBounds(schema: ConfigSchema): { readonly low: number; readonly high: number } {
  const step = schema.multipleOf ?? (schema.type === 'integer' ? 1 : 0.5);
  const above = schema.exclusiveMinimum === undefined ? undefined : schema.exclusiveMinimum + step;
  const below = schema.exclusiveMaximum === undefined ? undefined : schema.exclusiveMaximum - step;
  const low = Math.max(schema.minimum ?? -INT32, above ?? -INT32);
  const high = Math.min(schema.maximum ?? INT32, below ?? INT32);
  return { low: Math.ceil(low / step) * step, high: Math.floor(high / step) * step };
}

function textEdges(schema: ConfigSchema): readonly string[] {
  const bounded = [sampleText(schema, 'shortest'), sampleText(schema, 'longest')].filter(
    (t) => t !== undefined,
  );
  if (schema.pattern !== undefined || schema.format !== undefined) return bounded;
  const [min, max] = [schema.minLength ?? 0, schema.maxLength ?? Number.POSITIVE_INFINITY];
  return [...bounded, ...TRAPS.filter((t) => t.length >= min && t.length <= max)];
}

function listEdges(schema: ConfigSchema, random: Random): readonly Json[] {
  const least = schema.minItems ?? 0;
  const most = Math.min(schema.maxItems ?? MOST_ITEMS, Math.max(MOST_ITEMS, least));
  const lengths = [least, Math.max(least, 1), most].filter((n) => n <= most);
  return lengths.map((length) => list(schema, length, random)).filter((l) => l !== undefined);
}

function mapEdges(schema: ConfigSchema, random: Random): readonly Json[] {
  const more = schema.additionalProperties;
  if (more === undefined || more === false) return [];
  const item: ConfigSchema = typeof more === 'object' ? more : { type: 'string' };
  const base = requiredPart(schema);
  const full = { ...base, first: anyValue(item, random), 'second-key': anyValue(item, random) };
  return [base, full].filter((map) => Object.values(map).every((v) => v !== undefined)) as readonly Json[];
}

/** The smallest value: what an author must write. Undefined when none is found. */
export function smallestValue(schema: ConfigSchema): Json | undefined {
  if (schema.default !== undefined) return schema.default;
  if (schema.enum !== undefined) return schema.enum[0];
  if (schema['x-kubernetes-int-or-string']) return 1;
  switch (schema.type) {
    case 'boolean':
      return false;
    case 'integer':
    case 'number': {
      const { low, high } = numberBounds(schema);
      return Math.max(low, Math.min(high, 0));
    }
    case 'string':
      return sampleText(schema, 'shortest');
    case 'array':
      return smallestList(schema);
    case 'object':
      return requiredPart(schema);
    default:
      return 'text';
  }
}

function smallestList(schema: ConfigSchema): Json | undefined {
  const item = smallestValue(schema.items ?? {});
  const length = schema.minItems ?? 0;
  if (length > 0 && item === undefined) return undefined;
  return Array.from({ length }, () => item as Json);
}

/** An object with what its schema requires and no default supplies. */
export function requiredPart(schema: ConfigSchema): JsonObject {
  const entries = (schema.required ?? []).flatMap((key): readonly (readonly [string, Json])[] => {
    const child = schema.properties?.[key];
    if (child === undefined || child.default !== undefined) return [];
    const value = smallestValue(child);
    return value === undefined ? [] : [[key, value]];
  });
  return Object.fromEntries(entries);
}

/** Any value that the schema accepts, its conditions left aside; undefined when none is found. */
export function anyValue(schema: ConfigSchema, random: Random, depth = 0): Json | undefined {
  if (schema.nullable && random.chance(0.1)) return null;
  if (schema.enum !== undefined) return random.pick(schema.enum);
  if (schema.type === 'object') return anyObject(schema, random, depth);
  if (schema.type === 'array') {
    const least = schema.minItems ?? 0;
    const most = Math.min(schema.maxItems ?? MOST_ITEMS, Math.max(MOST_ITEMS, least));
    return list(schema, least + random.below(most - least + 1), random, depth);
  }
  if (schema.type === 'string') return anyText(schema, random);
  if (schema.type === 'integer' || schema.type === 'number') return anyNumber(schema, random);
  return random.pick(edges(schema, random));
}

function anyText(schema: ConfigSchema, random: Random): string | undefined {
  if (random.chance(0.3)) {
    const found = textEdges(schema);
    if (found.length > 0) return random.pick(found);
  }
  return sampleText(schema, random);
}

function anyNumber(schema: ConfigSchema, random: Random): number {
  const { low, high } = numberBounds(schema);
  const step = schema.multipleOf ?? (schema.type === 'integer' ? 1 : 0.5);
  if (random.chance(0.3)) return random.pick(numberEdges(schema));
  const steps = Math.floor((high - low) / step);
  return low + random.below(Math.min(steps, INT32) + 1) * step;
}

function anyObject(schema: ConfigSchema, random: Random, depth: number): Json | undefined {
  if (depth > MAX_DEPTH) return undefined;
  const required = new Set(schema.required);
  const entries: [string, Json][] = [];
  for (const [key, child] of Object.entries(schema.properties ?? {})) {
    const must = required.has(key) && child.default === undefined;
    if (!must && !random.chance(0.5)) continue;
    const value = anyValue(child, random, depth + 1);
    if (value !== undefined) entries.push([key, value]);
    else if (must) return undefined;
  }
  const more = random.chance(0.3) ? mapEdges(schema, random).at(-1) : undefined;
  return { ...(more as JsonObject | undefined), ...Object.fromEntries(entries) };
}

function list(schema: ConfigSchema, length: number, random: Random, depth = 0): Json | undefined {
  const item = schema.items ?? { type: 'string' };
  const out: Json[] = [];
  for (let tries = 0; out.length < length && tries < length * 10; tries++) {
    const value = anyValue(item, random, depth + 1);
    if (value === undefined) return undefined;
    if (schema.uniqueItems && out.some((other) => equalJson(other, value))) continue;
    out.push(value);
  }
  return out.length === length ? out : undefined;
}
