import { isObject, type Json, type JsonObject } from '../internal/json.ts';
import type { ConfigSchema, MutableSchema } from './config-schema-types.ts';
import { defaultOf, mergeConfig, withValues } from './defaults.ts';
import { toStructuralBranch } from './structural-node.ts';
import { validateStructural } from './structural-validator.ts';

/** What is laid under a user's config, besides the schema's own defaults. */
export interface ConfigLayers {
  /** Values of the Blueprint: always there, so they count as defaults. */
  readonly values?: JsonObject;
  /** Values of the sizes: one of them is there, and which one is not known where `spec.config` is judged alone. */
  readonly sizes?: readonly JsonObject[];
}

/**
 * The schema that judges what a user writes, before defaults are applied, as the full schema judges the result.
 * Defaults are gone; a key with a default is not required; and a condition on such a key counts its absence as the
 * default: `if: {mode: embedded}` holds for `{}` exactly when `embedded` is the default. Keys that a size may supply
 * are not required and conditions on them are left to whoever knows the size (the host judges the merged config).
 */
export function toInputSchema(schema: ConfigSchema, layers: ConfigLayers = {}): ConfigSchema {
  const base = layers.values === undefined ? schema : withValues(schema, layers.values);
  const supplied = layers.sizes === undefined ? undefined : mergeConfig(...layers.sizes);
  return inputOf(base, supplied);
}

function inputOf(schema: ConfigSchema, supplied: Json | undefined): ConfigSchema {
  const { default: _, ...rest } = schema;
  const out: MutableSchema = relax(withoutSupplied(rest, supplied), schema);
  if (schema.properties !== undefined) {
    out.properties = Object.fromEntries(
      Object.entries(schema.properties).map(([key, child]) => [key, inputOf(child, under(supplied, key))]),
    );
  }
  if (schema.items !== undefined) out.items = inputOf(schema.items, undefined);
  if (typeof schema.additionalProperties === 'object') {
    out.additionalProperties = inputOf(schema.additionalProperties, undefined);
  }
  return out;
}

function under(supplied: Json | undefined, key: string): Json | undefined {
  return isObject(supplied) && Object.hasOwn(supplied, key) ? supplied[key] : undefined;
}

/** Drops what cannot be judged without the size: required keys, counts and conditions about supplied keys. */
function withoutSupplied(schema: ConfigSchema, supplied: Json | undefined): ConfigSchema {
  if (!isObject(supplied)) return schema;
  const keys = new Set(Object.keys(supplied));
  const out: MutableSchema = { ...schema };
  out.required = (schema.required ?? []).filter((key) => !keys.has(key));
  delete out.minProperties;
  const judged = (branch: ConfigSchema): boolean => !mentions(branch, keys);
  if (schema.allOf !== undefined) out.allOf = schema.allOf.filter(judged);
  for (const key of ['anyOf', 'oneOf'] as const) {
    if (schema[key]?.every(judged) === false) delete out[key];
  }
  if (schema.not !== undefined && !judged(schema.not)) delete out.not;
  if (![schema.if, schema.then, schema.else].every((branch) => branch === undefined || judged(branch))) {
    for (const key of ['if', 'then', 'else'] as const) delete out[key];
  }
  return out;
}

function mentions(branch: ConfigSchema, keys: ReadonlySet<string>): boolean {
  const named = [...(branch.required ?? []), ...Object.keys(branch.properties ?? {})];
  if (named.some((key) => keys.has(key))) return true;
  const parts = [...(branch.allOf ?? []), ...(branch.anyOf ?? []), ...(branch.oneOf ?? [])];
  const more = [branch.not, branch.if, branch.then, branch.else].filter((part) => part !== undefined);
  return [...parts, ...more].some((part) => mentions(part, keys));
}

/** `required` and conditions of `part`, which constrains values of `node`. */
function relax(part: ConfigSchema, node: ConfigSchema): MutableSchema {
  const out: MutableSchema = { ...part };
  const required = (part.required ?? []).filter((key) => !hasDefault(node, key));
  if (required.length > 0) out.required = required;
  else delete out.required;
  for (const key of ['allOf', 'anyOf', 'oneOf'] as const) {
    const list = part[key];
    if (list !== undefined && list.length > 0) out[key] = list.map((branch) => relaxBranch(branch, node));
    else delete out[key];
  }
  for (const key of ['not', 'if', 'then', 'else'] as const) {
    const branch = part[key];
    if (branch !== undefined) out[key] = relaxBranch(branch, node);
  }
  return out;
}

function relaxBranch(branch: ConfigSchema, node: ConfigSchema): ConfigSchema {
  const out = relax(branch, node);
  if (branch.items !== undefined && node.items !== undefined) {
    out.items = relaxBranch(branch.items, node.items);
  }
  const failing: string[] = [];
  const entries = Object.entries(branch.properties ?? {}).map(([key, constraint]) => {
    const child = node.properties?.[key];
    if (child === undefined) return [key, constraint] as const;
    const absent = defaultOf(child);
    if (
      absent !== undefined &&
      validateStructural(toStructuralBranch(constraint, child), absent).length > 0
    ) {
      failing.push(key);
    }
    return [key, relaxBranch(constraint, child)] as const;
  });
  if (entries.length > 0) out.properties = Object.fromEntries(entries);
  if (failing.length > 0) out.required = [...(out.required ?? []), ...failing];
  return out;
}

function hasDefault(node: ConfigSchema, key: string): boolean {
  const child = Object.hasOwn(node.properties ?? {}, key) ? node.properties?.[key] : undefined;
  return child !== undefined && defaultOf(child) !== undefined;
}
