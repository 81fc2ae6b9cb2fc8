import type { Issue } from '../errors.ts';
import type { StructuralSchema } from './structural-types.ts';
import type { Report } from './value-checks.ts';

export const MAX_ISSUES = 100;
export const MAX_VALUE_DEPTH = 64; // levels; also of $ref, so that a recursive definition ends

/** What one validation carries along. */
export interface Run extends Report {
  readonly definitions: ReadonlyMap<string, StructuralSchema> | undefined;
  readonly issues: Issue[];
}

/** The schema behind a `$ref`; undefined when it accepts anything. */
export function deref(schema: StructuralSchema, run: Run): StructuralSchema | undefined {
  let at: StructuralSchema | undefined = schema;
  for (let hops = 0; at?.$ref !== undefined; hops += 1) {
    const found: StructuralSchema | undefined = run.definitions?.get(at.$ref.replace(/^k8s:/, ''));
    if (found === undefined || hops >= MAX_VALUE_DEPTH) return undefined;
    const { $ref: _, ...beside } = at;
    at = { ...found, ...beside };
  }
  return at;
}

export function join(path: string, key: string | number): string {
  if (typeof key === 'number') return `${path}[${key}]`;
  const plain = /^[A-Za-z_$][\w$-]*$/.test(key);
  if (!plain) return `${path}[${JSON.stringify(key)}]`;
  return path === '' ? key : `${path}.${key}`;
}
