import { boundedCompose } from '../blueprint/bounded-compose.ts';
import type { Catalogue } from '../blueprint/catalogue.ts';
import { resolveConfig } from '../blueprint/config.ts';
import type { Blueprint } from '../blueprint/define.ts';
import { activeDependencies, dependencySelectors } from '../blueprint/dependencies.ts';
import { readXr } from '../blueprint/xr.ts';
import type {
  ComposeFunction,
  FunctionRequest,
  FunctionResponse,
  ResourceSelector,
  ResourceView,
  StateView,
} from '../function/protocol.ts';
import { ranTooLong } from '../internal/bounded-run.ts';
import { getPath, type Json } from '../internal/json.ts';
import type { PipelineFunction } from '../render/function.ts';
import type { RunRequest, RunResource, RunResponse, RunState } from '../render/model.ts';

/** A call and its answer, as the function saw them. */
export interface DirectCall {
  readonly blueprint: Blueprint;
  readonly request: RunRequest;
  readonly response: FunctionResponse;
}

/**
 * Compose functions as a step of a pipeline without the codec: objects go in and come out as they are. What a call
 * must ask for first is told without composing, as the answer to that call is thrown away. For proving only: the host
 * goes through the codec, and a proof compares both at the end.
 */
export function directFunction(
  blueprints: ReadonlyMap<string, Blueprint>,
  catalogue: Catalogue,
  onCall: (call: DirectCall) => void,
): PipelineFunction {
  const functions = new Map(
    [...blueprints].map(([name, b]): [string, [Blueprint, ComposeFunction]] => [
      name,
      [b, boundedCompose(b, { catalogue })],
    ]),
  );
  return {
    ignoresTag: true,
    async call(request, signal) {
      const name = String(request.input?.blueprint);
      const found = functions.get(name);
      if (found === undefined) return fatal(request, `no Blueprint "${name}" here`);
      const [blueprint, compose] = found;
      const view = requestView(request);
      try {
        const asked = missingSelectors(blueprint, view, catalogue);
        if (asked !== undefined) return answer(request, { requirements: { resources: asked } });
        const response = await compose(view, { signal });
        onCall({ blueprint, request, response });
        return answer(request, response);
      } catch (error) {
        if (signal.aborted || ranTooLong(error)) throw error;
        return fatal(request, error instanceof Error ? error.message : String(error));
      }
    },
  };
}

/** What compose would ask for, if anything of it is not there yet. */
function missingSelectors(
  blueprint: Blueprint,
  view: FunctionRequest,
  catalogue: Catalogue,
): Readonly<Record<string, ResourceSelector>> | undefined {
  if (blueprint.depends.length === 0 || view.observed.composite === undefined) return undefined;
  if ([...view.requiredResources.keys()].some((name) => name.startsWith('dependency/'))) return undefined;
  const xr = readXr(view.observed.composite);
  const { config } = resolveConfig(blueprint, xr);
  const namespace = blueprint.scope === 'Namespaced' ? (xr.namespace ?? 'default') : blueprint.namespace;
  const active = activeDependencies(blueprint.depends, config, xr, namespace);
  const selectors = dependencySelectors(active, xr, catalogue);
  return Object.keys(selectors).length === 0 ? undefined : selectors;
}

function requestView(request: RunRequest): FunctionRequest {
  return {
    tag: request.tag,
    capabilities: request.capabilities,
    observed: stateView(request.observed),
    desired: stateView(request.desired),
    input: request.input,
    context: request.context,
    requiredResources: views(request.requiredResources),
    extraResources: views(request.extraResources),
    requiredSchemas: request.requiredSchemas,
    credentials: request.credentials,
  };
}

function views(found: RunRequest['requiredResources']): ReadonlyMap<string, readonly ResourceView[]> {
  return new Map([...found].map(([name, list]) => [name, (list ?? []).map(resourceView)]));
}

function stateView(state: RunState): StateView {
  return {
    composite: state.composite && resourceView(state.composite),
    resources: new Map([...state.resources].map(([name, r]) => [name, resourceView(r)])),
  };
}

const NO_DETAILS: ReadonlyMap<string, Uint8Array> = new Map();

function resourceView({ object, ready, connectionDetails = NO_DETAILS }: RunResource): ResourceView {
  return {
    object,
    ready,
    connectionDetails,
    get: (...path) => getPath(object, path) as Json | undefined,
  };
}

function answer(request: RunRequest, response: FunctionResponse): RunResponse {
  const resources = new Map(request.desired.resources);
  for (const [name, r] of response.resources ?? []) resources.set(name, { ready: 'unspecified', ...r });
  const { status = {}, ready = 'unspecified' } = response.composite ?? {};
  const composite = response.composite && { object: { status }, ready };
  const wanted = Object.entries(response.requirements?.resources ?? {});
  return {
    tag: request.tag,
    ttlSeconds: response.ttlSeconds,
    desired: { composite: composite ?? request.desired.composite, resources },
    results: response.results ?? [],
    conditions: response.conditions ?? [],
    context: request.context,
    requirements:
      wanted.length === 0
        ? undefined
        : { resources: new Map(wanted), extraResources: new Map(), schemas: new Map() },
    output: undefined,
  };
}

function fatal(request: RunRequest, message: string): RunResponse {
  return answer(request, { results: [{ severity: 'fatal', message }] });
}
