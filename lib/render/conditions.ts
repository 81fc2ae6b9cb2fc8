import type { JsonObject } from '../internal/json.ts';
import type { RunCondition } from './model.ts';
import { defined, listAt, objectAt, textAt } from './objects.ts';

/** Render has no clock: every transition happened then, as in `crossplane composition render`. */
export const FIXED_TIME = '2024-01-01T00:00:00Z';

const SYSTEM_TYPES = new Set(['Ready', 'Synced', 'Healthy', 'UpToDate', 'Responsive']);

/** Conditions that are Crossplane's own: a function that sets one is ignored. */
export function isSystemCondition(type: string): boolean {
  return SYSTEM_TYPES.has(type);
}

export interface XrCondition {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: string;
  readonly message?: string;
}

export const RESPONSIVE: XrCondition = { type: 'Responsive', status: 'True', reason: 'WatchCircuitClosed' };
export const SYNCED: XrCondition = { type: 'Synced', status: 'True', reason: 'ReconcileSuccess' };
export const AVAILABLE: XrCondition = { type: 'Ready', status: 'True', reason: 'Available' };
export const CREATING: XrCondition = { type: 'Ready', status: 'False', reason: 'Creating' };

export const reconcileError = (message: string): XrCondition => ({
  type: 'Synced',
  status: 'False',
  reason: 'ReconcileError',
  message,
});

/** What functions said, without system types; an unspecified status is Unknown. */
export function customConditions(conditions: readonly RunCondition[]): readonly XrCondition[] {
  return conditions
    .filter((c) => !isSystemCondition(c.type))
    .map((c) => ({
      type: c.type,
      status: c.status === 'unspecified' ? 'Unknown' : c.status,
      reason: c.reason,
      ...(c.message !== undefined && c.message !== '' && { message: c.message }),
    }));
}

/** The object with conditions set by type: those there are replaced where they stand, new ones come last. */
export function withConditions(object: JsonObject, conditions: readonly XrCondition[]): JsonObject {
  const all = [...listAt(object, 'status', 'conditions')];
  const generation = objectAt(object, 'metadata').generation;
  for (const condition of conditions) {
    const next = defined({
      lastTransitionTime: FIXED_TIME,
      message: condition.message,
      observedGeneration: generation,
      reason: condition.reason,
      status: condition.status,
      type: condition.type,
    });
    const at = all.findIndex((c) => c.type === condition.type);
    if (at < 0) all.push(next);
    else all[at] = next;
  }
  return { ...object, status: { ...objectAt(object, 'status'), conditions: all } };
}

/** After a fatal error: custom conditions that this reconcile did not reach are no longer known. */
export function forgottenConditions(
  object: JsonObject,
  seen: readonly XrCondition[],
): readonly XrCondition[] {
  const known = new Set(seen.map((c) => c.type));
  return listAt(object, 'status', 'conditions')
    .map((c) => textAt(c, 'type'))
    .filter((type) => !isSystemCondition(type) && !known.has(type))
    .map((type) => ({
      type,
      status: 'Unknown',
      reason: 'FatalError',
      message: 'A fatal error occurred before the status of this condition could be determined.',
    }));
}

const FIRST_N = 3;

/** `a, b, and 2 more`: the first three names in order, as Crossplane lists them in a condition. */
export function someNames(names: readonly string[]): string {
  const sorted = [...names].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  if (sorted.length > FIRST_N) {
    return `${sorted.slice(0, FIRST_N).join(', ')}, and ${sorted.length - FIRST_N} more`;
  }
  if (sorted.length === FIRST_N) return `${sorted.slice(0, -1).join(', ')}, and ${sorted.at(-1)}`;
  return sorted.join(', ');
}
