import { Worker } from 'node:worker_threads';
import { DEFAULT_HEAP_MB } from '../defaults.ts';
import { ANSWER_BYTES, DEPTH, type ThreadData } from './messages.ts';

// Beside this file, in the source as in what is published.
const ENTRY = import.meta.url.endsWith('.ts') ? './worker-main.ts' : './worker-main.js';

// Three spaces of 2 MiB: more costs memory and saves little time (ADR 6).
const YOUNG_MB = 6;

export interface ThreadOptions {
  /** URL of the module that exports `createWorkerRouter`. */
  readonly module: string;
  /** URL of the thread's code, where it is bundled. @default beside this file */
  readonly entry?: string;
  /** Bound on the thread's heap, MiB. @default 256 */
  readonly heapMb?: number;
}

/** A thread that loads its code and then waits for a host to begin with. */
export interface StartedThread extends Omit<ThreadData, 'module'> {
  readonly worker: Worker;
  /** Why it is gone, once it is. */
  readonly ended: Promise<string>;
}

/**
 * Starts the thread that the host composes in, which takes as long as all else at its start: early enough, the rest of the
 * program loads beside it. Hand it to `createHost` as `workers.first`, or end it with `worker.terminate()`.
 */
export function startThread({ module, entry, heapMb = DEFAULT_HEAP_MB }: ThreadOptions): StartedThread {
  const current = new SharedArrayBuffer(4);
  const answers = new SharedArrayBuffer(DEPTH * ANSWER_BYTES);
  const worker = new Worker(new URL(entry ?? ENTRY, import.meta.url), {
    workerData: { module, current, answers } satisfies ThreadData,
    resourceLimits: { maxOldGenerationSizeMb: heapMb, maxYoungGenerationSizeMb: YOUNG_MB },
    argv: [],
    ...threadFlags(process.execArgv),
  });
  worker.unref();
  let reason = 'it ended by itself';
  worker.on('error', (error: Error & { code?: string }) => {
    reason = error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? `it needed more than ${heapMb} MiB` : error.message;
  });
  const ended = new Promise<string>((resolve) => worker.once('exit', () => resolve(reason)));
  return { worker, current, answers, ended };
}

/** A profile is of the host's own thread. All else is inherited: V8's flags, if listed, would be refused. */
function threadFlags(flags: readonly string[]): { execArgv?: string[] } {
  const kept = flags.filter((flag) => !/^--(?:cpu|heap)-prof/.test(flag));
  return kept.length === flags.length ? {} : { execArgv: kept };
}
