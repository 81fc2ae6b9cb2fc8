// A thread of the host, where the toolkit runs from a bundle: Blueprints that it imports get the bundle's modules too.
import { workerData } from 'node:worker_threads';
import type { WorkerSettings } from '../../function/workers/messages.ts';
import type { ServeWorkerData } from '../serve-worker.ts';
import { useBundle } from './use-bundle.ts';

const { bundle } = (workerData as WorkerSettings).data as ServeWorkerData;
if (bundle !== undefined) await useBundle(bundle);
await import('../../function/workers/worker-main.ts');
