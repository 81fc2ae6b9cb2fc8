import { compareBytes, isObject } from '../internal/json.ts';
import { K8S_REF, type Schema } from './kind-file.ts';

// Prose, and what only kubectl, code generators and documentation read.
const DROPPED = new Set([
  'description',
  'title',
  'example',
  'examples',
  'externalDocs',
  'x-kubernetes-patch-strategy',
  'x-kubernetes-patch-merge-key',
  'x-kubernetes-group-version-kind',
  'x-kubernetes-unions',
]);
const SCHEMA_KEYWORDS = new Set(['items', 'not']);
const SCHEMA_LIST_KEYWORDS = new Set(['allOf', 'anyOf', 'oneOf']);
const COMPONENT = '#/components/schemas/';

/** The structure of an upstream schema, keywords and properties sorted, `$ref`s spelt `k8s:…`. */
export function pruneSchema(schema: Schema): Schema {
  const out: Record<string, unknown> = {};
  for (const keyword of Object.keys(schema).sort(compareBytes)) {
    if (DROPPED.has(keyword)) continue;
    out[keyword] = pruneKeyword(keyword, schema[keyword]);
  }
  return tidy(out);
}

function pruneKeyword(keyword: string, value: unknown): unknown {
  if (keyword === 'properties') return mapValues(value as Record<string, Schema>, pruneSchema);
  if (SCHEMA_KEYWORDS.has(keyword)) return pruneSchema(value as Schema);
  if (SCHEMA_LIST_KEYWORDS.has(keyword)) return (value as Schema[]).map(pruneSchema);
  if (keyword === 'additionalProperties' && isObject(value)) return pruneSchema(value as Schema);
  if (keyword === '$ref') return String(value).replace(COMPONENT, K8S_REF);
  return value;
}

// OpenAPI v3 wraps a reference in `allOf` so that it may say `default` beside it, and prints Go's zero values
// ({}, "", 0, false) as defaults although the apiserver's defaulting does not come from there.
function tidy(schema: Record<string, unknown>): Schema {
  const { allOf } = schema;
  if (Array.isArray(allOf) && allOf.length === 1 && isObject(allOf[0]) && '$ref' in allOf[0]) {
    const { allOf: _, default: __, ...rest } = schema;
    return { ...allOf[0], ...rest } as Schema;
  }
  return schema as Schema;
}

/** A definition of the core API, whose printed zero-value defaults are not defaults. */
export function pruneDefinition(schema: Schema): Schema {
  if (schema.format === 'int-or-string') return { 'x-kubernetes-int-or-string': true };
  return openUp(dropZeroDefaults(pruneSchema(schema)));
}

function dropZeroDefaults(schema: Schema): Schema {
  const out: Record<string, unknown> = { ...schema };
  const value = schema.default;
  if (
    value === '' ||
    value === 0 ||
    value === false ||
    (isObject(value) && Object.keys(value).length === 0)
  ) {
    delete out.default;
  }
  if (schema.properties) out.properties = mapValues(schema.properties, dropZeroDefaults);
  if (schema.items) out.items = dropZeroDefaults(schema.items);
  if (isObject(schema.additionalProperties)) {
    out.additionalProperties = dropZeroDefaults(schema.additionalProperties as Schema);
  }
  return out as Schema;
}

// RawExtension, FieldsV1 and JSON are "any object" or "any value" to the apiserver; a structural reader would see "empty".
function openUp(schema: Schema): Schema {
  const untyped = Object.keys(schema).length === 0;
  const bareObject =
    schema.type === 'object' && !schema.properties && schema.additionalProperties === undefined;
  return untyped || bareObject ? { ...schema, 'x-kubernetes-preserve-unknown-fields': true } : schema;
}

/** The schema of a whole object as people write it: no `status`, which belongs to the controller. */
export function withoutStatus(schema: Schema): Schema {
  const { status: _, ...properties } = schema.properties ?? {};
  const required = (schema.required ?? []).filter((name) => name !== 'status');
  const { required: __, ...rest } = schema;
  return { ...rest, properties, ...(required.length > 0 ? { required } : {}) };
}

export function mapValues<T, U>(
  record: Readonly<Record<string, T>>,
  map: (value: T) => U,
): Record<string, U> {
  const out: Record<string, U> = {};
  for (const key of Object.keys(record).sort(compareBytes)) out[key] = map(record[key] as T);
  return out;
}
