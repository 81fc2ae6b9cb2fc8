import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ApiClient } from './api-client.ts';
import type { ClusterBinaries } from './binaries.ts';
import { startControlPlane } from './control-plane.ts';
import { type Crossplane, startCrossplane } from './crossplane.ts';
import { type AttachedFunction, attachFunction } from './function-endpoint.ts';

export interface ClusterOptions {
  readonly binaries: ClusterBinaries;
  /** Holds data and logs; kept afterwards. @default a temporary folder, removed by `stop` */
  readonly directory?: string;
  /** More flags of `crossplane core start`. */
  readonly crossplaneFlags?: readonly string[];
  readonly crossplaneEnv?: Readonly<Record<string, string>>;
  /** @default AlwaysAllow */
  readonly authorization?: 'AlwaysAllow' | 'RBAC';
  /** Called with each step, so that a person sees what takes its time. */
  readonly onStep?: (step: string) => void;
}

/** A Kubernetes API with Crossplane's core on this machine: no containers, no nodes. */
export interface Cluster extends Omit<ApiClient, 'close'> {
  /** Path of a kubeconfig with all rights. */
  readonly kubeconfig: string;
  readonly url: string;
  readonly directory: string;
  readonly crossplane: Crossplane;
  /** Tells core where a Function runs, for every active revision from now on. */
  attach(functionName: string, endpoint: string): AttachedFunction;
  /** The last lines of `etcd`, `kube-apiserver`, `kube-controller-manager` or `crossplane`. */
  logs(name: string, lines?: number): string;
  /** Ends every process. Safe to call twice. */
  stop(): Promise<void>;
}

/**
 * Starts etcd, kube-apiserver, kube-controller-manager and Crossplane's core, in some ten seconds. Everything ends with
 * this process, however it ends.
 * @throws ToolkitError or Error with the last lines of what did not come up
 * @example
 * const { binaries, missing } = findClusterBinaries(['/opt/control-plane']);
 * if (binaries === undefined) throw new Error(`missing: ${missing.join(', ')}`);
 * const cluster = await startCluster({ binaries });
 * await cluster.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
 * await cluster.stop();
 */
export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const step = options.onStep ?? ((): void => undefined);
  const directory = options.directory ?? mkdtempSync(join(tmpdir(), 'bp-cluster-'));
  mkdirSync(directory, { recursive: true });
  const { binaries, authorization } = options;
  step('etcd, kube-apiserver, kube-controller-manager');
  const plane = await startControlPlane({
    binaries,
    directory,
    ...(authorization === undefined ? {} : { authorization }),
  });
  let crossplane: Crossplane;
  try {
    step('crossplane core');
    crossplane = await startCrossplane({
      binary: binaries.crossplane,
      crds: binaries.crossplaneCrds,
      directory,
      kubeconfig: plane.kubeconfig,
      api: plane.api,
      ...(options.crossplaneFlags === undefined ? {} : { flags: options.crossplaneFlags }),
      ...(options.crossplaneEnv === undefined ? {} : { env: options.crossplaneEnv }),
    });
  } catch (error) {
    await plane.stop();
    throw error;
  }
  const attached: AttachedFunction[] = [];
  let stopping: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    await Promise.all(attached.map((one) => one.stop()));
    await crossplane.stop();
    await plane.stop();
    if (options.directory === undefined) rmSync(directory, { recursive: true, force: true });
  };
  const { api } = plane;
  return {
    kubeconfig: plane.kubeconfig,
    url: plane.url,
    directory,
    crossplane,
    apply: api.apply.bind(api),
    create: api.create.bind(api),
    get: api.get.bind(api),
    list: api.list.bind(api),
    patch: api.patch.bind(api),
    delete: api.delete.bind(api),
    wait: api.wait.bind(api),
    waitGone: api.waitGone.bind(api),
    raw: api.raw.bind(api),
    attach(functionName, endpoint) {
      const one = attachFunction(api, functionName, endpoint);
      attached.push(one);
      return one;
    },
    logs(name, lines) {
      const child = [...plane.children, crossplane.child].find((c) => c.name === name);
      return child?.tail(lines) ?? '';
    },
    stop() {
      stopping ??= stop();
      return stopping;
    },
  };
}
