import { isObject, type JsonObject } from '../internal/json.ts';
import { type ConfigSchema, compileConfig, loadConfigSchema } from '../schema/index.ts';

// What people write into such fields: the first that the schema takes is the placeholder.
const TEXTS = [
  'example',
  'example.org',
  'ops@example.org',
  'https://example.org',
  '1Gi',
  '10m',
  '10.0.0.0/16',
  '192.0.2.1',
  '2026-01-01',
  '1',
];
const MAX_DEPTH = 16;

/**
 * The smallest config that a schema takes as it stands: a placeholder for every required field, nothing else.
 * What cannot be guessed is left out, so that validation names it.
 */
export function sampleConfig(json: JsonObject): JsonObject {
  const value = sample(loadConfigSchema(json), 0);
  return isObject(value) ? value : {};
}

function sample(schema: ConfigSchema, depth: number): unknown {
  if (schema.default !== undefined) return schema.default;
  const { enum: choices } = schema;
  if (choices !== undefined) return choices[0];
  if (depth > MAX_DEPTH) return undefined;
  switch (schema.type) {
    case 'object':
      return Object.fromEntries(
        (schema.required ?? []).flatMap((key) => {
          const property = schema.properties?.[key];
          const value = property === undefined ? undefined : sample(property, depth + 1);
          return value === undefined ? [] : [[key, value] as const];
        }),
      );
    case 'array':
      return Array.from(
        { length: schema.minItems ?? 0 },
        () => schema.items && sample(schema.items, depth + 1),
      );
    case 'boolean':
      return false;
    case 'integer':
    case 'number':
      return fitting(schema, [schema.minimum ?? 1, schema.maximum ?? 1, (schema.minimum ?? 0) + 1, 0]);
    default:
      return fitting(schema, [...TEXTS, 'x'.repeat(schema.minLength ?? 1)]);
  }
}

/** The first candidate that the schema takes. */
function fitting(schema: ConfigSchema, candidates: readonly unknown[]): unknown {
  const judge = compileConfig({ type: 'object', properties: { value: schema } } as ConfigSchema, {
    path: '',
  });
  return candidates.find((value) => judge({ value }).length === 0);
}
