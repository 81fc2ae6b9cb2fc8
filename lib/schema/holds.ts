import { canonicalJson, isObject, type Json } from '../internal/json.ts';
import type { ConfigSchema } from './config-schema-types.ts';
import { matchesConfigFormat } from './formats.ts';
import { testRe2, translatePattern } from './pattern.ts';

/**
 * Whether a config obeys its schema: the same verdict as the compiled validator, without its reasons. A value that is
 * looked at once is judged long before a validator is compiled.
 */
export function holds(schema: ConfigSchema, value: unknown): boolean {
  return (
    hasType(schema, value) &&
    (schema.enum === undefined || schema.enum.includes(value as string)) &&
    (typeof value !== 'number' || holdsNumber(schema, value)) &&
    (typeof value !== 'string' || holdsText(schema, value)) &&
    (!Array.isArray(value) || holdsList(schema, value)) &&
    (!isObject(value) || holdsObject(schema, value)) &&
    holdsConditions(schema, value)
  );
}

function hasType(schema: ConfigSchema, value: unknown): boolean {
  const { type } = schema;
  if (schema['x-kubernetes-int-or-string']) return typeof value === 'string' || Number.isInteger(value);
  if (type === undefined || (value === null && schema.nullable)) return true;
  if (type === 'integer') return Number.isInteger(value);
  if (type === 'array') return Array.isArray(value);
  return type === 'object' ? isObject(value) : typeof value === type;
}

function holdsNumber(schema: ConfigSchema, value: number): boolean {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = schema;
  const whole = schema.type === 'integer' || schema['x-kubernetes-int-or-string'] === true;
  const [low, high] = schema.format === 'int32' ? [-(2 ** 31), 2 ** 31 - 1] : [-(2 ** 53) + 1, 2 ** 53 - 1];
  if (whole && (value < low || value > high)) return false;
  if (minimum !== undefined && value < minimum) return false;
  if (maximum !== undefined && value > maximum) return false;
  if (exclusiveMinimum !== undefined && value <= exclusiveMinimum) return false;
  if (exclusiveMaximum !== undefined && value >= exclusiveMaximum) return false;
  return multipleOf === undefined || Number.isInteger(value / multipleOf);
}

function holdsText(schema: ConfigSchema, value: string): boolean {
  const { minLength, maxLength, pattern, format, type } = schema;
  if (minLength !== undefined || maxLength !== undefined) {
    const length = [...value].length; // code points, as Kubernetes counts
    if (length < (minLength ?? 0) || length > (maxLength ?? length)) return false;
  }
  if (pattern !== undefined) {
    const found = translatePattern(pattern);
    if (testRe2(found.ok ? found.pattern : pattern, value) !== true) return false;
  }
  const text = format !== undefined && type !== 'integer' && type !== 'number';
  return !text || matchesConfigFormat(format, value);
}

function holdsList(schema: ConfigSchema, value: readonly unknown[]): boolean {
  const { minItems = 0, maxItems = value.length, uniqueItems, items } = schema;
  if (value.length < minItems || value.length > maxItems) return false;
  if (uniqueItems && new Set(value.map((item) => canonicalJson(item as Json))).size < value.length) {
    return false;
  }
  return items === undefined || value.every((item) => holds(items, item));
}

function holdsObject(schema: ConfigSchema, value: Readonly<Record<string, unknown>>): boolean {
  const { properties = {}, required = [], additionalProperties } = schema;
  const keys = Object.keys(value);
  if (keys.length < (schema.minProperties ?? 0)) return false;
  if (keys.length > (schema.maxProperties ?? keys.length)) return false;
  if (!required.every((key) => Object.hasOwn(value, key))) return false;
  return keys.every((key) => {
    const child = Object.hasOwn(properties, key) ? properties[key] : additionalProperties;
    if (child === undefined || typeof child === 'boolean') return child !== false;
    return holds(child, value[key]);
  });
}

function holdsConditions(schema: ConfigSchema, value: unknown): boolean {
  const { allOf, anyOf, oneOf, not } = schema;
  if (allOf !== undefined && !allOf.every((part) => holds(part, value))) return false;
  if (anyOf !== undefined && !anyOf.some((part) => holds(part, value))) return false;
  if (oneOf !== undefined && oneOf.filter((part) => holds(part, value)).length !== 1) return false;
  if (not !== undefined && holds(not, value)) return false;
  if (schema.if === undefined) return true;
  const next = holds(schema.if, value) ? schema.then : schema.else;
  return next === undefined || holds(next, value);
}
