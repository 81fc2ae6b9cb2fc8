import { equalJson, isObject } from '../internal/json.ts';
import { matchesKubeFormat } from './formats.ts';
import { testRe2 } from './pattern.ts';
import type { StructuralSchema } from './structural-types.ts';

/** Where findings go. */
export interface Report {
  add(path: string, message: string, remedy?: string): void;
}

export function typeName(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'an integer' : 'a number';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

const ARTICLE: Readonly<Record<string, string>> = {
  object: 'an object',
  array: 'an array',
  integer: 'an integer',
  string: 'a string',
  number: 'a number',
  boolean: 'true or false',
};

/** False after a finding: nothing else can be said about a value of the wrong type. */
export function checkType(schema: StructuralSchema, value: unknown, path: string, run: Report): boolean {
  if (schema['x-kubernetes-int-or-string']) {
    if (typeof value === 'string' || Number.isInteger(value) || (value === null && schema.nullable))
      return true;
    run.add(path, `must be an integer or a string, not ${typeName(value)}`);
    return false;
  }
  if (value === undefined || (typeof value === 'number' && !Number.isFinite(value))) {
    run.add(path, 'is not a JSON value');
    return false;
  }
  const type = schema.type;
  if (type === undefined || type === '') return true;
  if (value === null ? schema.nullable === true : isOfType(value, type)) return true;
  run.add(path, `must be ${ARTICLE[type] ?? type}, not ${typeName(value)}`);
  return false;
}

function isOfType(value: unknown, type: string): boolean {
  switch (type) {
    case 'object':
      return isObject(value);
    case 'array':
      return Array.isArray(value);
    case 'integer':
      return Number.isInteger(value);
    default:
      return typeof value === type;
  }
}

/** Enum, string, number, list and object limits, each for the values it applies to. */
export function checkLimits(schema: StructuralSchema, value: unknown, path: string, run: Report): void {
  if (schema.enum !== undefined && schema.enum.length > 0 && !isListed(schema.enum, value)) {
    run.add(path, `must be ${listed(schema.enum)}`);
  }
  if (typeof value === 'string') checkString(schema, value, path, run);
  else if (typeof value === 'number') checkNumber(schema, value, path, run);
  else if (Array.isArray(value))
    checkCount(value.length, schema.minItems, schema.maxItems, 'items', path, run);
  else if (isObject(value)) checkObject(schema, value, path, run);
}

/** kube-openapi never matches null against an enum, even one that lists it. */
function isListed(values: readonly unknown[], value: unknown): boolean {
  return value !== null && values.some((v) => equalJson(v, value));
}

/** `"a"`, or `one of "a", "b"`. */
export function listed(values: readonly unknown[]): string {
  const shown = values.slice(0, 20).map((v) => JSON.stringify(v));
  const more = values.length > shown.length ? ` and ${values.length - shown.length} more` : '';
  return shown.length === 1 ? (shown[0] as string) : `one of ${shown.join(', ')}${more}`;
}

function checkString(schema: StructuralSchema, value: string, path: string, run: Report): void {
  const { minLength, maxLength, pattern, format } = schema;
  if (minLength !== undefined || maxLength !== undefined) {
    checkCount(codePoints(value), minLength, maxLength, 'characters', path, run);
  }
  if (pattern !== undefined && pattern !== '' && testRe2(pattern, value) !== true) {
    run.add(path, `does not match the pattern ${pattern}`);
  }
  if (format !== undefined && !matchesKubeFormat(format, value)) run.add(path, `is not a valid ${format}`);
}

function codePoints(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}

/** As kube-openapi: a bound that is a fraction is cut to a whole number before an integer is compared with it. */
function checkNumber(schema: StructuralSchema, value: number, path: string, run: Report): void {
  const bound = (limit: number): number => (Number.isInteger(value) ? Math.trunc(limit) : limit);
  if (schema.minimum !== undefined) {
    const min = bound(schema.minimum);
    const exclusive = schema.exclusiveMinimum === true;
    if (exclusive ? value <= min : value < min)
      run.add(path, `must be ${exclusive ? 'more than' : 'at least'} ${schema.minimum}`);
  }
  if (schema.maximum !== undefined) {
    const max = bound(schema.maximum);
    const exclusive = schema.exclusiveMaximum === true;
    if (exclusive ? value >= max : value > max)
      run.add(path, `must be ${exclusive ? 'less than' : 'at most'} ${schema.maximum}`);
  }
  const step = schema.multipleOf;
  if (step !== undefined && step > 0 && !Number.isInteger(value / step))
    run.add(path, `must be a multiple of ${step}`);
}

function checkCount(
  count: number,
  min: number | undefined,
  max: number | undefined,
  what: string,
  path: string,
  run: Report,
): void {
  if (min !== undefined && count < min) run.add(path, `must have at least ${min} ${what}, not ${count}`);
  if (max !== undefined && count > max) run.add(path, `must have at most ${max} ${what}, not ${count}`);
}

function checkObject(schema: StructuralSchema, value: object, path: string, run: Report): void {
  for (const key of schema.required ?? []) {
    if (!Object.hasOwn(value, key))
      run.add(path === '' ? key : `${path}.${key}`, 'is required', `set ${key}`);
  }
  const { minProperties, maxProperties } = schema;
  if (minProperties !== undefined || maxProperties !== undefined) {
    checkCount(Object.keys(value).length, minProperties, maxProperties, 'keys', path, run);
  }
}
