import { Worker } from 'node:worker_threads';
import { copyOwn } from '../../internal/own-bytes.ts';
import {
  ANSWER_BYTES,
  type AnswerMessage,
  type CallMessage,
  type WorkerMessage,
  type WorkerSettings,
} from './messages.ts';

// Beside this file, in the source as in what is published.
const ENTRY = import.meta.url.endsWith('.ts') ? './worker-main.ts' : './worker-main.js';

// Three spaces of 4 MiB: V8's own 16 cost memory and save no time, and with 2 a busy thread is slower (ADR 6).
const YOUNG_MB = 12;

const DEPTH = 4; // calls given to a thread: the one that runs, and the next, so that it never waits for the host

export interface ThreadOptions {
  readonly settings: Omit<WorkerSettings, 'current' | 'answers'>;
  /** URL of the thread's code, where it is bundled elsewhere. @default beside this file */
  readonly entry?: string;
  /** Bound on the thread's heap, MiB. */
  readonly heapMb: number;
  readonly onMessage: (message: WorkerMessage) => void;
  /** The thread is gone, and why. */
  readonly onExit: (reason: string) => void;
}

/** A profile is of the host's own thread. All else is inherited: V8's flags, if listed, would be refused. */
function threadFlags(flags: readonly string[]): { execArgv?: string[] } {
  const kept = flags.filter((flag) => !/^--(?:cpu|heap)-prof/.test(flag));
  return kept.length === flags.length ? {} : { execArgv: kept };
}

/**
 * One thread with what it is doing: the numbers of the calls that it was given, and the one that runs. Its answers come
 * through memory that both threads see: as buffers that are handed over, they were what V8 collected most often for.
 */
export class WorkerThread {
  /** Calls that were handed over and not answered. */
  readonly given: Set<number> = new Set();
  /** Places for answers that no call has: a call keeps its own until the thread has answered, whoever still waits. */
  private readonly free: number[] = Array.from({ length: DEPTH }, (_, place) => place);
  private readonly answers = new SharedArrayBuffer(DEPTH * ANSWER_BYTES);
  ready = false;
  /** Since when the call that runs was seen to run; ms on the pool's clock. */
  private seen = { id: 0, at: 0 };
  private readonly current: Int32Array;
  private readonly worker: Worker;

  constructor(options: ThreadOptions) {
    const shared = new SharedArrayBuffer(4);
    this.current = new Int32Array(shared);
    this.worker = new Worker(new URL(options.entry ?? ENTRY, import.meta.url), {
      workerData: { ...options.settings, current: shared, answers: this.answers },
      resourceLimits: {
        maxOldGenerationSizeMb: options.heapMb,
        maxYoungGenerationSizeMb: YOUNG_MB,
      },
      argv: [],
      ...threadFlags(process.execArgv),
    });
    this.worker.unref();
    let reason = 'it ended by itself';
    this.worker.on('message', options.onMessage);
    this.worker.on('error', (error: Error & { code?: string }) => {
      reason =
        error.code === 'ERR_WORKER_OUT_OF_MEMORY'
          ? `it needed more than ${options.heapMb} MiB`
          : error.message;
    });
    this.worker.on('exit', () => options.onExit(reason));
  }

  /** Has it been given as much as it may have? */
  get full(): boolean {
    return this.free.length === 0;
  }

  /** Only where it is not full. */
  send(id: number, bytes: Uint8Array<ArrayBuffer>): void {
    const place = this.free.pop() as number;
    this.given.add(id);
    this.worker.postMessage({ id, bytes, place } satisfies CallMessage, [bytes.buffer]);
  }

  /** The call is answered: its place can be given to another. */
  done({ id, place }: Pick<AnswerMessage, 'id' | 'place'>): void {
    this.given.delete(id);
    this.free.push(place);
  }

  /** The answer in memory of its own; before `done`. */
  take({ place, answer }: AnswerMessage): Buffer {
    if (typeof answer !== 'number') return Buffer.from(answer.buffer);
    return copyOwn(new Uint8Array(this.answers, place * ANSWER_BYTES, answer));
  }

  /** The call that is being composed, 0 for none. */
  get running(): number {
    return Atomics.load(this.current, 0);
  }

  /** For how long the call that runs has been seen running, ms; the first look says 0. */
  heldMs(now: number): number {
    const id = this.running;
    if (id !== this.seen.id) this.seen = { id, at: now };
    return id === 0 ? 0 : now - this.seen.at;
  }

  async stop(): Promise<void> {
    await this.worker.terminate();
  }
}
