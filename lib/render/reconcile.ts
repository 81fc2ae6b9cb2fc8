import type { Issue } from '../errors.ts';
import { compareBytes, type JsonObject } from '../internal/json.ts';
import { findKind } from '../kinds/registry.ts';
import { ComposeError, quote } from './compose-error.ts';
import { duplicateObjects, finishComposed } from './composed.ts';
import {
  AVAILABLE,
  CREATING,
  customConditions,
  forgottenConditions,
  RESPONSIVE,
  reconcileError,
  SYNCED,
  someNames,
  type XrCondition,
} from './conditions.ts';
import { COMPOSE_REASON, event, type RenderEvent } from './events.ts';
import { checkInput, type RenderInput } from './input.ts';
import { type Layout, layoutOf, resourceRefs } from './layout.ts';
import type { RunResource } from './model.ts';
import { annotationOf, listAt, objectAt, PAUSED_ANNOTATION, textAt } from './objects.ts';
import { observeComposed } from './observe.ts';
import { type PipelineOutcome, runPipeline } from './pipeline.ts';
import { Lookup } from './resources.ts';
import type { ComposedResource, RenderResult } from './result.ts';
import { prepare, reference, written } from './xr.ts';

/**
 * Does with an XR what one reconcile of Crossplane would do, without a cluster: observe, run the pipeline, name, label
 * and own what is desired, collect what is not, and report conditions and events.
 * What Crossplane would report in the XR is in the result (`failure`); what no cluster would ever accept is thrown.
 * @throws ToolkitError `invalid` or `not-found` for input that does not fit together
 */
export async function renderComposite(input: RenderInput): Promise<RenderResult> {
  const layout = layoutOf(input.composite, input.xrd);
  checkInput(input, layout);
  const observed = input.observed ?? [];
  const { xr, events } = prepare(input, layout, observed);
  const stopped = stoppedEarly(xr, layout, events);
  if (stopped !== undefined) return stopped;
  const secrets = (input.credentials ?? []).map((s) => ({ apiVersion: 'v1', kind: 'Secret', ...s }));
  const lookup = new Lookup([xr, ...observed, ...(input.required ?? []), ...secrets], input.requiredSchemas);
  const asked = () => ({ resources: lookup.askedResources, schemas: lookup.askedSchemas });

  let existing: ReadonlyMap<string, RunResource>;
  try {
    existing = observeComposed(xr, observed);
  } catch (error) {
    return failed(xr, layout, events, asked(), asFailure(error));
  }
  const outcome = await runPipeline({
    steps: listAt(input.composition, 'spec', 'pipeline'),
    functions: input.functions,
    observed: { composite: { object: xr, ready: 'unspecified' }, resources: existing },
    lookup,
    context: input.context,
    signal: input.signal ?? new AbortController().signal,
  });
  if (outcome.failure !== undefined) {
    return failed(xr, layout, events, asked(), outcome.failure, outcome);
  }
  try {
    return applied({ input, xr, layout, events, existing, outcome, requirements: asked() });
  } catch (error) {
    // Crossplane drops the pipeline's events and conditions when a resource cannot be finished.
    return failed(xr, layout, events, asked(), asFailure(error), { ...outcome, events: [], conditions: [] });
  }
}

function asFailure(error: unknown): { message: string; result: boolean } {
  if (!(error instanceof ComposeError)) throw error;
  return { message: error.message, result: false };
}

/** Paused and deleted XRs: no function is called. */
function stoppedEarly(
  xr: JsonObject,
  layout: Layout,
  events: readonly RenderEvent[],
): RenderResult | undefined {
  const paused = annotationOf(xr, PAUSED_ANNOTATION) === 'true';
  if (!paused && textAt(xr, 'metadata', 'deletionTimestamp') === '') return undefined;
  const conditions: readonly XrCondition[] = paused
    ? [
        RESPONSIVE,
        {
          type: 'Synced',
          status: 'False',
          reason: 'ReconcilePaused',
          message: 'Reconciliation (including deletion) is paused via the pause annotation',
        },
      ]
    : [RESPONSIVE, { type: 'Ready', status: 'False', reason: 'Deleting' }, SYNCED];
  const said = paused
    ? [event('Normal', 'ReconciliationPaused', 'Reconciliation is paused via the pause annotation')]
    : events.slice(events.length);
  return {
    ...NOTHING,
    composite: written(xr, resourceRefs(xr, layout), layout, objectAt(xr, 'status'), conditions),
    events: said,
  };
}

const NOTHING: Omit<RenderResult, 'composite' | 'events'> = {
  composed: [],
  deleted: [],
  requirements: { resources: [], schemas: [] },
  context: undefined,
  ttlSeconds: undefined,
  steps: [],
  ready: false,
  findings: [],
};

