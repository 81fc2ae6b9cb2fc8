import type {
  ComposeFunction,
  FunctionRequest,
  FunctionResponse,
  ResourceView,
  StateView,
} from '../function/protocol.ts';
import { getPath, type Json, type JsonObject } from '../internal/json.ts';
import type { PipelineFunction } from './function.ts';
import type { Requirements, RunRequest, RunResource, RunResponse, RunState } from './model.ts';
import { defined } from './objects.ts';

/** What the function host writes when a function leaves its ttl open: a safety net, not a poll. */
export const DEFAULT_TTL_SECONDS = 600;

export interface InProcessOptions {
  /** Written when the function names no ttl. @default 600 */
  readonly defaultTtlSeconds?: number;
}

/**
 * A compose function of ours as a step of a pipeline, without protobuf in between. As in the function host, what it
 * does not mention passes through, and a throw is one FATAL result.
 */
export function inProcessFunction(
  compose: ComposeFunction,
  options: InProcessOptions = {},
): PipelineFunction {
  const ttl = options.defaultTtlSeconds ?? DEFAULT_TTL_SECONDS;
  return {
    async call(request, signal): Promise<RunResponse> {
      try {
        return toRunResponse(request, await compose(functionRequest(request), { signal }), ttl);
      } catch (error) {
        if (signal.aborted) throw error;
        const message = error instanceof Error ? error.message : String(error);
        return toRunResponse(request, { results: [{ severity: 'fatal', message }] }, ttl);
      }
    },
  };
}

function functionRequest(request: RunRequest): FunctionRequest {
  const all = (named: RunRequest['requiredResources']): ReadonlyMap<string, readonly ResourceView[]> =>
    new Map([...named].map(([name, items]) => [name, (items ?? []).map(view)]));
  return {
    tag: request.tag,
    capabilities: request.capabilities,
    observed: stateView(request.observed),
    desired: stateView(request.desired),
    input: frozen(request.input),
    context: frozen(request.context),
    requiredResources: all(request.requiredResources),
    extraResources: all(request.extraResources),
    requiredSchemas: request.requiredSchemas,
    credentials: request.credentials,
  };
}

function stateView(state: RunState): StateView {
  return {
    composite: state.composite && view(state.composite),
    resources: new Map([...state.resources].map(([name, resource]) => [name, view(resource)])),
  };
}

const NO_DETAILS: ReadonlyMap<string, Uint8Array> = new Map();

function view(resource: RunResource): ResourceView {
  return {
    get object() {
      return frozen(resource.object);
    },
    get: (...path) => frozen(getPath(resource.object, path) as Json | undefined),
    connectionDetails: resource.connectionDetails ?? NO_DETAILS,
    ready: resource.ready,
  };
}

/** Frozen through and through: a function that writes into its request fails here as it does in the host. */
function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const inner of Object.values(value)) frozen(inner);
  return value;
}

function toRunResponse(request: RunRequest, response: FunctionResponse, ttl: number): RunResponse {
  const resources = new Map(request.desired.resources);
  for (const name of response.removed ?? []) resources.delete(name);
  for (const [name, wanted] of response.resources ?? []) {
    resources.set(name, resource(wanted.object, wanted.ready, wanted.connectionDetails));
  }
  const own = response.composite;
  const composite =
    own === undefined
      ? request.desired.composite
      : resource(defined({ status: own.status }), own.ready, own.connectionDetails);
  return {
    tag: request.tag,
    ttlSeconds: response.ttlSeconds ?? ttl,
    desired: { composite, resources },
    results: response.results ?? [],
    conditions: response.conditions ?? [],
    context: response.context === undefined ? request.context : { ...request.context, ...response.context },
    requirements: requirements(response.requirements),
    output: response.output,
  };
}

function resource(
  object: JsonObject,
  ready: RunResource['ready'] | undefined,
  connectionDetails: ReadonlyMap<string, Uint8Array> | undefined,
): RunResource {
  return { object, ready: ready ?? 'unspecified', ...(connectionDetails && { connectionDetails }) };
}

function requirements(wanted: FunctionResponse['requirements']): Requirements | undefined {
  const resources = new Map(Object.entries(wanted?.resources ?? {}));
  const schemas = new Map(Object.entries(wanted?.schemas ?? {}));
  if (resources.size === 0 && schemas.size === 0) return undefined;
  return { resources, extraResources: new Map(), schemas };
}
