import type { ResourceSelector, SchemaSelector } from '../function/protocol.ts';
import { ranTooLong } from '../internal/bounded-run.ts';
import { equalJson, getPath, isObject, type Json, type JsonObject } from '../internal/json.ts';
import { ComposeError, quote } from './compose-error.ts';
import type { RenderEvent } from './events.ts';
import { resultEvents } from './events.ts';
import { type PipelineFunction, requestTag } from './function.ts';
import {
  EMPTY_STATE,
  type Requirements,
  type RunCondition,
  type RunRequest,
  type RunResource,
  type RunResponse,
  type RunResult,
  type RunState,
} from './model.ts';
import { listAt, objectAt, textAt } from './objects.ts';
import type { Lookup } from './resources.ts';

/** A step may ask for other resources this often after its first call. */
export const MAX_REQUIREMENT_ITERATIONS = 5;
/** All five that core 2.3 advertises: capabilities, required resources, credentials, conditions, required schemas. */
export const CAPABILITIES: readonly number[] = [1, 2, 3, 4, 5];

/** What one step did, for people and tests. */
export interface StepTrace {
  readonly step: string;
  readonly function: string;
  /** How often its function was called: 1, or more when it has requirements. */
  readonly calls: number;
  /** The desired state after the step. */
  readonly desired: RunState;
  readonly context: JsonObject | undefined;
  readonly results: readonly RunResult[];
  readonly requirements: Requirements | undefined;
  readonly ttlSeconds: number | undefined;
}

export interface PipelineInput {
  readonly steps: readonly JsonObject[];
  readonly functions: ReadonlyMap<string, PipelineFunction>;
  readonly observed: RunState;
  readonly lookup: Lookup;
  readonly context: JsonObject | undefined;
  readonly signal: AbortSignal;
}

/** What a pipeline left behind, also when it stopped half way: events and conditions so far are kept. */
export interface PipelineOutcome {
  readonly desired: RunState;
  readonly context: JsonObject | undefined;
  readonly events: readonly RenderEvent[];
  readonly conditions: readonly RunCondition[];
  readonly steps: readonly StepTrace[];
  /** The shortest ttl that is not zero, or undefined: nothing asks to be called again. */
  readonly ttlSeconds: number | undefined;
  readonly failure?: { readonly step: string; readonly message: string; readonly result: boolean };
}

/** Runs every step of a Composition in order; a FATAL result or a failing call stops it there. */
export async function runPipeline(input: PipelineInput): Promise<PipelineOutcome> {
  let desired = EMPTY_STATE;
  let context: JsonObject | undefined = input.context ?? {};
  const events: RenderEvent[] = [];
  const conditions: RunCondition[] = [];
  const steps: StepTrace[] = [];
  const outcome = (failure?: PipelineOutcome['failure']): PipelineOutcome => ({
    desired,
    context,
    events,
    conditions,
    steps,
    ttlSeconds: shortestTtl(steps),
    ...(failure && { failure }),
  });
  for (const step of input.steps) {
    const name = textAt(step, 'step');
    let ran: { response: RunResponse; calls: number };
    try {
      ran = await runStep(input, step, desired, context);
    } catch (error) {
      if (!(error instanceof ComposeError)) throw error;
      return outcome({ step: name, message: error.message, result: false });
    }
    const { response, calls } = ran;
    desired = response.desired ?? EMPTY_STATE;
    context = response.context;
    steps.push({
      step: name,
      function: textAt(step, 'functionRef', 'name'),
      calls,
      desired,
      context: response.context,
      results: response.results,
      requirements: response.requirements,
      ttlSeconds: response.ttlSeconds,
    });
    conditions.push(...response.conditions);
    const { events: said, fatal } = resultEvents(name, response.results);
    events.push(...said);
    if (fatal !== undefined) return outcome({ step: name, message: fatal, result: true });
  }
  return outcome();
}

function shortestTtl(steps: readonly StepTrace[]): number | undefined {
  const ttls = steps.map((s) => s.ttlSeconds ?? 0).filter((ttl) => ttl > 0);
  return ttls.length === 0 ? undefined : Math.min(...ttls);
}

async function runStep(
  input: PipelineInput,
  step: JsonObject,
  desired: RunState,
  context: JsonObject | undefined,
): Promise<{ response: RunResponse; calls: number }> {
  const name = textAt(step, 'step');
  const fn = input.functions.get(textAt(step, 'functionRef', 'name'));
  if (fn === undefined)
    throw new ComposeError(`cannot run Composition pipeline step ${quote(name)}: no function`);
  const bootstrap = bootstrapRequirements(step);
  const first = firstRequest(input, step, desired, context, bootstrap);
  try {
    const request = {
      ...first,
      tag: fn.ignoresTag === true ? '' : requestTag(first),
      capabilities: CAPABILITIES,
    };
    return await requirementLoop(fn, request, bootstrap, input);
  } catch (cause) {
    if (input.signal.aborted || ranTooLong(cause)) throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ComposeError(`cannot run Composition pipeline step ${quote(name)}: ${why}`, { cause });
  }
}

