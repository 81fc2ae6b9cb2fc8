import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ToolkitError } from '../../errors.ts';
import { freePorts } from '../../internal/ports.ts';
import { formatYaml } from '../../internal/yaml.ts';
import { createCertificateAuthority } from '../certificates.ts';
import { type ApiClient, connectApi } from './api-client.ts';
import type { ClusterBinaries } from './binaries.ts';
import { type Child, type ChildOptions, startChild } from './child.ts';
import { endedError } from './ready.ts';
import { StopWaiting, waitFor } from './wait.ts';

export interface ControlPlaneOptions {
  readonly binaries: ClusterBinaries;
  /** Holds data, certificates, logs. */
  readonly directory: string;
  /** `RBAC` for tests of rights; the token below is system:masters either way. @default AlwaysAllow */
  readonly authorization?: 'AlwaysAllow' | 'RBAC';
  /** More flags of kube-apiserver. */
  readonly apiserverFlags?: readonly string[];
}

/** etcd, an apiserver and, once they are started, the controllers that clean up: a cluster without nodes. */
export interface ControlPlane {
  readonly url: string;
  readonly ca: string;
  readonly token: string;
  /** Path of a kubeconfig with all rights. */
  readonly kubeconfig: string;
  readonly api: ApiClient;
  readonly children: readonly Child[];
  /**
   * Starts kube-controller-manager: deletion in the foreground, owner references, deleted namespaces, aggregated
   * ClusterRoles. It looks for new kinds when it starts and then every 30 s, or 60 s when one of them is gone meanwhile,
   * and collects nothing of a kind that it does not know: install the kinds first.
   */
  startControllers(): Promise<void>;
  /** Kills one of them and starts it again with what it has on disk; resolves once it answers. */
  restart(name: string, downMs?: number): Promise<void>;
  stop(): Promise<void>;
}

const START_TIMEOUT_MS = 180_000;
const SERVICE_RANGE = '10.96.0.0/24';
const SERVICE_ADDRESS = '10.96.0.1'; // the first of the range: what the apiserver calls itself

/**
 * Starts etcd and the apiserver and waits until they answer; the controllers are up to `startControllers`.
 * @throws ToolkitError with the last lines of what did not start
 */
export async function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const { directory } = options;
  mkdirSync(join(directory, 'logs'), { recursive: true });
  const [etcdPort = 0, peerPort = 0, apiPort = 0, managerPort = 0] = await freePorts(4);
  const url = `https://127.0.0.1:${apiPort}`;
  const access = writeAccess(directory, url);
  const api = connectApi({ url, token: access.token, ca: access.ca });
  const running = new Map<string, { readonly options: ChildOptions; readonly child: Child }>();
  const start = async (child: Omit<ChildOptions, 'logFile'>): Promise<Child> => {
    const options = { ...child, logFile: join(directory, 'logs', `${child.name}.log`) };
    const started = await startChild(options);
    running.set(child.name, { options, child: started });
    return started;
  };
  const children = (): readonly Child[] => [...running.values()].map((r) => r.child);
  const stop = async (): Promise<void> => {
    api.close();
    // What depends on something goes before it.
    for (const child of children().toReversed()) await child.stop();
  };
  try {
    const { binaries } = options;
    const etcd = await start({
      name: 'etcd',
      command: binaries.etcd,
      args: etcdFlags(directory, etcdPort, peerPort),
    });
    const server = await start({
      name: 'kube-apiserver',
      command: binaries.kubeApiserver,
      args: apiserverFlags(options, etcdPort, apiPort),
    });
    await ready(api, [etcd, server]);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    url,
    api,
    stop,
    ...access,
    get children() {
      return children();
    },
    async startControllers() {
      await start({
        name: 'kube-controller-manager',
        command: options.binaries.kubeControllerManager,
        args: managerFlags(access.kubeconfig, managerPort),
      });
    },
    async restart(name, downMs = 0) {
      const found = running.get(name);
      if (found === undefined)
        throw new ToolkitError('not-found', `Cannot restart "${name}": it does not run`);
      await found.child.kill();
      await delay(downMs);
      await start(found.options);
      await ready(api, children());
    },
  };
}