function failed(
  xr: JsonObject,
  layout: Layout,
  before: readonly RenderEvent[],
  requirements: RenderResult['requirements'],
  failure: NonNullable<RenderResult['failure']>,
  outcome?: PipelineOutcome,
): RenderResult {
  const message = `cannot compose resources: ${failure.message}`;
  const custom = customConditions(outcome?.conditions ?? []);
  const conditions = [RESPONSIVE, reconcileError(message), ...custom, ...forgottenConditions(xr, custom)];
  return {
    ...NOTHING,
    composite: written(xr, resourceRefs(xr, layout), layout, objectAt(xr, 'status'), conditions),
    events: [...before, event('Warning', COMPOSE_REASON, message), ...(outcome?.events ?? [])],
    requirements,
    context: outcome?.context,
    steps: outcome?.steps ?? [],
    failure,
  };
}

interface Applying {
  readonly input: RenderInput;
  readonly xr: JsonObject;
  readonly layout: Layout;
  readonly events: readonly RenderEvent[];
  readonly existing: ReadonlyMap<string, RunResource>;
  readonly outcome: PipelineOutcome;
  readonly requirements: RenderResult['requirements'];
}

function applied({ input, xr, layout, events, existing, outcome, requirements }: Applying): RenderResult {
  const said = [...outcome.events];
  const scopeOf = input.scopeOf ?? ((apiVersion, kind) => findKind(apiVersion, kind)?.scope);
  const composed = [...outcome.desired.resources]
    .sort(([a], [b]) => compareBytes(a, b))
    .map(([name, desired]): ComposedResource => {
      const old = existing.get(name)?.object;
      const object = finishComposed(xr, name, desired, old, { scopeOf, events: said });
      const ready = desired.ready === 'true';
      return { name, object, ready, exists: old !== undefined, ...(old && { observed: old }) };
    });
  const deleted = [...existing]
    .filter(([name]) => !outcome.desired.resources.has(name))
    .map(([, r]) => r.object);
  const unready = composed.filter((c) => !c.ready).map((c) => c.name);
  const waiting = unready.map((name) =>
    event('Normal', COMPOSE_REASON, `Composed resource ${quote(name)} is not yet ready`),
  );
  const ready = readyCondition(unready, outcome.desired.composite);
  const conditions = [RESPONSIVE, ...customConditions(outcome.conditions), SYNCED, ready];
  return {
    composite: written(xr, references(composed, xr), layout, desiredStatus(xr, outcome), conditions),
    composed,
    deleted,
    events: [...events, ...said, ...waiting],
    requirements,
    context: outcome.context,
    ttlSeconds: outcome.ttlSeconds,
    steps: outcome.steps,
    ready: ready.status === 'True',
    findings: findings(composed),
  };
}

/** What the pipeline says about the XR's own readiness supersedes what its resources say. */
function readyCondition(unready: readonly string[], composite: RunResource | undefined): XrCondition {
  if (composite?.ready === 'true') return AVAILABLE;
  if (composite?.ready === 'false') return CREATING;
  if (unready.length === 0) return AVAILABLE;
  return { ...CREATING, message: `Unready resources: ${someNames(unready)}` };
}

function references(composed: readonly ComposedResource[], xr: JsonObject): readonly JsonObject[] {
  const key = (r: JsonObject): string =>
    [r.apiVersion, r.kind, r.name, r.namespace].map((part) => part ?? '').join('');
  return composed.map((c) => reference(c.object, xr)).sort((a, b) => compareBytes(key(a), key(b)));
}

/** The status that functions desire; conditions of earlier reconciles stay, as another manager owns them. */
function desiredStatus(xr: JsonObject, outcome: PipelineOutcome): JsonObject {
  const before = objectAt(xr, 'status');
  const desired = outcome.desired.composite?.object;
  if (desired === undefined || !Object.hasOwn(desired, 'status')) return before;
  const status = objectAt(desired, 'status');
  const own = listAt(status, 'conditions');
  const kept = listAt(before, 'conditions').filter((c) => !own.some((o) => o.type === c.type));
  return { ...status, conditions: [...kept, ...own] };
}

function findings(composed: readonly ComposedResource[]): readonly Issue[] {
  const out: Issue[] = [];
  const objects = new Map(composed.map((c) => [c.name, c.object]));
  for (const names of duplicateObjects(objects).values()) {
    out.push({
      path: `resources.${names.at(-1)}`,
      message: `is the same object as "${names[0]}": each apply would overwrite the other's`,
      remedy: 'give one of them another metadata.name',
    });
  }
  for (const [name, object] of objects) {
    if (!Object.hasOwn(object, 'status')) continue;
    out.push({
      path: `resources.${name}.status`,
      message: 'must not be desired: only the resource’s own controller writes it',
    });
  }
  return out;
}
