import type { CacheOutcome } from '../cache/index.ts';
import type { CodecLimits } from '../codec/index.ts';
import type { Router } from '../host/router.ts';
import type { FunctionResult } from '../protocol.ts';

/** What the host's thread and its workers tell each other. */

/** Exported by a worker module as `createWorkerRouter`: loads what is served, once in each worker. */
export type CreateWorkerRouter = (data: unknown) => Promise<WorkerRouter>;

export interface WorkerRouter {
  readonly router: Router;
  /** Handed to whoever started the host: what is served, for instance. Must survive a structured clone. */
  readonly info?: unknown;
}

/** What a thread begins with: it loads its code while the host may not even know its own settings. */
export interface ThreadData {
  /** URL of the module that exports `createWorkerRouter`. */
  readonly module: string;
  /** One Int32: the number of the call that is being composed, 0 between calls. */
  readonly current: SharedArrayBuffer;
  /** Places of ANSWER_BYTES each, for the answers. */
  readonly answers: SharedArrayBuffer;
}

/** The first message to a thread, which answers with `ready` or `failed` and is called from then on. */
export interface WorkerSettings {
  /** For `createWorkerRouter`. */
  readonly data: unknown;
  readonly limits: Partial<CodecLimits>;
  readonly defaultTtlSeconds: number;
  readonly timeoutMs: number;
  readonly maxResponseBytes: number;
  readonly cacheBytes: number;
}

/** Calls given to a thread: the one that runs, and the next, so that it never waits for the host. */
export const DEPTH = 4;

/** An answer up to this size is left in the place that its call names; a larger one travels in its message. */
export const ANSWER_BYTES: number = 256 * 1024;

export interface CallMessage {
  readonly id: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Number of the place for the answer. */
  readonly place: number;
}

/** What a worker says of one call; the parts of a CallRecord that leave its thread. */
export interface ReportMessage {
  readonly served: { readonly name: string; readonly version: string } | undefined;
  readonly results: readonly FunctionResult[];
  readonly outcome: CacheOutcome;
  readonly thrown:
    | { readonly message: string; readonly stack: string; readonly constructPath: string | undefined }
    | undefined;
}

/** What a router counted in its thread. */
export interface CountMessage {
  readonly name: string;
  readonly help: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly by: number;
}

export interface AnswerMessage {
  readonly id: number;
  readonly place: number;
  /** The answer itself, or how many bytes of it lie in its place. */
  readonly answer: Uint8Array | number;
  readonly report: ReportMessage;
}

export type WorkerMessage =
  | { readonly ready: true; readonly info: unknown }
  | { readonly count: CountMessage }
  | { readonly failed: string }
  | AnswerMessage
  | {
      readonly id: number;
      readonly place: number;
      readonly invalid: string;
      readonly code: 'invalid' | 'limit';
    };
