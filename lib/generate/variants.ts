import { isObject, type Json, type JsonObject } from '../internal/json.ts';

const MAX_VARIANTS = 200;

/** One change of a config: the value at a path. */
interface Change {
  readonly path: readonly string[];
  readonly value: Json;
}

/**
 * Variants of a config that switch one thing each: every boolean both ways, every enum value. Enough to see every kind
 * that a Blueprint composes under some toggle; combinations are for `bp test`.
 */
export function configVariants(schema: JsonObject, base: JsonObject): readonly JsonObject[] {
  const changes = [...toggles(schema, [])].slice(0, MAX_VARIANTS);
  const all = changes
    .filter((c) => c.value === true)
    .reduce((config, c) => set(config, c.path, c.value), base);
  return [base, all, ...changes.map((c) => set(base, c.path, c.value))];
}

function* toggles(schema: JsonObject, path: readonly string[]): Generator<Change> {
  if (schema.type === 'boolean') {
    yield { path, value: true };
    yield { path, value: false };
  }
  if (Array.isArray(schema.enum)) for (const value of schema.enum as readonly Json[]) yield { path, value };
  if (!isObject(schema.properties)) return;
  for (const [key, property] of Object.entries(schema.properties)) {
    if (isObject(property)) yield* toggles(property, [...path, key]);
  }
}

function set(config: JsonObject, path: readonly string[], value: Json): JsonObject {
  const [key, ...rest] = path;
  if (key === undefined) return config;
  if (rest.length === 0) return { ...config, [key]: value };
  const inner = config[key];
  return { ...config, [key]: set(isObject(inner) ? inner : {}, rest, value) };
}