/** Calls until the function asks twice for the same; at most 6 calls. A FATAL answer ends it at once. */
async function requirementLoop(
  fn: PipelineFunction,
  first: RunRequest,
  bootstrap: Requirements,
  { lookup, signal }: PipelineInput,
): Promise<{ response: RunResponse; calls: number }> {
  let request = first;
  let previous: Requirements | undefined;
  for (let i = 0; i <= MAX_REQUIREMENT_ITERATIONS; i++) {
    const response = await fn.call(request, signal);
    const done = { response, calls: i + 1 };
    if (response.results.some((r) => r.severity === 'fatal')) return done;
    const wanted = response.requirements;
    if (sameRequirements(wanted, previous)) return done;
    previous = wanted;
    // Only what this answer asks for, on top of the bootstrap: names of the last round disappear.
    request = {
      ...request,
      ...resolve(lookup, bootstrap, wanted),
      context: response.context,
    };
  }
  throw new ComposeError(
    `requirements didn't stabilize after the maximum number of iterations (${MAX_REQUIREMENT_ITERATIONS})`,
  );
}

type Resolved = Pick<RunRequest, 'requiredResources' | 'extraResources' | 'requiredSchemas'>;

function resolve(lookup: Lookup, bootstrap: Requirements, wanted: Requirements | undefined): Resolved {
  const resources = (...sources: readonly (ReadonlyMap<string, ResourceSelector> | undefined)[]) => {
    const out = new Map<string, readonly RunResource[] | undefined>();
    for (const source of sources) {
      for (const [name, selector] of source ?? []) {
        out.set(
          name,
          lookup.find(selector)?.map((object) => ({ object, ready: 'unspecified' as const })),
        );
      }
    }
    return out;
  };
  const schemas = new Map<string, JsonObject | undefined>();
  for (const [name, selector] of [...bootstrap.schemas, ...(wanted?.schemas ?? [])]) {
    schemas.set(name, lookup.schema(selector));
  }
  return {
    requiredResources: resources(bootstrap.resources, wanted?.resources),
    extraResources: resources(wanted?.extraResources),
    requiredSchemas: schemas,
  };
}

function firstRequest(
  input: PipelineInput,
  step: JsonObject,
  desired: RunState,
  context: JsonObject | undefined,
  bootstrap: Requirements,
): RunRequest {
  const given = getPath(step, ['input']);
  return {
    tag: '',
    capabilities: [],
    observed: input.observed,
    desired,
    input: isObject(given) ? given : undefined,
    context,
    credentials: stepCredentials(input.lookup, step),
    ...resolve(input.lookup, bootstrap, undefined),
  };
}

function stepCredentials(
  lookup: Lookup,
  step: JsonObject,
): ReadonlyMap<string, ReadonlyMap<string, Uint8Array>> {
  const out = new Map<string, ReadonlyMap<string, Uint8Array>>();
  for (const credential of listAt(step, 'credentials')) {
    if (credential.source !== 'Secret' || !isObject(credential.secretRef)) continue;
    const name = textAt(credential, 'name');
    const ref = objectAt(credential, 'secretRef');
    try {
      out.set(name, lookup.secret(textAt(ref, 'namespace'), textAt(ref, 'name')));
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new ComposeError(
        `cannot get Composition pipeline step ${quote(textAt(step, 'step'))} credential ${quote(name)} from Secret: ${why}`,
        { cause },
      );
    }
  }
  return out;
}

/** What the Composition itself asks for, fetched before the first call. */
function bootstrapRequirements(step: JsonObject): Requirements {
  const resources = new Map<string, ResourceSelector>();
  for (const r of listAt(step, 'requirements', 'requiredResources')) {
    const { name, matchLabels, namespace } = r;
    resources.set(textAt(r, 'requirementName'), {
      ...schemaSelector(r),
      ...(typeof name === 'string' && { matchName: name }),
      // A name wins; empty labels are not the same as none, though both match all.
      ...(typeof name !== 'string' && isObject(matchLabels) && { matchLabels: stringMap(matchLabels) }),
      ...(typeof namespace === 'string' && namespace !== '' && { namespace }),
    });
  }
  const schemas = listAt(step, 'requirements', 'requiredSchemas').map(
    (s) => [textAt(s, 'requirementName'), schemaSelector(s)] as const,
  );
  return { resources, extraResources: new Map(), schemas: new Map(schemas) };
}

const schemaSelector = (from: JsonObject): SchemaSelector => ({
  apiVersion: textAt(from, 'apiVersion'),
  kind: textAt(from, 'kind'),
});

function stringMap(labels: JsonObject): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).map(([k, v]) => [k, String(v)]));
}

function sameRequirements(a: Requirements | undefined, b: Requirements | undefined): boolean {
  // Present and empty is not absent: proto.Equal tells them apart.
  if (a === undefined || b === undefined) return a === b;
  const plain = (m: ReadonlyMap<string, unknown>): unknown => Object.fromEntries(m);
  return (['resources', 'extraResources', 'schemas'] as const).every((key) =>
    equalJson(plain(a[key]) as Json, plain(b[key]) as Json),
  );
}
