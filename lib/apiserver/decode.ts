import { isObject, type Json, type JsonObject } from '../internal/json.ts';
import { matchesKubeFormat } from '../schema/formats.ts';
import type { StructuralSchema } from '../schema/index.ts';
import { type Checks, keyPath } from './checks.ts';
import { quantityOf } from './resources.ts';

const QUANTITY = 'k8s:io.k8s.apimachinery.pkg.api.resource.Quantity';
const INT32 = { low: -(2 ** 31), high: 2 ** 31 - 1 };
const BASE64 = /^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** What Go finds when it reads one of Kubernetes' own objects into its types: numbers too large, quantities, times. */
export function checkDecoding(
  checks: Checks,
  given: StructuralSchema,
  value: unknown,
  path: string,
  definition: (name: string) => StructuralSchema | undefined,
): void {
  if (value === null || value === undefined) return;
  if (given.$ref === QUANTITY) {
    if (quantityOf(value) === undefined) checks.add(path, 'must be a quantity, such as 500m or 2Gi');
    return;
  }
  const schema = given.$ref === undefined ? given : definition(given.$ref.replace(/^k8s:/, ''));
  if (schema === undefined) return;
  checkScalar(checks, schema, value, path);
  if (Array.isArray(value) && schema.items !== undefined) {
    for (const [i, item] of value.entries())
      checkDecoding(checks, schema.items, item, `${path}[${i}]`, definition);
  } else if (isObject(value)) {
    const more = schema.additionalProperties;
    for (const [key, item] of Object.entries(value)) {
      const own = Object.hasOwn(schema.properties ?? {}, key) ? schema.properties?.[key] : undefined;
      const child = own ?? (typeof more === 'object' ? more : undefined);
      if (child !== undefined)
        checkDecoding(checks, child, item, path === '' ? key : keyPath(path, key), definition);
    }
  }
}

function checkScalar(checks: Checks, schema: StructuralSchema, value: unknown, path: string): void {
  const { format } = schema;
  if (typeof value === 'number') {
    const narrow = format === 'int32' || schema['x-kubernetes-int-or-string'] === true;
    if (narrow && (value < INT32.low || value > INT32.high)) checks.add(path, 'must fit into 32 bits');
  } else if (typeof value === 'string') {
    if (format === 'byte' && !BASE64.test(value.replace(/[\r\n]/g, ''))) checks.add(path, 'must be base64');
    if (format === 'date-time' && !matchesKubeFormat('date-time', value))
      checks.add(path, 'must be a time of RFC 3339');
  }
}

/** The value without what is null, which Go reads as not there. */
export function withoutNulls(value: JsonObject): JsonObject {
  return holdsNull(value) ? (pruned(value) as JsonObject) : value;
}

function holdsNull(value: unknown): boolean {
  if (value === null) return true;
  return typeof value === 'object' && Object.values(value as object).some(holdsNull);
}

function pruned(value: Json): Json {
  if (Array.isArray(value)) return value.map((item: Json) => (item === null ? {} : pruned(item)));
  if (!isObject(value)) return value;
  const kept = Object.entries(value).filter(([, item]) => item !== null);
  return Object.fromEntries(kept.map(([key, item]) => [key, pruned(item as Json)]));
}
