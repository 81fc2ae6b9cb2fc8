import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { ShareRunner } from '../../prove/index.ts';
import type { Bundle } from '../start/bundle.ts';
import type { ThreadData } from './thread.ts';
import type { ShareAnswer } from './worker.ts';

const MAX_THREADS = 7;
const WORTH_A_THREAD = 200; // cases; a thread takes about as long to start as these take to be proven

/** Threads that take a share of the cases. */
export interface ProvingThreads {
  readonly helpers: readonly ShareRunner[];
  stop(): Promise<void>;
}

/** A thread for each core but the one that asks; none where there is little to do. */
export function startProvingThreads(
  root: string,
  cases: number,
  bundle: Bundle | undefined,
  cores: number = availableParallelism(),
): ProvingThreads {
  const count = Math.min(cores - 1, MAX_THREADS, Math.floor(cases / WORTH_A_THREAD));
  const workers = Array.from({ length: Math.max(0, count) }, () => startThread({ root, bundle }));
  return {
    helpers: workers.map((worker) => (share) => ask(worker, share)),
    async stop() {
      await Promise.all(workers.map((worker) => worker.terminate()));
    },
  };
}

function startThread(workerData: ThreadData): Worker {
  const extension = import.meta.filename.endsWith('.ts') ? '.ts' : '.js';
  const worker = new Worker(new URL(`./thread${extension}`, import.meta.url), { workerData });
  worker.on('error', () => undefined); // told to who asks
  return worker;
}

/** One share at a time; the next is asked when this one is answered. */
function ask(worker: Worker, share: Parameters<ShareRunner>[0]): ReturnType<ShareRunner> {
  return new Promise((resolve, reject) => {
    const ended = (code: number): void => reject(new Error(`a thread of bp test ended with ${code}`));
    worker.once('error', reject);
    worker.once('exit', ended);
    worker.once('message', ({ outcome, error }: ShareAnswer) => {
      worker.off('error', reject);
      worker.off('exit', ended);
      if (outcome === undefined) reject(new Error(error));
      else resolve(outcome);
    });
    worker.postMessage(share);
  });
}
