import type { CelKind, CelType } from './cel-type.ts';

/** What a part of an expression costs at most, and what is known of its value. */
export interface Estimate {
  readonly cost: number;
  /** Most elements of the value; absent if nobody knows. */
  readonly size?: number;
  readonly kind?: CelKind;
  /** Of a value that is a part of the object. */
  readonly type?: CelType;
  readonly literal?: true;
}

export const UNKNOWN: number = 2 ** 64;

export const plus = (a: number, b: number): number => Math.min(UNKNOWN, a + b);
export const times = (a: number, b: number): number => (a === 0 || b === 0 ? 0 : Math.min(UNKNOWN, a * b));

const SCALARS: ReadonlySet<CelKind | undefined> = new Set(['bool', 'double', 'duration', 'int', 'timestamp']);

/** How large a value may be, where it matters. */
export function sizeOf(estimate: Estimate | undefined): number {
  if (estimate === undefined) return UNKNOWN;
  if (estimate.size !== undefined) return estimate.size;
  if (estimate.type !== undefined) return estimate.type.max;
  return SCALARS.has(estimate.kind) ? 1 : UNKNOWN;
}

/** A value read from a part of the object. */
export function ofType(type: CelType | undefined, cost: number): Estimate {
  return type === undefined ? { cost } : { cost, type, kind: type.kind };
}
