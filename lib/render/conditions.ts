import { compareBytes, type Json, type JsonObject } from '../internal/json.ts';
import type { Layout } from './layout.ts';
import type { RunCondition } from './model.ts';
import { defined, listAt, objectAt, textAt } from './objects.ts';

/** Render has no clock: every transition happened then, as in `crossplane composition render`. */
export const FIXED_TIME = '2024-01-01T00:00:00Z';

const SYSTEM_TYPES = new Set(['Ready', 'Synced', 'Healthy', 'UpToDate', 'Responsive']);

/** Conditions that are Crossplane's own: a function that sets one is ignored. */
function isSystemCondition(type: string): boolean {
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
export const DELETING: XrCondition = { type: 'Ready', status: 'False', reason: 'Deleting' };
export const PAUSED: XrCondition = {
  type: 'Synced',
  status: 'False',
  reason: 'ReconcilePaused',
  message: 'Reconciliation (including deletion) is paused via the pause annotation',
};
export const CREATING: XrCondition = { type: 'Ready', status: 'False', reason: 'Creating' };

export const reconcileError = (message: string): XrCondition => ({
  type: 'Synced',
  status: 'False',
  reason: 'ReconcileError',
  message,
});

/** A condition that a function asked for. */
export interface CustomCondition extends XrCondition {
  /** Shown in the claim of a legacy XR as well. */
  readonly forClaim: boolean;
}

/** What functions said, without system types; an unspecified status is Unknown. */
export function customConditions(conditions: readonly RunCondition[]): readonly CustomCondition[] {
  return conditions
    .filter((c) => !isSystemCondition(c.type))
    .map((c) => ({
      type: c.type,
      status: c.status === 'unspecified' ? 'Unknown' : c.status,
      reason: c.reason,
      ...(c.message !== undefined && c.message !== '' && { message: c.message }),
      forClaim: c.target === 'composite-and-claim',
    }));
}

/** The object with conditions set as its controller sets them: each says the object's generation. */
export function markConditions(object: JsonObject, conditions: readonly XrCondition[]): JsonObject {
  const { generation } = objectAt(object, 'metadata');
  return setConditions(
    object,
    conditions.map((c) => fresh(c, generation)),
  );
}

/** The object with the conditions of functions: these say no generation. */
export function applyCustom(
  object: JsonObject,
  conditions: readonly CustomCondition[],
  layout: Layout,
): JsonObject {
  const set = setConditions(
    object,
    conditions.map((c) => fresh(c)),
  );
  const shown = conditions.filter((c) => c.forClaim).map((c) => c.type);
  if (layout === 'modern' || shown.length === 0) return set;
  const status = objectAt(set, 'status');
  const before = Array.isArray(status.claimConditionTypes) ? (status.claimConditionTypes as Json[]) : [];
  return { ...set, status: { ...status, claimConditionTypes: [...new Set([...before, ...shown])] } };
}

const fresh = ({ type, status, reason, message }: XrCondition, generation?: Json): JsonObject =>
  normalCondition({
    lastTransitionTime: FIXED_TIME,
    message,
    observedGeneration: generation,
    reason,
    status,
    type,
  });

/**
 * The object with conditions set by type: those there are replaced where they stand, new ones come last. One that says
 * the same already stays as it is.
 */
export function setConditions(object: JsonObject, conditions: readonly JsonObject[]): JsonObject {
  const all = listAt(object, 'status', 'conditions').map(normalCondition);
  for (const next of conditions) {
    const at = all.findIndex((c) => c.type === next.type);
    const before = all[at];
    if (before === undefined) all.push(next);
    else if (!saysSame(before, next)) all[at] = next;
  }
  return { ...object, status: { ...objectAt(object, 'status'), conditions: all } };
}

/** As Crossplane reads and writes a condition: nothing unknown, and what must be there is. */
export function normalCondition(condition: Readonly<Record<string, Json | undefined>>): JsonObject {
  const { lastTransitionTime = null, message, observedGeneration, reason, status, type } = condition;
  return defined({
    lastTransitionTime,
    message: message === '' ? undefined : message,
    observedGeneration: observedGeneration === 0 ? undefined : observedGeneration,
    reason: reason ?? '',
    status: status ?? '',
    type: type ?? '',
  });
}

function saysSame(a: JsonObject, b: JsonObject): boolean {
  if ((['type', 'status', 'reason', 'message'] as const).some((key) => a[key] !== b[key])) return false;
  const generations = [a.observedGeneration, b.observedGeneration];
  return generations.includes(undefined) || generations[0] === generations[1];
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
  const sorted = names.toSorted(compareBytes);
  if (sorted.length > FIRST_N) {
    return `${sorted.slice(0, FIRST_N).join(', ')}, and ${sorted.length - FIRST_N} more`;
  }
  if (sorted.length === FIRST_N) return `${sorted.slice(0, -1).join(', ')}, and ${sorted.at(-1)}`;
  return sorted.join(', ');
}
