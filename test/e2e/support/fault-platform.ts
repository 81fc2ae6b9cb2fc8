import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hostFunctionName } from '../../../lib/generate/coordinates.ts';
import { freePort } from '../../../lib/internal/ports.ts';
import { formatYaml } from '../../../lib/internal/yaml.ts';
import { COMPOSE_API_VERSION } from '../../../lib/model/names.ts';
import {
  type AttachedFunction,
  type Cluster,
  startCluster,
  waitFor,
} from '../../../lib/testing/cluster/index.ts';
import { clusterBinaries } from './binaries.ts';
import { type HostProcess, startHostProcess, writeCertificates } from './host-process.ts';
import { nameOf, objectKey, textAt } from './objects.ts';
import { changes, composedObjects, fieldOf } from './observe.ts';
import { type Operators, startOperators } from './operators.ts';
import { ADVISED_BREAKER, defineComposedKinds, installAll, type Published, publishAll } from './platform.ts';
import { predict } from './predict.ts';
import { type Defer, startTogether } from './start-together.ts';
import { applyWholeSet, listXrs, waitAllReady } from './whole-set.ts';

/** Where XRs of these tests live. */
export const NAMESPACE = 'faults';
/** Names in the host's certificate: the usual one, and one that stands for several hosts. */
export const HOST_NAMES: readonly string[] = ['localhost', '127.0.0.1', 'hosts.test'];

/** A platform whose host is a process of its own, which can be killed, doubled and started again. */
export interface FaultPlatform {
  readonly published: Published;
  readonly cluster: Cluster;
  readonly operators: Operators;
  /** Of the host; to be replaced by a rotation. */
  readonly certificates: string;
  readonly port: number;
  /** The one that answers on 127.0.0.1. */
  host: HostProcess;
  /** Another host beside it, or the same anew. */
  startHost(more?: { address?: string; env?: Readonly<Record<string, string>> }): Promise<HostProcess>;
  /** Sends core somewhere else, and waits until its revisions say so. */
  pointAt(endpoint: string): Promise<void>;
  report(): string;
  stop(): Promise<void>;
}

/** Starts it, with one XR of every Blueprint Ready. */
export function startFaultPlatform(): Promise<FaultPlatform> {
  return startTogether(startParts);
}

async function startParts(defer: Defer, stop: () => Promise<void>): Promise<FaultPlatform> {
  const published = await publishAll();
  defer(published.close);
  const { project } = published;
  const cluster = await startCluster({ binaries: clusterBinaries(), crossplaneFlags: [ADVISED_BREAKER] });
  defer(cluster.stop);
  const certificates = writeCertificates(
    join(cluster.directory, 'host'),
    cluster.crossplane.issue(HOST_NAMES),
  );
  const port = await freePort();
  const policy = writeTrustPolicy(cluster.directory, published);
  const hosts: HostProcess[] = [];
  const startHost: FaultPlatform['startHost'] = async ({ address = '127.0.0.1', env = {} } = {}) => {
    const host = await startHostProcess({
      directory: join(cluster.directory, 'logs'),
      certificates,
      port,
      address,
      flags: ['--timeout=15s'], // half of the default: less to wait for when one spins, enough to load a bundle
      env: { BP_TRUST_POLICY: policy, ...env },
    });
    hosts.push(host);
    return host;
  };
  const functionName = hostFunctionName(project.coordinates);
  let attached: AttachedFunction | undefined;
  defer(async () => {
    for (const one of hosts) await one.child.stop();
  });
  defer(() => attached?.stop());
  const host = await startHost();
  const pointAt = async (endpoint: string): Promise<void> => {
    await attached?.stop();
    attached = cluster.attach(functionName, endpoint);
    await waitFor('revisions to name the endpoint', async () => {
      const labels = { 'pkg.crossplane.io/package': functionName };
      const revisions = await cluster.list('pkg.crossplane.io/v1', 'FunctionRevision', { labels });
      const endpoints = revisions.map((r) => textAt(r, 'status', 'endpoint'));
      return endpoints.length === 0 || endpoints.includes(endpoint)
        ? { value: true }
        : { state: endpoints.join() };
    });
  };
  await pointAt(`dns:///localhost:${port}`);
  await defineComposedKinds(cluster, project);
  const operators = startOperators(cluster, project);
  defer(operators.stop);
  await installAll(cluster, published);
  await cluster.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } });
  await applyWholeSet(cluster, project);
  await waitAllReady(cluster, project);
  return {
    published,
    cluster,
    operators,
    certificates,
    port,
    host,
    startHost,
    pointAt,
    report: () => `${cluster.logs('crossplane', 20)}\n${hosts.map((h) => h.child.tail(15)).join('\n--\n')}`,
    stop,
  };
}

/** Lets the host load what our key signed, from our registry. */
function writeTrustPolicy(directory: string, { registry, sigstore, publicKey }: Published): string {
  writeFileSync(join(directory, 'trusted_root.json'), JSON.stringify(sigstore.trustedRoot));
  const policy = join(directory, 'trust.yaml');
  const rules = [{ repositories: [`${registry.host}/openova/*`], keys: [{ publicKey }] }];
  writeFileSync(
    policy,
    formatYaml({
      apiVersion: 'trust.compose.openova.io/v1alpha1',
      kind: 'TrustPolicy',
      trustedRoot: 'trusted_root.json',
      rules,
    }),
  );
  return policy;
}

/** Valkeys with these names, of a size. */
export async function applyMany(
  { cluster, published }: FaultPlatform,
  names: readonly string[],
  size = 'small',
): Promise<void> {
  const spec = published.project.blueprints.get('valkey')?.examples.get(size)?.spec ?? {};
  await Promise.all(
    names.map((name) =>
      cluster.apply(
        { apiVersion: COMPOSE_API_VERSION, kind: 'Valkey', metadata: { name, namespace: NAMESPACE }, spec },
        { manager: 'person' },
      ),
    ),
  );
}

/** Every object by its uid, before a fault. */
export async function census({ cluster, published }: FaultPlatform): Promise<ReadonlyMap<string, string>> {
  return fieldOf(await composedObjects(cluster, published.project), 'uid');
}

/**
 * What is wrong with what is there: predicted and lost, there and not predicted, replaced by another of the same name.
 */
export async function faultsOf(
  { cluster, published }: FaultPlatform,
  before: ReadonlyMap<string, string>,
): Promise<readonly string[]> {
  const { project } = published;
  const wanted = new Set<string>();
  for (const xr of await listXrs(cluster, project)) {
    wanted.add(objectKey(xr));
    const root = (await predict(cluster, project, xr)).get(objectKey(xr));
    if (root?.failure !== undefined) return [`${nameOf(xr)} is predicted to fail: ${root.failure}`];
    for (const { object } of root?.composed ?? []) wanted.add(objectKey(object));
  }
  const there = fieldOf(await composedObjects(cluster, project), 'uid');
  const lost = [...wanted].filter((key) => !there.has(key)).map((key) => `${key}: lost`);
  const left = [...there.keys()]
    .filter((key) => !wanted.has(key))
    .map((key) => `${key}: nobody asked for it`);
  const kept = new Map([...before].filter(([key]) => wanted.has(key)));
  const replaced = changes(kept, new Map([...there].filter(([key]) => kept.has(key))));
  return [...lost, ...left, ...replaced].sort();
}
