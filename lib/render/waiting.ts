import type { JsonObject } from '../internal/json.ts';
import { describe, listAt, objectAt, objectKey, textAt } from './objects.ts';
import type { ComposedResource, RenderResult } from './result.ts';

/** Something that is not ready, as far down as it can be told. */
export interface Waiting {
  /** From the root XR down: `App shop`, then resource names in the Composition. */
  readonly path: readonly string[];
  /** The object, if it is one. */
  readonly object?: JsonObject;
  /** Why, as one sentence without a final period. */
  readonly why: string;
}

/** What an XR waits for: failures, resources that are not ready (those of nested XRs instead of them), and objects that functions asked for and did not find. */
export function waitingFor(
  key: string,
  reconciles: ReadonlyMap<string, RenderResult>,
  live: (key: string) => JsonObject | undefined,
  above: readonly string[] = [],
): readonly Waiting[] {
  const result = reconciles.get(key);
  if (result === undefined) return [];
  const path = above.length > 0 ? above : [describe(result.composite)];
  if (result.failure !== undefined) {
    return [{ path, object: result.composite, why: result.failure.message }];
  }
  if (result.ready) return [];
  const out = result.composed
    .filter((c) => !c.ready)
    .flatMap((c): readonly Waiting[] => {
      const childKey = objectKey(c.object);
      const deeper = waitingFor(childKey, reconciles, live, [...path, c.name]);
      if (deeper.length > 0) return deeper;
      const object = live(childKey) ?? c.object;
      return [{ path: [...path, c.name], object, why: whyNotReady({ ...c, observed: object }) }];
    });
  const missing = result.requirements.resources
    .filter((r) => r.found === 0)
    .map(({ selector }) => ({
      path,
      why: `required ${selector.kind} ${selector.matchName ?? JSON.stringify(selector.matchLabels ?? {})} was not found`,
    }));
  if (out.length + missing.length > 0) return [...out, ...missing];
  return [{ path, object: result.composite, why: 'a function says that the XR is not ready' }];
}

/** Why a composed resource is not ready, after what was observed of it. */
export function whyNotReady({ observed }: Pick<ComposedResource, 'observed'>): string {
  if (observed === undefined) return 'not created yet';
  const telling = tellingCondition(observed);
  if (telling !== undefined) {
    const why = textAt(telling, 'message') || textAt(telling, 'reason');
    return `${textAt(telling, 'type')} is ${textAt(telling, 'status')}${why === '' ? '' : `: ${why}`}`;
  }
  if (Object.keys(objectAt(observed, 'status')).length === 0) return 'has no status yet';
  return 'its function does not take it for ready';
}

/** True unless one of the conditions that tell of readiness says otherwise. */
export function seemsReady(object: JsonObject): boolean {
  return tellingCondition(object) === undefined;
}

function tellingCondition(object: JsonObject): JsonObject | undefined {
  return listAt(object, 'status', 'conditions').find(
    (c) => TELLING.has(textAt(c, 'type')) && c.status !== 'True',
  );
}

const TELLING = new Set(['Ready', 'Available', 'Established', 'Programmed', 'Accepted', 'Synced', 'Healthy']);
