import { performance } from 'node:perf_hooks';
import { ToolkitError } from '../../errors.ts';
import { copyOwn } from '../../internal/own-bytes.ts';
import type { AnswerCache, CachedAnswer, CacheOutcome } from '../cache/answer-cache.ts';
import { RecordedRequest } from '../cache/recording.ts';
import type { CodecLimits } from '../codec/index.ts';
import { decodeRequest, encodeRequest, encodeResponse, WireError } from '../codec/index.ts';
import { asLazy } from '../codec/request-view.ts';
import { DEFAULT_TIMEOUT_MS, DEFAULT_TTL_SECONDS } from '../defaults.ts';
import type { FunctionRequest, FunctionResponse, FunctionResult } from '../protocol.ts';
import { constructPathOf, messageOf } from './failure.ts';
import { parseStepInput, type Router, type Served, type StepInput } from './router.ts';
import { CallScope } from './scope.ts';

export interface RunnerOptions {
  readonly router: Router;
  readonly limits?: Partial<CodecLimits>;
  /** Written when a response names no ttl. @default 600 */
  readonly defaultTtlSeconds?: number;
  /** Wall clock of one call. @default 30 000 */
  readonly timeoutMs?: number;
  /** @default 4 MiB */
  readonly maxResponseBytes?: number;
  /** Keeps answers, for as long as what they were made from is unchanged. @default none: every call composes */
  readonly cache?: AnswerCache;
  /** Told about every call that was answered. */
  readonly onCall?: (call: CallRecord) => void;
}

/** What happened in one call, for logs and metrics. */
export interface CallRecord {
  /** Undefined if the step's input could not be read. */
  readonly step: StepInput | undefined;
  /** Undefined if nothing was found to serve the step. */
  readonly served: Served | undefined;
  readonly request: FunctionRequest;
  readonly scope: CallScope;
  readonly seconds: number;
  readonly requestBytes: number;
  readonly responseBytes: number;
  readonly results: readonly FunctionResult[];
  readonly outcome: CacheOutcome;
  /** What the compose function threw; undefined if it answered. */
  readonly thrown: unknown;
}

/** Answers one `RunFunctionRequest`: the host without its transport. */
export interface Runner {
  /**
   * Resolves with the bytes of a `RunFunctionResponse`, which are the caller's own. Whatever a compose function does,
   * throw or time out, is a FATAL result; only malformed request bytes (WireError) and an aborted call reject. Once it
   * is settled, nothing reads the request any more.
   */
  run(request: Uint8Array, scope?: CallScope): Promise<Buffer>;
}

/** A runner over a router; used by the host for each call, and by renderers in process. */
export function createRunner(options: RunnerOptions): Runner {
  return { run: (bytes, scope = new CallScope()) => runOnce(options, bytes, scope) };
}

async function runOnce(options: RunnerOptions, bytes: Uint8Array, scope: CallScope): Promise<Buffer> {
  const started = performance.now();
  const request = decodeRequest(bytes, options.limits);
  const step = parseStepInput(request.input);
  let served: Served | undefined;
  let results: readonly FunctionResult[] = [];
  let thrown: unknown;
  let outcome: CacheOutcome = 'off';
  let encoded: Buffer;
  try {
    const found = 'fatal' in step ? step : await options.router.resolve(step);
    if ('fatal' in found) {
      results = [fatal(found.fatal)];
      encoded = encodeFatal(request, results, options);
    } else {
      served = found;
      const answered = answer(found, request, scope, options);
      ({ encoded, results, outcome } = isPromise(answered) ? await answered : answered);
    }
  } catch (error) {
    if (error instanceof WireError || scope.aborted === error) throw error;
    thrown = error;
    results = [fatal(describe(served, error))];
    encoded = encodeFatal(request, results, options);
  }
  options.onCall?.({
    step: 'fatal' in step ? undefined : step,
    served,
    request,
    scope,
    seconds: (performance.now() - started) / 1000,
    requestBytes: bytes.length,
    responseBytes: encoded.length,
    results,
    outcome,
    thrown,
  });
  return encoded;
}

/** The kept answer if it still holds, else a new one. */
function answer(
  served: Served,
  request: FunctionRequest,
  scope: CallScope,
  options: RunnerOptions,
): CachedAnswer | Promise<CachedAnswer> {
  const { cache } = options;
  const key = cache === undefined ? undefined : keyOf(served, request);
  if (cache === undefined || key === undefined)
    return composeAnswer(served, request, request, scope, options, 'off');
  const lazy = asLazy(request);
  const kept = cache.find(key, served, lazy);
  if (kept !== undefined) return kept;
  if (!cache.wants(key)) return composeAnswer(served, request, request, scope, options, 'miss');
  const recorded = new RecordedRequest(request);
  return composeAnswer(served, recorded, request, scope, options, 'miss').then((made) => {
    cache.keep(key, served, lazy, recorded.log, made);
    return made;
  });
}

