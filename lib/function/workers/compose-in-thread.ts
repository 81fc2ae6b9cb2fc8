import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { freeOwn } from '../../internal/own-bytes.ts';
import { AnswerCache } from '../cache/index.ts';
import { WireError } from '../codec/index.ts';
import { constructPathOf, messageOf, stackOf } from '../host/failure.ts';
import { type CallRecord, createRunner, type Runner } from '../host/runner.ts';
import {
  ANSWER_BYTES,
  type CallMessage,
  type CreateWorkerRouter,
  type ReportMessage,
  type ThreadData,
  type WorkerMessage,
  type WorkerSettings,
} from './messages.ts';

interface ServedModule {
  readonly createWorkerRouter: CreateWorkerRouter;
}

/** Makes this thread one of a host's: it loads its module, and composes once the host has told it how. */
export function composeInThread(): void {
  if (parentPort === null) throw new Error('Cannot compose for a host: this is no thread of one');
  const given = workerData as ThreadData;
  const thread = new ComposingThread(parentPort, given);
  const loading = import(given.module) as Promise<ServedModule>;
  loading.catch(() => undefined); // told once somebody listens
  parentPort.once('message', (settings: WorkerSettings) => void thread.begin(settings, loading));
}

/** One call at a time, so that the host always knows whose code is running. */
class ComposingThread {
  private readonly port: MessagePort;
  private readonly current: Int32Array;
  private readonly answers: Uint8Array;
  private record: CallRecord | undefined;

  constructor(port: MessagePort, { current, answers }: ThreadData) {
    this.port = port;
    this.current = new Int32Array(current);
    this.answers = new Uint8Array(answers);
  }

  /** Tells the host that it is ready, or why it never will be. */
  async begin(settings: WorkerSettings, loading: Promise<ServedModule>): Promise<void> {
    try {
      const { createWorkerRouter } = await loading;
      const { router, info } = await createWorkerRouter(settings.data);
      router.meter?.({
        count: (name, help, labels, by = 1) => this.send({ count: { name, help, labels, by } }),
      });
      const { limits, defaultTtlSeconds, timeoutMs, maxResponseBytes, cacheBytes } = settings;
      const runner = createRunner({
        router,
        limits,
        defaultTtlSeconds,
        timeoutMs,
        maxResponseBytes,
        ...(cacheBytes === 0 ? {} : { cache: new AnswerCache(cacheBytes) }),
        onCall: (call) => {
          this.record = call;
        },
      });
      let last: Promise<void> = Promise.resolve();
      this.port.on('message', (message: CallMessage) => {
        last = last.then(() => this.answer(runner, message));
      });
      this.send({ ready: true, info });
    } catch (error) {
      this.send({ failed: messageOf(error) });
    }
  }

  private async answer(runner: Runner, { id, bytes, place }: CallMessage): Promise<void> {
    Atomics.store(this.current, 0, id);
    try {
      const encoded = await runner.run(bytes);
      const report = reportOf(this.record as CallRecord);
      if (encoded.length <= ANSWER_BYTES) {
        this.answers.set(encoded, place * ANSWER_BYTES);
        this.send({ id, place, answer: encoded.length, report });
        freeOwn(encoded);
      } else this.send({ id, place, answer: encoded, report }, [encoded.buffer as ArrayBuffer]); // it is our own
    } catch (error) {
      const code = error instanceof WireError && error.code === 'limit' ? 'limit' : 'invalid';
      this.send({ id, place, invalid: messageOf(error), code });
    } finally {
      Atomics.store(this.current, 0, 0);
      this.record = undefined;
      freeOwn(bytes);
    }
  }

  private send(message: WorkerMessage, transfer: readonly ArrayBuffer[] = []): void {
    this.port.postMessage(message, transfer);
  }
}

function reportOf(call: CallRecord): ReportMessage {
  const { served, results, outcome, thrown } = call;
  return {
    served: served === undefined ? undefined : { name: served.name, version: served.version },
    results,
    outcome,
    thrown:
      thrown === undefined
        ? undefined
        : { message: messageOf(thrown), stack: stackOf(thrown), constructPath: constructPathOf(thrown) },
  };
}
