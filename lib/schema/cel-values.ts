import { isObject } from '../internal/json.ts';
import { celDuration } from './cel.ts';
import type { StructuralSchema } from './structural-types.ts';
import { deref, type Run } from './validation-run.ts';

const RESERVED: ReadonlySet<string> = new Set(
  'true false null in as break const continue else for function if import let loop package namespace return var void while'.split(
    ' ',
  ),
);

/** A property name as CEL in Kubernetes says it: `__dash__` for `-`, `__in__` for `in`. */
export function escapeCelName(name: string): string {
  if (RESERVED.has(name)) return `__${name}__`;
  return name
    .replaceAll('__', '__underscores__')
    .replaceAll('.', '__dot__')
    .replaceAll('-', '__dash__')
    .replaceAll('/', '__slash__');
}

/** The value as CEL types it by its schema: integers as int, numbers as double, declared fields by their CEL names. */
export function toCelValue(given: StructuralSchema | undefined, value: unknown, run: Run): unknown {
  const schema = given === undefined ? undefined : deref(given, run);
  if (value === null) return null;
  if (Array.isArray(value)) return value.map((item: unknown) => toCelValue(schema?.items, item, run));
  if (isObject(value)) return toCelObject(schema, value, run);
  if (typeof value === 'number') {
    return Number.isInteger(value) && schema?.type !== 'number' ? BigInt(value) : value;
  }
  if (typeof value !== 'string') return value;
  switch (schema?.format) {
    case 'date':
    case 'date-time':
    case 'datetime':
      return new Date(value);
    case 'duration':
      return celDuration(value);
    case 'byte':
      return new Uint8Array(Buffer.from(value, 'base64'));
    default:
      return value;
  }
}

function toCelObject(schema: StructuralSchema | undefined, value: object, run: Run): unknown {
  const out: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  const properties = schema?.properties ?? {};
  for (const [key, item] of Object.entries(value)) {
    if (Object.hasOwn(properties, key)) out[escapeCelName(key)] = toCelValue(properties[key], item, run);
    else {
      const more = schema?.additionalProperties;
      out[key] = toCelValue(typeof more === 'object' ? more : undefined, item, run);
    }
  }
  return out;
}