interface Access {
  readonly ca: string;
  readonly token: string;
  readonly kubeconfig: string;
}

function writeAccess(directory: string, url: string): Access {
  const ca = createCertificateAuthority({ commonName: 'apiserver CA' });
  const serving = ca.issue({
    sans: ['localhost', '127.0.0.1', SERVICE_ADDRESS, 'kubernetes'],
    usage: 'server',
  });
  const token = randomBytes(24).toString('hex');
  const write = (name: string, text: string): void =>
    writeFileSync(join(directory, name), text, { mode: 0o600 });
  write('apiserver.crt', serving.certificate);
  write('apiserver.key', serving.privateKey);
  // SEC 1: the apiserver reads no PKCS#8 here.
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  write('service-accounts.key', privateKey.export({ type: 'sec1', format: 'pem' }).toString());
  write('tokens.csv', `${token},admin,admin,system:masters\n`);
  const kubeconfig = join(directory, 'kubeconfig');
  write('kubeconfig', formatYaml(kubeconfigOf(url, ca.certificate, token)));
  return { ca: ca.certificate, token, kubeconfig };
}

/** A kubeconfig with one cluster and one token. */
export function kubeconfigOf(url: string, ca: string, token: string): object {
  const name = 'blueprints';
  return {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name,
        cluster: { server: url, 'certificate-authority-data': Buffer.from(ca).toString('base64') },
      },
    ],
    users: [{ name, user: { token } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    'current-context': name,
  };
}

function etcdFlags(directory: string, port: number, peerPort: number): readonly string[] {
  const [client, peer] = [`http://127.0.0.1:${port}`, `http://127.0.0.1:${peerPort}`];
  return [
    `--data-dir=${join(directory, 'etcd')}`,
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=default=${peer}`,
    '--log-level=warn',
  ];
}

function apiserverFlags(
  { directory, authorization = 'AlwaysAllow', apiserverFlags: more = [] }: ControlPlaneOptions,
  etcdPort: number,
  port: number,
): readonly string[] {
  const at = (name: string): string => join(directory, name);
  return [
    `--etcd-servers=http://127.0.0.1:${etcdPort}`,
    '--bind-address=127.0.0.1',
    '--advertise-address=127.0.0.1',
    `--secure-port=${port}`,
    `--tls-cert-file=${at('apiserver.crt')}`,
    `--tls-private-key-file=${at('apiserver.key')}`,
    `--authorization-mode=${authorization}`,
    `--token-auth-file=${at('tokens.csv')}`,
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${at('service-accounts.key')}`,
    `--service-account-signing-key-file=${at('service-accounts.key')}`,
    `--service-cluster-ip-range=${SERVICE_RANGE}`,
    // There is no controller that makes ServiceAccounts, and no node that runs pods.
    '--disable-admission-plugins=ServiceAccount',
    '--endpoint-reconciler-type=none',
    '--allow-privileged=true', // as every distribution has it
    '--profiling=false',
    ...more,
  ];
}

function managerFlags(kubeconfig: string, port: number): readonly string[] {
  return [
    `--kubeconfig=${kubeconfig}`,
    `--authentication-kubeconfig=${kubeconfig}`,
    `--authorization-kubeconfig=${kubeconfig}`,
    // Foreground deletion and owner references need the first, deleted namespaces the second, RBAC the third.
    '--controllers=garbage-collector-controller,namespace-controller,clusterrole-aggregation-controller',
    '--leader-elect=false',
    '--bind-address=127.0.0.1',
    `--secure-port=${port}`,
    '--profiling=false',
  ];
}

async function ready(api: ApiClient, children: readonly Child[]): Promise<void> {
  await waitFor(
    'the apiserver to be ready',
    async () => {
      const ended = children.find((child) => child.ended !== undefined);
      if (ended !== undefined) throw new StopWaiting(endedError(ended));
      const answer = await api.raw('GET', '/readyz');
      if (answer !== 'ok') return { state: `it says ${answer}` };
      // Ready comes before the default namespace.
      const namespace = await api.get({ apiVersion: 'v1', kind: 'Namespace', name: 'default' });
      return namespace === undefined ? { state: 'it has no default namespace' } : { value: true };
    },
    { timeoutMs: START_TIMEOUT_MS },
  );
}
