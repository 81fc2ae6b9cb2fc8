import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCrossplaneAccounts } from './accounts.ts';
import type { ApiClient } from './api-client.ts';
import type { ClusterBinaries } from './binaries.ts';
import type { Child } from './child.ts';
import { type ControlPlane, startControlPlane } from './control-plane.ts';
import { type Crossplane, startCrossplane } from './crossplane.ts';
import { applyDefinitions, untilEstablished } from './established.ts';
import { type AttachedFunction, attachFunction } from './function-endpoint.ts';
import { startRbacManager } from './rbac-manager.ts';
import { endedError } from './ready.ts';
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
  for (let attempt = 1; ; attempt++) {
    try {
      return await start(options);
    } catch (error) {
      // A folder that was given holds what the last attempt left.
      const again = attempt < START_ATTEMPTS && options.directory === undefined && isPortTaken(error);
      if (!again) throw error;
      options.onStep?.('once more, with other ports: one was taken meanwhile');
    }
  }
}

const START_ATTEMPTS = 3;

/** Nothing holds a free port until its program listens; all of them are written in Go, which says it like this. */
function isPortTaken(error: unknown): boolean {
  return error instanceof Error && error.message.includes('bind: address already in use');
}

async function start(options: ClusterOptions): Promise<Cluster> {
  const directory = options.directory ?? mkdtempSync(join(tmpdir(), 'bp-cluster-'));
  mkdirSync(directory, { recursive: true });
  const parts: Partial<ClusterParts> = {};
  const stop = async (): Promise<void> => {
    await parts.manager?.stop();
    await parts.core?.stop();
    await parts.plane?.stop();
    if (options.directory === undefined) rmSync(directory, { recursive: true, force: true });
  };
  try {
    return clusterOf(await startParts(options, directory, parts), directory, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

interface ClusterParts {
  plane: ControlPlane;
  core: Crossplane;
  manager?: Child;
}

/** Notes each part as soon as it runs, so that it can be stopped when a later one does not come up. */
async function startParts(
  options: ClusterOptions,
  directory: string,
  parts: Partial<ClusterParts>,
): Promise<ClusterParts> {
  const { binaries, rbac = false, apiserverFlags, crossplaneFlags: flags, crossplaneEnv: env } = options;
  options.onStep?.('etcd, kube-apiserver');
  const plane = await startControlPlane({
    binaries,
    directory,
    authorization: rbac ? 'RBAC' : 'AlwaysAllow',
    ...(apiserverFlags === undefined ? {} : { apiserverFlags }),
  });
  parts.plane = plane;
  options.onStep?.("Crossplane's CRDs, kube-controller-manager");
  await applyDefinitions(plane.api, binaries.crossplaneCrds, 'crossplane');
  await untilEstablished(plane.api);
  await plane.startControllers();
  const accounts = rbac ? await createCrossplaneAccounts(plane, directory) : undefined;
  options.onStep?.('crossplane core');
  const core = await startCrossplane({
    binary: binaries.crossplane,
    crds: binaries.crossplaneCrds,
    directory,
    kubeconfig: accounts?.core ?? plane.kubeconfig,
    api: plane.api,
    webhooks: options.webhooks === true,
    ...(flags === undefined ? {} : { flags }),
    ...(env === undefined ? {} : { env }),
  });
  parts.core = core;
  if (accounts !== undefined) {
    options.onStep?.('crossplane rbac');
    const { rbacManager: kubeconfig } = accounts;
    parts.manager = await startRbacManager({ binary: binaries.crossplane, kubeconfig, directory });
  }
  // Nobody waits for the controllers; one that could not start has said so by now.
  const ended = plane.children.find((child) => child.ended !== undefined);
  if (ended !== undefined) throw endedError(ended);
  return { ...parts, plane, core };
}

function clusterOf(
  { plane, core, manager }: ClusterParts,
  directory: string,
  stopParts: () => Promise<void>,
): Cluster {
  const { api } = plane;
  const attached: AttachedFunction[] = [];
  let stopping: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    await Promise.all(attached.map((one) => one.stop()));
    await stopParts();
  };
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
