/** The thread that composes: one call at a time, so that the host always knows whose code is running. */
import { parentPort, workerData } from 'node:worker_threads';
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

const given = workerData as ThreadData;
const current = new Int32Array(given.current);
const answers = new Uint8Array(given.answers);
let record: CallRecord | undefined;

function send(message: WorkerMessage, transfer: readonly ArrayBuffer[] = []): void {
  parentPort?.postMessage(message, transfer);
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

async function answer(runner: Runner, { id, bytes, place }: CallMessage): Promise<void> {
  Atomics.store(current, 0, id);
  try {
    const encoded = await runner.run(bytes);
    const report = reportOf(record as CallRecord);
    if (encoded.length <= ANSWER_BYTES) {
      answers.set(encoded, place * ANSWER_BYTES);
      send({ id, place, answer: encoded.length, report });
      freeOwn(encoded);
    } else send({ id, place, answer: encoded, report }, [encoded.buffer as ArrayBuffer]); // it is our own
  } catch (error) {
    const code = error instanceof WireError && error.code === 'limit' ? 'limit' : 'invalid';
    send({ id, place, invalid: messageOf(error), code });
  } finally {
    Atomics.store(current, 0, 0);
    record = undefined;
    freeOwn(bytes);
  }
}

interface ServedModule {
  readonly createWorkerRouter: CreateWorkerRouter;
}

async function begin(settings: WorkerSettings, loading: Promise<ServedModule>): Promise<void> {
  const { createWorkerRouter } = await loading;
  const { router, info } = await createWorkerRouter(settings.data);
  router.meter?.({ count: (name, help, labels, by = 1) => send({ count: { name, help, labels, by } }) });
  const { limits, defaultTtlSeconds, timeoutMs, maxResponseBytes, cacheBytes } = settings;
  const runner = createRunner({
    router,
    limits,
    defaultTtlSeconds,
    timeoutMs,
    maxResponseBytes,
    ...(cacheBytes === 0 ? {} : { cache: new AnswerCache(cacheBytes) }),
    onCall: (call) => {
      record = call;
    },
  });
  let last: Promise<void> = Promise.resolve();
  parentPort?.on('message', (message: CallMessage) => {
    last = last.then(() => answer(runner, message));
  });
  send({ ready: true, info });
}

const loading = import(given.module) as Promise<ServedModule>;
loading.catch(() => undefined); // told once somebody listens
parentPort?.once('message', (settings: WorkerSettings) => {
  begin(settings, loading).catch((error: unknown) => send({ failed: messageOf(error) }));
});
