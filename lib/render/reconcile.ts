import type { Issue } from '../errors.ts';
import { compareBytes, type JsonObject } from '../internal/json.ts';
import { findKind } from '../kinds/registry.ts';
import { ComposeError, quote } from './compose-error.ts';
import { duplicateObjects, finishComposed } from './composed.ts';
import {
  AVAILABLE,
  applyCustom,
  CREATING,
  customConditions,
  DELETING,
  forgottenConditions,
  markConditions,
  PAUSED,
  reconcileError,
  SYNCED,
  setConditions,
  someNames,
  type XrCondition,
} from './conditions.ts';
import { COMPOSE_REASON, event } from './events.ts';
import { checkInput, type RenderInput } from './input.ts';
import { type Layout, layoutOf } from './layout.ts';
import type { RunResource } from './model.ts';
import {
  annotationOf,
  listAt,
  nameOf,
  objectAt,
  PAUSED_ANNOTATION,
  textAt,
  withMetadata,
} from './objects.ts';
import { checkObserved, observeComposed, observeXr, released } from './observe.ts';
import { type PipelineOutcome, runPipeline } from './pipeline.ts';
import { Lookup } from './resources.ts';
import type { ComposedResource, RenderResult } from './result.ts';
import { appliedXr, found, handleRequest, type LiveXr, reference, select } from './xr.ts';

/**
 * Does with an XR what one reconcile of Crossplane would do, without a cluster: observe, run the pipeline, name, label
 * and own what is desired, collect what is not, and report conditions and events.
 * What Crossplane would report in the XR is in the result (`failure`); what no cluster would ever accept is thrown.
 * @throws ToolkitError `invalid` or `not-found` for input that does not fit together
 */
export async function renderComposite(input: RenderInput): Promise<RenderResult> {
  const layout = layoutOf(input.composite, input.xrd);
  checkInput(input, layout);
  const start = found(input, layout);
  checkObserved(start.xr, input.observed ?? []);
  const stopped = stoppedEarly(start);
  if (stopped !== undefined) return stopped;
  const live = select(handleRequest(start), nameOf(input.composition), layout);
  const lookup = lookupFor(input, live);
  const run: Running = {
    input,
    layout,
    live,
    asked: () => ({ resources: lookup.askedResources, schemas: lookup.askedSchemas }),
  };
  let existing: ReadonlyMap<string, RunResource>;
  try {
    existing = observeComposed(live.xr, layout, lookup);
  } catch (error) {
    return failed(run, asFailure(error));
  }
  const outcome = await runPipeline({
    steps: listAt(input.composition, 'spec', 'pipeline'),
    functions: input.functions,
    observed: { composite: observeXr(live.xr, layout, lookup), resources: existing },
    lookup,
    context: input.context,
    signal: input.signal ?? new AbortController().signal,
  });
  if (outcome.failure !== undefined) return failed(run, outcome.failure, outcome);
  try {
    return applied(run, existing, outcome);
  } catch (error) {
    // Crossplane drops the pipeline's events and conditions when a resource cannot be finished.
    return failed(run, asFailure(error), { ...outcome, events: [], conditions: [] });
  }
}

/** One reconcile after its XR is found. */
interface Running {
  readonly input: RenderInput;
  readonly layout: Layout;
  readonly live: LiveXr;
  readonly asked: () => RenderResult['requirements'];
}

/** One store for all, as an API server is. */
function lookupFor(input: RenderInput, { stored }: LiveXr): Lookup {
  const { observed = [], required = [], credentials = [], requiredSchemas } = input;
  const secrets = credentials.map((s) => ({ apiVersion: 'v1', kind: 'Secret', ...s }));
  return new Lookup([stored, ...observed, ...required, ...secrets], requiredSchemas);
}

function asFailure(error: unknown): { message: string; result: boolean } {
  if (!(error instanceof ComposeError)) throw error;
  return { message: error.message, result: false };
}

/** Paused and deleted XRs: no function is called. */
function stoppedEarly(start: LiveXr): RenderResult | undefined {
  if (annotationOf(start.xr, PAUSED_ANNOTATION) === 'true') {
    const said = event('Normal', 'ReconciliationPaused', 'Reconciliation is paused via the pause annotation');
    return { ...NOTHING, composite: markConditions(start.xr, [PAUSED]), events: [said] };
  }
  if (textAt(start.xr, 'metadata', 'deletionTimestamp') === '') return undefined;
  const { xr, events } = handleRequest(start);
  return { ...NOTHING, composite: markConditions(xr, [DELETING, SYNCED]), events };
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
  { live: { xr, stored, events }, layout, asked }: Running,
  failure: NonNullable<RenderResult['failure']>,
  outcome?: PipelineOutcome,
): RenderResult {
  const message = `cannot compose resources: ${failure.message}`;
  const custom = customConditions(outcome?.conditions ?? []);
  const said = applyCustom(markConditions(xr, [reconcileError(message)]), custom, layout);
  const { status = {} } = markConditions(said, forgottenConditions(said, custom));
  return {
    ...NOTHING,
    composite: { ...stored, status },
    events: [...events, event('Warning', COMPOSE_REASON, message), ...(outcome?.events ?? [])],
    requirements: asked(),
    context: outcome?.context,
    steps: outcome?.steps ?? [],
    failure,
  };
}

function applied(
  { input, layout, live: { xr, events }, asked }: Running,
  existing: ReadonlyMap<string, RunResource>,
  outcome: PipelineOutcome,
): RenderResult {
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
  const unready = composed.filter((c) => !c.ready).map((c) => c.name);
  const waiting = unready.map((name) =>
    event('Normal', COMPOSE_REASON, `Composed resource ${quote(name)} is not yet ready`),
  );
  const ready = readyCondition(unready, outcome.desired.composite);
  const written = appliedXr(xr, references(composed, xr), layout, desiredStatus(xr, outcome));
  const { generation } = objectAt(xr, 'metadata');
  const back = input.keepsGeneration === true ? withMetadata(written, { generation }) : written;
  const told = applyCustom(back, customConditions(outcome.conditions), layout);
  return {
    composite: withMetadata(markConditions(told, [SYNCED, ready]), { generation: undefined }),
    composed,
    deleted: [...existing]
      .filter(([name]) => !outcome.desired.resources.has(name))
      .map(([, r]) => released(r.object)),
    events: [...events, ...said, ...waiting],
    requirements: asked(),
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

/** The status that functions desire, with the conditions that the XR has: what nobody desires any more goes. */
function desiredStatus(xr: JsonObject, outcome: PipelineOutcome): JsonObject {
  const desired = { status: objectAt(outcome.desired.composite?.object, 'status') };
  return objectAt(setConditions(desired, listAt(xr, 'status', 'conditions')), 'status');
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
