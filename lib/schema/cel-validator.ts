import { isObject } from '../internal/json.ts';
import { evaluateRule } from './cel.ts';
import { toCelValue } from './cel-values.ts';
import type { StructuralSchema, ValidationRule } from './structural-types.ts';
import { deref, join, MAX_VALUE_DEPTH, type Run } from './validation-run.ts';

/** Runs every `x-kubernetes-validations` rule below a value whose types are already known to be right. */
export function validateRules(
  schema: StructuralSchema,
  value: unknown,
  oldValue: unknown,
  path: string,
  run: Run,
): void {
  walk(schema, value, oldValue, path, 0, run);
}

function walk(
  given: StructuralSchema,
  value: unknown,
  old: unknown,
  path: string,
  depth: number,
  run: Run,
): void {
  if (value === null || value === undefined || depth > MAX_VALUE_DEPTH) return;
  const schema = deref(given, run);
  if (schema === undefined) return;
  for (const rule of schema['x-kubernetes-validations'] ?? []) applyRule(rule, schema, value, old, path, run);
  if (Array.isArray(value) && schema.items !== undefined) {
    const before = correlate(schema, old, run);
    for (const [i, item] of value.entries())
      walk(schema.items, item, before(item), join(path, i), depth + 1, run);
  } else if (isObject(value)) {
    for (const [key, item] of Object.entries(value)) {
      const child = Object.hasOwn(schema.properties ?? {}, key) ? schema.properties?.[key] : undefined;
      const under =
        child ?? (typeof schema.additionalProperties === 'object' ? schema.additionalProperties : undefined);
      const was = isObject(old) && Object.hasOwn(old, key) ? old[key] : undefined;
      if (under !== undefined) walk(under, item, was, join(path, key), depth + 1, run);
    }
  }
}

/** Old items are found by their keys in a list of type map; in other lists nothing tells which item was which. */
function correlate(schema: StructuralSchema, old: unknown, run: Run): (item: unknown) => unknown {
  const keys = schema['x-kubernetes-list-map-keys'];
  if (schema['x-kubernetes-list-type'] !== 'map' || keys === undefined || !Array.isArray(old))
    return () => undefined;
  const items = schema.items === undefined ? undefined : deref(schema.items, run);
  const keyOf = (item: unknown): string =>
    JSON.stringify(
      keys.map((k) => (isObject(item) ? item[k] : undefined) ?? items?.properties?.[k]?.default),
    );
  const byKey = new Map(old.map((item: unknown) => [keyOf(item), item]));
  return (item) => byKey.get(keyOf(item));
}

function applyRule(
  rule: ValidationRule,
  schema: StructuralSchema,
  value: unknown,
  old: unknown,
  path: string,
  run: Run,
): void {
  const transition = /\boldSelf\b/.test(rule.rule);
  if (transition && (old === undefined || old === null) && !rule.optionalOldSelf) return;
  const result = evaluateRule(rule, toCelValue(schema, value, run), () =>
    old === undefined || old === null ? undefined : toCelValue(schema, old, run),
  );
  if (result.ok) return;
  run.add(path + (rule.fieldPath ?? ''), result.message);
}
