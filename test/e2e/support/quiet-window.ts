import { setTimeout as delay } from 'node:timers/promises';
import type { Project } from '../../../lib/project/index.ts';
import { sumMetric } from '../../../lib/testing/cluster/index.ts';
import { changes, composedObjects, fieldOf } from './observe.ts';
import { CALLS, type Side } from './quiet-side.ts';
import { listXrs } from './whole-set.ts';

/** What a side did while nobody changed anything. */
export interface Quiet {
  readonly minutes: number;
  readonly xrs: number;
  readonly objects: number;
  /** Objects whose resourceVersion moved, that went or came. */
  readonly moved: readonly string[];
  readonly reconcilesPerXr: number;
  readonly callsPerXr: number;
  /** Watch circuit breakers that opened. */
  readonly opened: number;
  /** CPU-seconds a minute. */
  readonly cpu: { readonly host: number; readonly core: number; readonly apiserver: number };
  /** MiB at the end. */
  readonly memory: { readonly host: number; readonly core: number; readonly apiserver: number };
}

const MIB: number = 1024 * 1024;
const CALM_MS = 15_000;
const CALM_LOOKS = 20;

/** Waits until nothing moves any more: events of the last change may still be on their way. */
export async function waitCalm(side: Side, project: Project): Promise<void> {
  let last = fieldOf(await composedObjects(side.cluster, project), 'resourceVersion');
  for (let look = 0; look < CALM_LOOKS; look++) {
    await delay(CALM_MS);
    const now = fieldOf(await composedObjects(side.cluster, project), 'resourceVersion');
    if (changes(last, now).length === 0) return;
    last = now;
  }
  throw new Error(`${side.name} never came to rest`);
}

/** Watches a side for so long, without a request of our own in between. */
export async function watchQuiet(side: Side, project: Project, minutes: number): Promise<Quiet> {
  const { cluster, host } = side;
  // Ours would be the loudest clients of all.
  await side.operators.stop();
  await side.attached.stop();
  const look = async () => ({
    objects: fieldOf(await composedObjects(cluster, project), 'resourceVersion'),
    metrics: await cluster.crossplane.metrics(),
  });
  const usage = () => ({
    host: host.child.usage(),
    core: cluster.usage('crossplane'),
    apiserver: cluster.usage('kube-apiserver'),
  });
  const xrs = (await listXrs(cluster, project)).length;
  const before = await look();
  const idle = usage();
  const began = performance.now();
  await delay(minutes * 60_000);
  const passed = (performance.now() - began) / 60_000;
  // Before the objects are listed again, which costs the apiserver more than minutes of silence.
  const used = usage();
  const after = await look();
  const count = (name: string, labels = {}): number =>
    sumMetric(after.metrics, name, labels) - sumMetric(before.metrics, name, labels);
  const cpu = (name: 'host' | 'core' | 'apiserver'): number =>
    ((used[name]?.cpuSeconds ?? 0) - (idle[name]?.cpuSeconds ?? 0)) / passed;
  const memory = (name: 'host' | 'core' | 'apiserver'): number => (used[name]?.residentBytes ?? 0) / MIB;
  return {
    minutes: passed,
    xrs,
    objects: before.objects.size,
    moved: changes(before.objects, after.objects),
    reconcilesPerXr: reconciles(after.metrics, before.metrics) / xrs,
    callsPerXr: count(CALLS) / xrs,
    opened: count('circuit_breaker_opens_total'),
    cpu: { host: cpu('host'), core: cpu('core'), apiserver: cpu('apiserver') },
    memory: { host: memory('host'), core: memory('core'), apiserver: memory('apiserver') },
  };
}

/** Of XRs: their controllers are called composite/…. */
function reconciles(after: string, before: string): number {
  const total = (text: string): number => {
    const lines = text.split('\n').filter((l) => l.startsWith('controller_runtime_reconcile_total{'));
    return sumMetric(
      lines.filter((l) => l.includes('controller="composite/')).join('\n'),
      'controller_runtime_reconcile_total',
    );
  };
  return total(after) - total(before);
}
