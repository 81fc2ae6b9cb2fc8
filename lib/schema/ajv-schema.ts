import type { ConfigSchema } from './config-schema-types.ts';

/** A JSON Schema for ajv with the two keywords of ours, `x-re2` and `x-format`. */
export type AjvSchema = Record<string, unknown>;

const DROPPED: ReadonlySet<string> = new Set([
  'title',
  'description',
  'default',
  'x-catalyst-ui-hint',
  'x-catalyst-ui-filter',
  'x-kubernetes-int-or-string',
  'x-kubernetes-preserve-unknown-fields',
  'x-kubernetes-list-type',
  'x-kubernetes-map-type',
]);

/** The parsed schema in words that ajv knows. Patterns run on RE2: linear in the value, same verdict as Kubernetes. */
export function toAjvSchema(schema: ConfigSchema, re2: (pattern: string) => string): AjvSchema {
  const out: AjvSchema = {};
  for (const [key, value] of Object.entries(schema)) {
    if (DROPPED.has(key)) continue;
    switch (key) {
      case 'pattern':
        out['x-re2'] = re2(value as string);
        break;
      case 'format':
        format(schema, out);
        break;
      case 'properties':
        out[key] = Object.fromEntries(
          Object.entries(value as Record<string, ConfigSchema>).map(([k, child]) => [
            k,
            toAjvSchema(child, re2),
          ]),
        );
        break;
      case 'allOf':
      case 'anyOf':
      case 'oneOf':
        out[key] = (value as ConfigSchema[]).map((part) => toAjvSchema(part, re2));
        break;
      case 'items':
      case 'not':
      case 'if':
      case 'then':
      case 'else':
        out[key] = toAjvSchema(value as ConfigSchema, re2);
        break;
      case 'additionalProperties':
        out[key] = typeof value === 'object' ? toAjvSchema(value as ConfigSchema, re2) : value;
        break;
      default:
        out[key] = value;
    }
  }
  if (schema['x-kubernetes-int-or-string']) out.type = ['integer', 'string'];
  if (schema.type === 'integer' || schema['x-kubernetes-int-or-string']) wholeNumbers(schema, out);
  return out;
}

function format(schema: ConfigSchema, out: AjvSchema): void {
  if (schema.type !== 'integer' && schema.type !== 'number') out['x-format'] = schema.format;
}

/** The same range as in the structural schema: see there. */
function wholeNumbers(schema: ConfigSchema, out: AjvSchema): void {
  const [low, high] =
    schema.format === 'int32'
      ? [-(2 ** 31), 2 ** 31 - 1]
      : [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER];
  out.minimum = Math.max(schema.minimum ?? low, low);
  out.maximum = Math.min(schema.maximum ?? high, high);
}
