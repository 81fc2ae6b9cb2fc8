import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { FLUX_NAMESPACE } from '../../generate/flux-install.ts';
import { freePorts } from '../../internal/ports.ts';
import type { ApiClient } from './api-client.ts';
import { type Child, startChild } from './child.ts';
import { applyDefinitions, untilEstablished } from './established.ts';
import { FLUX_CONTROLLERS, type FluxBinaries, type FluxController } from './flux-binaries.ts';
import { probe, untilReady } from './ready.ts';

export interface FluxOptions {
  readonly binaries: FluxBinaries;
  /** More flags of one controller, such as `--concurrent=8`. */
  readonly flags?: Partial<Readonly<Record<FluxController, readonly string[]>>>;
  /** Called with each step, so that a person sees what takes its time. */
  readonly onStep?: (step: string) => void;
}

/** Flux's source-, kustomize- and helm-controller beside a cluster. */
export interface Flux {
  /** `http://127.0.0.1:PORT`: where source-controller serves what it fetched. */
  readonly storageUrl: string;
  /** The last lines of one controller. */
  logs(name: FluxController, lines?: number): string;
  /** Ends the controllers, and leaves the cluster with their CRDs and objects. Safe to call twice. */
  stop(): Promise<void>;
}

/** What `startFlux` needs of a cluster. */
export type FluxCluster = Pick<ApiClient, 'apply' | 'list'> & {
  readonly kubeconfig: string;
  readonly directory: string;
};

const READY_TIMEOUT_MS = 60_000;

/**
 * Installs Flux's CRDs and starts its controllers as processes, with all rights and without leader election. They see
 * every namespace. Registries on this machine are reached as they are: `oci://127.0.0.1:5000/...` over plain HTTP.
 * Call it before anything else defines kinds of Flux, and stop it before the cluster.
 * @throws ToolkitError or Error with the last lines of what did not come up
 * @example
 * const { binaries, missing } = findFluxBinaries(['/opt/control-plane']);
 * if (binaries === undefined) throw new Error(`missing: ${missing.join(', ')}`);
 * const flux = await startFlux(cluster, { binaries });
 * await cluster.wait({ apiVersion: 'helm.toolkit.fluxcd.io/v2', kind: 'HelmRelease', name: 'cache' }, (o) =>
 *   hasCondition(o, 'Ready'),
 * );
 * await flux.stop();
 */
export async function startFlux(cluster: FluxCluster, options: FluxOptions): Promise<Flux> {
  const { binaries, flags = {} } = options;
  options.onStep?.("Flux's CRDs");
  await installDefinitions(cluster, binaries);
  options.onStep?.("Flux's controllers");
  const [storagePort = 0, ...healthPorts] = await freePorts(1 + FLUX_CONTROLLERS.length);
  const children = new Map<FluxController, Child>();
  const stop = async (): Promise<void> => {
    await Promise.all([...children.values()].map((child) => child.stop()));
  };
  const starts = FLUX_CONTROLLERS.map(async (name, i) => {
    const health = `127.0.0.1:${healthPorts[i]}`;
    const own = ownFlags(name, join(cluster.directory, 'flux', 'storage'), storagePort);
    const { program } = binaries[name];
    const args = [...COMMON_FLAGS, `--health-addr=${health}`, ...own, ...(flags[name] ?? [])];
    const child = await startController(cluster, { name, program, args });
    children.set(name, child);
    await untilReady(child, () => probe(`http://${health}/readyz`), READY_TIMEOUT_MS);
  });
  // All of them, so that none is still on its way up when the others are stopped.
  const failed = (await Promise.allSettled(starts)).find((s) => s.status === 'rejected');
  if (failed !== undefined) {
    await stop();
    throw failed.reason;
  }
  return {
    storageUrl: `http://127.0.0.1:${storagePort}`,
    logs: (name, lines) => children.get(name)?.tail(lines) ?? '',
    stop,
  };
}

const COMMON_FLAGS: readonly string[] = [
  '--watch-all-namespaces=true',
  '--enable-leader-election=false',
  '--log-level=info',
  '--metrics-addr=0', // off: its default port belongs to whoever comes first
];

function ownFlags(name: FluxController, storagePath: string, storagePort: number): readonly string[] {
  const address = `127.0.0.1:${storagePort}`;
  switch (name) {
    case 'source-controller':
      mkdirSync(storagePath, { recursive: true });
      return [`--storage-path=${storagePath}`, `--storage-addr=${address}`, `--storage-adv-addr=${address}`];
    case 'kustomize-controller':
      return [];
    case 'helm-controller':
      // By default it would wait ten minutes for a release that waits for something.
      return ['--graceful-shutdown-timeout=3s'];
  }
}

async function installDefinitions(cluster: FluxCluster, binaries: FluxBinaries): Promise<void> {
  await cluster.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: FLUX_NAMESPACE } });
  for (const { crds } of Object.values(binaries)) await applyDefinitions(cluster, crds, 'flux');
  await untilEstablished(cluster);
}

function startController(
  { directory, kubeconfig }: FluxCluster,
  {
    name,
    program,
    args,
  }: { readonly name: FluxController; readonly program: string; readonly args: readonly string[] },
): Promise<Child> {
  const home = join(directory, 'flux', name);
  mkdirSync(home, { recursive: true });
  mkdirSync(join(directory, 'logs'), { recursive: true });
  return startChild({
    name,
    command: program,
    args,
    cwd: home,
    env: { HOME: home, TMPDIR: home, KUBECONFIG: kubeconfig, RUNTIME_NAMESPACE: FLUX_NAMESPACE },
    logFile: join(directory, 'logs', `${name}.log`),
  });
}
