import { compareBytes, equalJson, isObject } from '../internal/json.ts';

const MAX_PATHS = 50; // more than a person reads of one object

/** Where two values differ, as sorted paths (`spec.replicas`); lists and values are compared whole. */
export function changedPaths(before: unknown, after: unknown): readonly string[] {
  const out: string[] = [];
  const walk = (a: unknown, b: unknown, path: string): void => {
    if (equalJson(a, b)) return;
    if (!isObject(a) || !isObject(b)) {
      out.push(path);
      return;
    }
    for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
      const at = (o: object): unknown =>
        Object.hasOwn(o, key) ? (o as Record<string, unknown>)[key] : undefined;
      walk(at(a), at(b), path === '' ? key : `${path}.${key}`);
    }
  };
  walk(before, after, '');
  return out.sort(compareBytes).slice(0, MAX_PATHS);
}
