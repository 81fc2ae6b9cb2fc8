import type { JsonObject } from '../internal/json.ts';

/** The version part that must grow because of a change. */
export type Bump = 'none' | 'patch' | 'minor' | 'major';

/** What a change is about, the gravest first: reports keep this order. */
export const AREAS = [
  'data',
  'immutable',
  'api',
  'objects',
  'exposure',
  'outputs',
  'images',
  'other',
] as const;
export type Area = (typeof AREAS)[number];

/** One difference between two versions of a Blueprint. */
export interface Change {
  readonly area: Area;
  /** For programs: `field-removed`, `default-changed`, `resource-deleted`. */
  readonly what: string;
  readonly bump: Bump;
  /** `spec.config.replicas`, or the object: `Cluster "database"`. */
  readonly path: string;
  /** As one sentence without a final period. */
  readonly message: string;
  readonly remedy?: string;
  /** In how many XRs of the matrix it showed; absent where it was read off the schema. */
  readonly cases?: number;
  /** The first of those XRs. */
  readonly xr?: JsonObject;
}

const ORDER: readonly Bump[] = ['none', 'patch', 'minor', 'major'];

export function largest(bumps: Iterable<Bump>): Bump {
  let found: Bump = 'none';
  for (const bump of bumps) if (ORDER.indexOf(bump) > ORDER.indexOf(found)) found = bump;
  return found;
}

export function isLess(a: Bump, b: Bump): boolean {
  return ORDER.indexOf(a) < ORDER.indexOf(b);
}

/** Gravest first, then by path; equal ones told once, with the number of cases. */
export function collect(changes: readonly Change[]): readonly Change[] {
  const found = new Map<string, Change>();
  for (const change of changes) {
    const key = [change.area, change.what, change.path, change.message].join('\n');
    const known = found.get(key);
    if (known === undefined) found.set(key, change);
    else if (known.cases !== undefined)
      found.set(key, { ...known, cases: known.cases + (change.cases ?? 0) });
  }
  const rank = (c: Change): number => AREAS.indexOf(c.area) * 10 - ORDER.indexOf(c.bump);
  return [...found.values()].sort(
    (a, b) => rank(a) - rank(b) || (a.path < b.path ? -1 : a.path > b.path ? 1 : 0),
  );
}
