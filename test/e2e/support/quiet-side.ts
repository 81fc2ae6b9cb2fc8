import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isToolkitError } from '../../../lib/errors.ts';
import { hostFunctionName } from '../../../lib/generate/coordinates.ts';
import type { JsonObject } from '../../../lib/internal/json.ts';
import { freePort } from '../../../lib/internal/ports.ts';
import type { ProjectBlueprint } from '../../../lib/project/index.ts';
import {
  type AttachedFunction,
  type Cluster,
  hasCondition,
  startCluster,
  sumMetric,
} from '../../../lib/testing/cluster/index.ts';
import { clusterBinaries } from './binaries.ts';
import { type HostProcess, startHostProcess, writeCertificates } from './host-process.ts';
import { type Operators, startOperators } from './operators.ts';
import { defineComposedKinds, installAll, type Published } from './platform.ts';
import { type Defer, startTogether } from './start-together.ts';
import { applyWholeSet, exampleOf, isUpToDate, listXrs, waitAllReady } from './whole-set.ts';

export interface SideOptions {
  readonly name: string;
  /** Of `crossplane core start`. */
  readonly crossplaneFlags?: readonly string[];
  /** @default `bp serve` with its defaults */
  readonly script?: string;
}

/** A cluster and a host under observation. */
export interface Side {
  readonly name: string;
  readonly cluster: Cluster;
  readonly host: HostProcess;
  readonly operators: Operators;
  readonly attached: AttachedFunction;
  stop(): Promise<void>;
}

/** Starts it, with one XR of every Blueprint Ready. */
export function startSide(published: Published, options: SideOptions): Promise<Side> {
  return startTogether((defer, stop) => startParts(published, options, defer, stop));
}

async function startParts(
  published: Published,
  options: SideOptions,
  defer: Defer,
  stop: () => Promise<void>,
): Promise<Side> {
  const { project } = published;
  const { crossplaneFlags = [], script } = options;
  const cluster = await startCluster({ binaries: clusterBinaries(), crossplaneFlags });
  defer(cluster.stop);
  const certificates = writeCertificates(join(cluster.directory, 'host'), cluster.crossplane.issue());
  const port = await freePort();
  const directory = join(cluster.directory, 'logs');
  const host = await startHostProcess({
    directory,
    certificates,
    port,
    ...(script === undefined ? {} : { script }),
  });
  defer(() => host.child.stop());
  const attached = cluster.attach(hostFunctionName(project.coordinates), `dns:///localhost:${port}`);
  defer(attached.stop);
  await defineComposedKinds(cluster, project);
  const operators = startOperators(cluster, project);
  defer(operators.stop);
  await installAll(cluster, published);
  await applyWholeSet(cluster, project);
  await waitAllReady(cluster, project);
  return { name: options.name, cluster, host, operators, attached, stop };
}

/** What came of creating many XRs and editing each of them three times. */
export interface Storm {
  readonly xrs: number;
  /** From the first XR to the last edit. */
  readonly seconds: number;
  /** Until every XR was Ready with its last edit; undefined: some were not. */
  readonly settledSeconds: number | undefined;
  /** XRs that were not Ready with their last edit when the waiting ended. */
  readonly behind: number;
  /** How often a watch circuit breaker opened, and how many events it dropped. */
  readonly opened: number;
  readonly dropped: number;
  /** XRs whose breaker is open at the end. */
  readonly unresponsive: number;
  readonly callsPerXr: number;
}

const EDITS = 3;
const BATCH = 12; // requests in flight
const TENANTS = 10;
const ATTEMPTS = 5;

/** Creates XRs of every namespaced Blueprint in turn, then edits each three times: another size with what goes with it. */
export async function storm(
  { cluster }: Side,
  published: Published,
  xrs: number,
  roundSeconds: number,
  timeoutMs: number,
): Promise<Storm> {
  const { project } = published;
  const kinds = [...project.blueprints.values()].filter((b) => b.blueprint.scope === 'Namespaced');
  for (let i = 0; i < TENANTS; i++)
    await cluster.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: `tenant-${i}` } });
  const before = await cluster.crossplane.metrics();
  const start = performance.now();
  const seconds = (): number => (performance.now() - start) / 1000;
  for (let round = 0; round <= EDITS; round++) {
    await inBatches(xrs, async (i) => {
      const one = kinds[i % kinds.length];
      if (one !== undefined) await insist(() => cluster.apply(stormXr(one, i, round), { manager: 'person' }));
    });
    await delay(Math.max(0, (round + 1) * roundSeconds - seconds()) * 1000 * (round < EDITS ? 1 : 0));
  }
  const edited = seconds();
  const settled = await waitAllReady(cluster, project, timeoutMs).then(
    (after) => edited + after,
    () => undefined,
  );
  const text = await cluster.crossplane.metrics();
  const all = await listXrs(cluster, project);
  const count = (name: string, labels = {}): number =>
    sumMetric(text, name, labels) - sumMetric(before, name, labels);
  return {
    xrs,
    seconds: edited,
    settledSeconds: settled,
    behind: all.filter((xr) => !isUpToDate(xr)).length,
    opened: count('circuit_breaker_opens_total'),
    dropped: count('circuit_breaker_events_total', { result: 'Dropped' }),
    unresponsive: all.filter((xr) => hasCondition(xr, 'Responsive', 'False')).length,
    callsPerXr: count(CALLS) / all.length,
  };
}

/** Calls of functions that core made. */
export const CALLS = 'function_run_function_request_total';

function stormXr(one: ProjectBlueprint, index: number, round: number): JsonObject {
  const examples = [exampleOf(one), ...[...one.examples.values()].filter((e) => e !== exampleOf(one))];
  const { apiVersion, kind, spec } = examples[round % examples.length] ?? exampleOf(one);
  const metadata = { name: `${one.blueprint.name}-${index}`, namespace: `tenant-${index % TENANTS}` };
  return { apiVersion: apiVersion ?? '', kind: kind ?? '', metadata, spec: spec ?? {} };
}

/** A busy apiserver may not answer in time; a person would ask again. */
async function insist(apply: () => Promise<unknown>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await apply();
      return;
    } catch (error) {
      if (attempt === ATTEMPTS || !isToolkitError(error) || error.code !== 'network') throw error;
    }
  }
}

async function inBatches(count: number, work: (index: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: BATCH }, worker));
}
