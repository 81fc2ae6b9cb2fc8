/** A parsed expression, as far as an estimate looks at it. */
export interface CelNode {
  readonly op: string;
  readonly args: unknown;
}

export const nodes = (value: unknown): readonly CelNode[] => value as readonly CelNode[];

/** What CEL calls comprehensions, by how many parts they have beside their variable. */
export const MACROS: ReadonlySet<string> = new Set([
  'all',
  'exists',
  'exists_one',
  'existsOne',
  'filter',
  'map',
]);
