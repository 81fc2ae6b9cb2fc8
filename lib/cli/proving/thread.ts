// A thread of `bp test`. Where the process runs from a bundle, its Blueprints get the bundle's modules here as well.
import { parentPort, workerData } from 'node:worker_threads';
import type { Bundle } from '../start/bundle.ts';

export interface ThreadData {
  readonly root: string;
  readonly bundle: Bundle | undefined;
}

const { root, bundle } = workerData as ThreadData;
if (bundle !== undefined) {
  const { useBundle } = await import('../start/use-bundle.ts');
  await useBundle(bundle);
}
const { answerShares } = await import('./worker.ts');
if (parentPort !== null) answerShares(parentPort, root);