/** One XR of one Blueprint, as a cache knows it; undefined without an XR: an Operation is composed each time. */
export function keyOf(
  served: Pick<Served, 'name' | 'version'>,
  request: FunctionRequest,
): string | undefined {
  const xr = request.observed.composite;
  if (xr === undefined) return undefined;
  const identity = ['uid', 'namespace', 'name'].map((field) => xr.get('metadata', field));
  return JSON.stringify([served.name, served.version, xr.get('kind'), ...identity]);
}

async function composeAnswer(
  served: Served,
  read: FunctionRequest,
  request: FunctionRequest,
  scope: CallScope,
  options: RunnerOptions,
  outcome: CacheOutcome,
): Promise<CachedAnswer> {
  const response = await compose(served, read, scope, options.timeoutMs ?? DEFAULT_TIMEOUT_MS);
  // The encoder writes these into the composite: a read like any other.
  if (response.composite !== undefined)
    for (const field of ['apiVersion', 'kind']) read.observed.composite?.get(field);
  return { encoded: encode(request, response, options), results: response.results ?? [], outcome };
}

function encode(request: FunctionRequest, response: FunctionResponse, options: RunnerOptions): Buffer {
  const maxBytes = options.maxResponseBytes;
  if (response.encoded !== undefined) {
    const { length } = response.encoded;
    if (maxBytes !== undefined && length > maxBytes) {
      throw new ToolkitError('limit', `Cannot send the response: ${length} bytes are more than ${maxBytes}`);
    }
    return copyOwn(response.encoded);
  }
  return encodeResponse(request, response, {
    defaultTtlSeconds: options.defaultTtlSeconds ?? DEFAULT_TTL_SECONDS,
    ...(maxBytes === undefined ? {} : { maxBytes }),
  });
}

/** A FATAL result as an answer, for whoever refuses a call without composing it. */
export function answerFatal(
  request: FunctionRequest,
  message: string,
  defaultTtlSeconds: number,
): { readonly encoded: Buffer; readonly results: readonly FunctionResult[] } {
  const results = [fatal(message)];
  return { results, encoded: encodeFatal(request, results, { defaultTtlSeconds }) };
}

/** Without desired state: Crossplane applies nothing after a FATAL, and what does not fit must not be repeated. */
function encodeFatal(
  request: FunctionRequest,
  results: readonly FunctionResult[],
  options: Pick<RunnerOptions, 'defaultTtlSeconds'>,
): Buffer {
  const bare = decodeRequest(encodeRequest({ tag: request.tag }));
  return encodeResponse(
    bare,
    { results },
    { defaultTtlSeconds: options.defaultTtlSeconds ?? DEFAULT_TTL_SECONDS },
  );
}

function fatal(message: string): FunctionResult {
  return { severity: 'fatal', message };
}

function describe(served: Served | undefined, error: unknown): string {
  const path = constructPathOf(error);
  const at = path === undefined ? '' : ` at "${path.toWellFormed()}"`;
  const who =
    served === undefined ? 'Cannot find what the step names' : `"${served.name}" ${served.version} failed`;
  return `${who}${at}: ${messageOf(error)}`;
}

/** Calls a compose function; one that is not done in time is left to itself and its answer ignored. */
async function compose(
  served: Served,
  request: FunctionRequest,
  scope: CallScope,
  timeoutMs: number,
): Promise<FunctionResponse> {
  const answer = served.compose(request, scope);
  const response = isPromise(answer) ? await bounded(answer, scope, timeoutMs) : answer;
  if (typeof response !== 'object' || response === null) {
    throw new ToolkitError('compose', 'Cannot use the response: the compose function returned nothing');
  }
  return response;
}

/** By shape: another realm's promise, or a library's, is one too. */
function isPromise<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}

function bounded<T>(answer: PromiseLike<T>, scope: CallScope, timeoutMs: number): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const timer = setTimeout(() => {
      const late = `it did not finish within ${timeoutMs / 1000} s`;
      reject(new ToolkitError('limit', late)); // first: to the caller this is a FATAL, not a call that was aborted
      scope.abort(new Error(late));
    }, timeoutMs);
    scope.onAbort((reason) => {
      clearTimeout(timer);
      reject(reason);
    });
    const settle = <V>(done: (value: V) => void): ((value: V) => void) => {
      return (value) => {
        clearTimeout(timer);
        done(value);
      };
    };
    answer.then(settle(resolve), settle(reject));
  });
}
