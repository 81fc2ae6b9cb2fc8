import { ToolkitError } from '../errors.ts';
import { isObject, type Json, type JsonObject } from '../internal/json.ts';
import type { ConfigSchema } from './config-schema-types.ts';

/**
 * The value with the schema's defaults filled in, as a copy. An absent property gets its `default`; an absent object
 * without one is created when defaults give it at least one property and leave no required one out, so that
 * `compose` can read `config.monitoring.enabled` without a guard. Values of a wrong type stay as they are.
 */
export function applyDefaults(schema: ConfigSchema, value: Json | undefined): Json | undefined {
  if (value === undefined) return defaultOf(schema);
  if (Array.isArray(value)) {
    const items = schema.items;
    return value.map((v: Json) => (items === undefined ? copy(v) : (applyDefaults(items, v) as Json)));
  }
  if (!isObject(value)) return value;
  const out: [string, Json][] = [];
  const properties = schema.type === 'object' ? (schema.properties ?? {}) : {};
  const more = schema.additionalProperties;
  for (const [key, item] of Object.entries(value)) {
    const child = Object.hasOwn(properties, key)
      ? properties[key]
      : typeof more === 'object'
        ? more
        : undefined;
    out.push([key, child === undefined ? copy(item) : (applyDefaults(child, item) as Json)]);
  }
  for (const [key, child] of Object.entries(properties)) {
    if (Object.hasOwn(value, key)) continue;
    const filled = defaultOf(child);
    if (filled !== undefined) out.push([key, filled]);
  }
  return Object.fromEntries(out);
}

/** What an absent value becomes: its default, an object made of defaults, or undefined. */
export function defaultOf(schema: ConfigSchema): Json | undefined {
  if (schema.default !== undefined) return applyDefaults(schema, schema.default);
  if (schema.type !== 'object' || schema.nullable || schema.properties === undefined) return undefined;
  const made = applyDefaults({ ...schema, required: [] }, {}) as { readonly [key: string]: Json };
  if (Object.keys(made).length === 0) return undefined;
  return (schema.required ?? []).every((key) => Object.hasOwn(made, key)) ? made : undefined;
}

function copy(value: Json): Json {
  if (Array.isArray(value)) return value.map((v: Json) => copy(v));
  if (isObject(value)) return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, copy(v)]));
  return value;
}

/** The schema with a Blueprint's own values as defaults: what `mergeConfig(values, user)` gives, defaults give too. */
export function withValues(schema: ConfigSchema, values: JsonObject): ConfigSchema {
  const properties = Object.entries(schema.properties ?? {}).map(([key, child]): [string, ConfigSchema] => {
    if (!Object.hasOwn(values, key)) return [key, child];
    const value = values[key] as Json;
    return [key, { ...(isObject(value) ? withValues(child, value) : child), default: value }];
  });
  return properties.length === 0 ? schema : { ...schema, properties: Object.fromEntries(properties) };
}

/**
 * The config that `compose` sees: the layers merged, later ones win, then the schema's defaults filled in.
 * Layers are Blueprint values, size and user config, in this order.
 */
export function resolveConfig(schema: ConfigSchema, ...layers: readonly (Json | undefined)[]): Json {
  return applyDefaults(schema, mergeConfig(...layers)) as Json;
}

/**
 * Lays configs over each other, later ones win: schema defaults < Blueprint values < size < user config.
 * Objects merge key by key, lists and scalars replace, and so does `null` (a value like any other: nothing is deleted,
 * because the apiserver does not delete either). Undefined layers are skipped; the result shares nothing with them.
 * @throws ToolkitError `invalid` on a key `__proto__`
 */
export function mergeConfig(...layers: readonly (Json | undefined)[]): Json {
  let out: Json = {};
  for (const layer of layers) {
    if (layer !== undefined) out = merge(out, layer);
  }
  return out;
}

function merge(below: Json | undefined, above: Json): Json {
  if (!isObject(above)) return copy(above);
  const merged = new Map<string, Json>(isObject(below) ? Object.entries(below) : []);
  for (const [key, value] of Object.entries(above)) {
    if (key === '__proto__') {
      throw new ToolkitError('invalid', 'Cannot merge config: key "__proto__" is not allowed');
    }
    merged.set(key, merge(merged.get(key), value));
  }
  return Object.fromEntries(merged);
}
