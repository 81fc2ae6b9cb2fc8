import { createHash } from 'node:crypto';
import { decodeResponse, encodeRequest, type RequestData } from '../function/codec/index.ts';
import type { Runner } from '../function/host/runner.ts';
import { CallScope } from '../function/host/scope.ts';
import type { RunRequest, RunResource, RunResponse, RunState } from './model.ts';

/** One function of a pipeline: a request in, a response out. Throwing means that it could not be reached. */
export interface PipelineFunction {
  call(request: RunRequest, signal: AbortSignal): Promise<RunResponse>;
  /** The function does not look at `meta.tag`, so the hash of the whole request need not be made. @default false */
  readonly ignoresTag?: boolean;
}

/** What `connectFunction` gives: a function behind an address. */
export interface BytesClient {
  runBytes(request: Uint8Array, options?: { readonly signal?: AbortSignal }): Promise<Uint8Array>;
}

/** A function behind its wire format: `RunFunctionRequest` in, `RunFunctionResponse` out. */
export function bytesFunction(
  run: (request: Uint8Array, signal: AbortSignal) => Promise<Uint8Array>,
): PipelineFunction {
  return {
    async call(request, signal) {
      const { tag, capabilities } = request;
      const bytes = encodeRequest({ tag, capabilities, ...requestData(request) });
      return toRunResponse(decodeResponse(await run(bytes, signal)));
    },
  };
}

/** A function that runs elsewhere: pass it what `connectFunction(address, …)` returned. */
export function addressFunction(client: BytesClient): PipelineFunction {
  return bytesFunction((request, signal) => client.runBytes(request, { signal }));
}

/** The function host without its transport: every function of its router, named by the step's `input`. */
export function hostFunction(runner: Runner): PipelineFunction {
  return bytesFunction(async (request, signal) => {
    signal.throwIfAborted();
    const scope = new CallScope();
    const stop = (): void => scope.abort(new Error('The render was stopped', { cause: signal.reason }));
    signal.addEventListener('abort', stop, { once: true });
    try {
      return await runner.run(request, scope);
    } finally {
      signal.removeEventListener('abort', stop);
    }
  });
}

/** `meta.tag` as Crossplane makes it: hex sha256 of the deterministic encoding of the request without its meta. */
export function requestTag(request: RunRequest): string {
  return createHash('sha256')
    .update(encodeRequest(requestData(request)))
    .digest('hex');
}

function requestData(request: RunRequest): Omit<RequestData, 'tag' | 'capabilities'> {
  const found = (named: RunRequest['requiredResources']): Map<string, readonly RunResource[]> =>
    new Map([...named].map(([name, items]) => [name, items ?? []]));
  return {
    observed: stateData(request.observed),
    desired: stateData(request.desired),
    ...(request.input && { input: request.input }),
    ...(request.context && { context: request.context }),
    requiredResources: found(request.requiredResources),
    extraResources: found(request.extraResources),
    requiredSchemas: request.requiredSchemas,
    credentials: request.credentials,
  };
}

function stateData(state: RunState): NonNullable<RequestData['observed']> {
  return { resources: state.resources, ...(state.composite && { composite: state.composite }) };
}

function toRunResponse(response: ReturnType<typeof decodeResponse>): RunResponse {
  const { composite, resources } = response.desired;
  const resource = (r: NonNullable<typeof composite>): RunResource => ({
    ...r,
    ready: r.ready ?? 'unspecified',
  });
  return {
    ...response,
    desired: {
      composite: composite && resource(composite),
      resources: new Map([...resources].map(([name, r]) => [name, resource(r)])),
    },
  };
}
