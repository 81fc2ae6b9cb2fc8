import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCrossplaneAccounts } from './accounts.ts';
import type { ApiClient } from './api-client.ts';
import type { ClusterBinaries } from './binaries.ts';
import type { Child } from './child.ts';
import { startControlPlane } from './control-plane.ts';
import { type Crossplane, startCrossplane } from './crossplane.ts';
import { type AttachedFunction, attachFunction } from './function-endpoint.ts';
import { startRbacManager } from './rbac-manager.ts';
import type { ProcessUsage } from './usage.ts';

export interface ClusterOptions {
  readonly binaries: ClusterBinaries;
  /** Holds data and logs; kept afterwards. @default a temporary folder, removed by `stop` */
  readonly directory?: string;
  /** More flags of `crossplane core start`. */
  readonly crossplaneFlags?: readonly string[];
  readonly crossplaneEnv?: Readonly<Record<string, string>>;
  /** More flags of kube-apiserver, such as `--audit-log-path`. */
  readonly apiserverFlags?: readonly string[];
  /**
   * Core and Crossplane's RBAC manager under ServiceAccounts of their own, with the rights that the Helm chart gives
   * them: whether core may compose a kind is then up to the ClusterRoles that you apply. The manager's metrics listen
   * on port 8080, which has to be free. Your own client keeps all rights.
   * @default false: everyone may do everything, as fits most tests
   */
  readonly rbac?: boolean;
  /**
   * Core's admission webhooks, and with them the controllers of Usage and ClusterUsage: what a Usage protects is then not
   * deleted. As everywhere, order among the objects of an XR needs its deletion in the foreground.
   * @default false: a Usage is an object without effect
   */
  readonly webhooks?: boolean;
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
  /** The last lines of `etcd`, `kube-apiserver`, `kube-controller-manager`, `crossplane` or `rbac-manager`. */
  logs(name: string, lines?: number): string;
  /** What one of them has used since it started; undefined where that cannot be told. */
  usage(name: string): ProcessUsage | undefined;
  /**
   * Kills `etcd`, `kube-apiserver` or `kube-controller-manager` and starts it again, `downMs` later, with the data it
   * has. Resolves once the apiserver answers. Core has a `restart` of its own.
   */
  restart(name: string, downMs?: number): Promise<void>;
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
  const { binaries, rbac = false, apiserverFlags } = options;
  step('etcd, kube-apiserver, kube-controller-manager');
  const plane = await startControlPlane({
    binaries,
    directory,
    authorization: rbac ? 'RBAC' : 'AlwaysAllow',
    ...(apiserverFlags === undefined ? {} : { apiserverFlags }),
  });
  let crossplane: Crossplane | undefined;
  let manager: Child | undefined;
  try {
    const accounts = rbac ? await createCrossplaneAccounts(plane, directory) : undefined;
    step('crossplane core');
    crossplane = await startCrossplane({
      binary: binaries.crossplane,
      crds: binaries.crossplaneCrds,
      directory,
      kubeconfig: accounts?.core ?? plane.kubeconfig,
      api: plane.api,
      webhooks: options.webhooks === true,
      ...(options.crossplaneFlags === undefined ? {} : { flags: options.crossplaneFlags }),
      ...(options.crossplaneEnv === undefined ? {} : { env: options.crossplaneEnv }),
    });
    if (accounts !== undefined) {
      step('crossplane rbac');
      const { rbacManager: kubeconfig } = accounts;
      manager = await startRbacManager({ binary: binaries.crossplane, kubeconfig, directory });
    }
  } catch (error) {
    await crossplane?.stop();
    await plane.stop();
    throw error;
  }
  const core = crossplane;
  const attached: AttachedFunction[] = [];
  let stopping: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    await Promise.all(attached.map((one) => one.stop()));
    await manager?.stop();
    await core.stop();
    await plane.stop();
    if (options.directory === undefined) rmSync(directory, { recursive: true, force: true });
  };
  const { api } = plane;
  const child = (name: string): Child | undefined =>
    [...plane.children, core.child, ...(manager === undefined ? [] : [manager])].find((c) => c.name === name);
  return {
    kubeconfig: plane.kubeconfig,
    url: plane.url,
    directory,
    crossplane: core,
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
    logs: (name, lines) => child(name)?.tail(lines) ?? '',
    usage: (name) => child(name)?.usage(),
    restart: (name, downMs) => plane.restart(name, downMs),
    stop() {
      stopping ??= stop();
      return stopping;
    },
  };
}
