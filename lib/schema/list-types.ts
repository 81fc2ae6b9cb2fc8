import { canonicalJson, isObject, type Json } from '../internal/json.ts';
import type { StructuralSchema } from './structural-types.ts';
import { deref, join, type Run } from './validation-run.ts';

/** `x-kubernetes-list-type` set and map: items, or their keys, occur once. */
export function validateListType(
  schema: StructuralSchema,
  value: readonly unknown[],
  path: string,
  run: Run,
): void {
  const type = schema['x-kubernetes-list-type'];
  if (type !== 'set' && type !== 'map') return;
  const seen = new Set<string>();
  for (const [i, item] of value.entries()) {
    const key = type === 'set' ? canonicalJson(item as Json) : keyOf(schema, item, run);
    if (key === undefined) continue; // the wrong type is a finding of its own
    if (seen.has(key)) run.add(join(path, i), `is a duplicate: ${key.slice(0, 100)} is in the list already`);
    seen.add(key);
  }
}

function keyOf(schema: StructuralSchema, item: unknown, run: Run): string | undefined {
  if (!isObject(item)) return undefined;
  const items = schema.items === undefined ? undefined : deref(schema.items, run);
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  return JSON.stringify(
    keys.map((name) => (Object.hasOwn(item, name) ? item[name] : items?.properties?.[name]?.default)),
  );
}
