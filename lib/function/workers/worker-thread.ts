import type { Worker } from 'node:worker_threads';
import { copyOwn } from '../../internal/own-bytes.ts';
import {
  ANSWER_BYTES,
  type AnswerMessage,
  type CallMessage,
  DEPTH,
  type WorkerMessage,
  type WorkerSettings,
} from './messages.ts';
import type { StartedThread } from './start-thread.ts';

export interface ThreadEvents {
  readonly onMessage: (message: WorkerMessage) => void;
  /** The thread is gone, and why. */
  readonly onExit: (reason: string) => void;
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
  ready = false;
  /** Since when the call that runs was seen to run; ms on the pool's clock. */
  private seen = { id: 0, at: 0 };
  private readonly current: Int32Array;
  private readonly answers: SharedArrayBuffer;
  private readonly worker: Worker;

  /** The thread then says whether it is ready. */
  constructor(started: StartedThread, settings: WorkerSettings, { onMessage, onExit }: ThreadEvents) {
    this.current = new Int32Array(started.current);
    this.answers = started.answers;
    this.worker = started.worker;
    this.worker.on('message', onMessage);
    this.worker.postMessage(settings);
    void started.ended.then(onExit);
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
