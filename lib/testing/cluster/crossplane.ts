import { createPrivateKey } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isObject, type JsonObject } from '../../internal/json.ts';
import { freePorts } from '../../internal/ports.ts';
import {
  type CertificateAuthority,
  createCertificateAuthority,
  type IssuedCertificate,
} from '../certificates.ts';
import type { ApiClient } from './api-client.ts';
import { type Child, startChild } from './child.ts';
import { probe, untilReady } from './ready.ts';
import { waitFor } from './wait.ts';
import { type CoreWebhooks, prepareWebhooks } from './webhooks.ts';

export interface CrossplaneOptions {
  readonly binary: string;
  /** Folder of CRDs of the same version. */
  readonly crds: string;
  readonly directory: string;
  readonly kubeconfig: string;
  readonly api: ApiClient;
  /** More flags of `crossplane core start`, such as `--enable-operations`. */
  readonly flags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Serve admission webhooks and have the apiserver ask them. @default false */
  readonly webhooks?: boolean;
}

/** Crossplane's core as a process, with packages whose functions run elsewhere (`--package-runtime=External`). */
export interface Crossplane {
  /** Folder of its package cache; a sigstore trust root belongs below it, in `.sigstore/root`. */
  readonly packageCache: string;
  /** CA of functions and of core's client certificate, as in Secret `crossplane-root-ca`. */
  readonly authority: CertificateAuthority;
  /** `tls.crt`, `tls.key` and `ca.crt` that core calls functions with. */
  readonly clientCertificates: string;
  readonly child: Child;
  /** `tls.crt`, `tls.key` and `ca.crt` for a function that core shall trust. */
  issue(sans?: readonly string[]): IssuedCertificate & { readonly ca: string };
  /** Ends core and starts it anew, with other flags if any are given. */
  restart(changes?: Pick<CrossplaneOptions, 'flags' | 'env'>): Promise<void>;
  /**
   * Replaces the CA, and with it core's client certificate, and restarts core, which reads them at its start only. What
   * `issue` gives from now on is of the new CA; functions with older certificates are neither trusted nor called.
   */
  rotateAuthority(): Promise<void>;
  /** Core's metrics in the Prometheus text format; see `sumMetric`. */
  metrics(): Promise<string>;
  stop(): Promise<void>;
}

export const CROSSPLANE_NAMESPACE = 'crossplane-system';
export const FUNCTION_TLS_SECRET = 'external-function-tls';
const CA_SECRET = 'crossplane-root-ca';
const CLIENT_SECRET = 'crossplane-tls-client';
const INIT_TIMEOUT_MS = 120_000;
const READY_TIMEOUT_MS = 120_000;

/**
 * Initialises a cluster that serves Crossplane's CRDs, starts core and waits until it is ready. `core init`
 * applies the CRDs too, but does not wait for them, and fails where they are new.
 */
export async function startCrossplane(options: CrossplaneOptions): Promise<Crossplane> {
  const { api, directory } = options;
  const packageCache = join(directory, 'xpkg');
  const certificates = join(directory, 'crossplane-client');
  for (const folder of [packageCache, certificates, join(directory, 'xfn'), join(directory, 'home')])
    mkdirSync(folder, { recursive: true });
  let authority = newAuthority();
  const issue: Crossplane['issue'] = (sans = ['localhost', '127.0.0.1']) => ({
    ...authority.issue({ sans, usage: 'server' }),
    ca: authority.certificate,
  });
  await writeSecrets(api, authority, issue());
  await initialise(options);
  await writeClientCertificates(api, certificates);
  const webhooks = options.webhooks === true ? await prepareWebhooks(directory, issue()) : undefined;
  const parts: CoreParts = { packageCache, certificates, webhooks };
  await webhooks?.register(api);
  let core = await startCore(options, parts);
  const restart: Crossplane['restart'] = async (changes) => {
    await core.child.stop();
    core = await startCore({ ...options, ...changes }, parts);
  };
  return {
    packageCache,
    clientCertificates: certificates,
    issue,
    restart,
    get authority() {
      return authority;
    },
    get child() {
      return core.child;
    },
    async rotateAuthority() {
      authority = newAuthority();
      await writeSecrets(api, authority, issue());
      const client = authority.issue({ sans: ['crossplane'], usage: 'client' });
      writeCertificates(certificates, { ...client, ca: authority.certificate });
      await restart();
    },
    async metrics() {
      const answer = await fetch(`http://127.0.0.1:${core.metricsPort}/metrics`);
      return answer.text();
    },
    stop: () => core.child.stop(),
  };
}

const newAuthority = (): CertificateAuthority =>
  createCertificateAuthority({ algorithm: 'rsa', commonName: CA_SECRET });

/** Before core makes its own, so that a test knows the CA's key. */
async function writeSecrets(
  api: ApiClient,
  authority: CertificateAuthority,
  server: IssuedCertificate & { readonly ca: string },
): Promise<void> {
  const namespace = CROSSPLANE_NAMESPACE;
  await api.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  const secret = (name: string, stringData: JsonObject): Promise<JsonObject> =>
    api.apply({ apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace }, stringData });
  // Core parses PKCS#1 and nothing else.
  const key = createPrivateKey(authority.privateKey).export({ type: 'pkcs1', format: 'pem' }).toString();
  await secret(CA_SECRET, { 'tls.crt': authority.certificate, 'tls.key': key });
  await secret(FUNCTION_TLS_SECRET, {
    'tls.crt': server.certificate,
    'tls.key': server.privateKey,
    'ca.crt': server.ca,
  });
}

/** Makes the Lock and core's client certificate. It may fail on a busy machine, and run again. */
async function initialise(options: CrossplaneOptions): Promise<void> {
  const { binary, directory, kubeconfig, crds } = options;
  await waitFor(
    'crossplane core init',
    async () => {
      const child = await startChild({
        name: 'crossplane-init',
        command: binary,
        args: ['core', 'init', '--enable-webhooks=false'],
        env: {
          HOME: join(directory, 'home'),
          KUBECONFIG: kubeconfig,
          POD_NAMESPACE: CROSSPLANE_NAMESPACE,
          CRDS_PATH: crds,
          TLS_CA_SECRET_NAME: CA_SECRET,
          TLS_CLIENT_SECRET_NAME: CLIENT_SECRET,
        },
        logFile: join(directory, 'logs', 'crossplane-init.log'),
      });
      const ended = await child.end;
      return ended === 'exit code 0' ? { value: true } : { state: `${ended}: ${child.tail(3)}` };
    },
    { timeoutMs: INIT_TIMEOUT_MS, intervalMs: 1000 },
  );
}

async function writeClientCertificates(api: ApiClient, directory: string): Promise<void> {
  const secret = await api.get({
    apiVersion: 'v1',
    kind: 'Secret',
    name: CLIENT_SECRET,
    namespace: CROSSPLANE_NAMESPACE,
  });
  const data = isObject(secret?.data) ? secret.data : {};
  const text = (name: string): string => Buffer.from(String(data[name] ?? ''), 'base64').toString('utf8');
  const [certificate, privateKey, ca] = [text('tls.crt'), text('tls.key'), text('ca.crt')];
  writeCertificates(directory, { certificate, privateKey, ca });
}

function writeCertificates(directory: string, files: IssuedCertificate & { readonly ca: string }): void {
  const write = (name: string, pem: string): void =>
    writeFileSync(join(directory, name), pem, { mode: 0o600 });
  write('tls.crt', files.certificate);
  write('tls.key', files.privateKey);
  write('ca.crt', files.ca);
}

interface RunningCore {
  readonly child: Child;
  readonly metricsPort: number;
}

/** What outlives a restart. */
interface CoreParts {
  readonly packageCache: string;
  readonly certificates: string;
  readonly webhooks: CoreWebhooks | undefined;
}

async function startCore(options: CrossplaneOptions, parts: CoreParts): Promise<RunningCore> {
  const { directory, binary } = options;
  const [metricsPort = 0, probePort = 0] = await freePorts(2);
  const child = await startChild({
    name: 'crossplane',
    command: binary,
    args: [
      'core',
      'start',
      `--namespace=${CROSSPLANE_NAMESPACE}`,
      '--package-runtime=External',
      ...(parts.webhooks?.flags ?? ['--enable-webhooks=false']),
      `--xpkg-cache-dir=${parts.packageCache}`,
      `--xfn-cache-dir=${join(directory, 'xfn')}`,
      `--metrics-port=${metricsPort}`,
      `--health-probe-port=${probePort}`,
      '--debug',
      ...(options.flags ?? []),
    ],
    env: {
      HOME: join(directory, 'home'),
      KUBECONFIG: options.kubeconfig,
      TLS_CLIENT_CERTS_DIR: parts.certificates,
      ...parts.webhooks?.env,
      ...options.env,
    },
    logFile: join(directory, 'logs', 'crossplane.log'),
  });
  await untilReady(child, () => probe(`http://127.0.0.1:${probePort}/readyz`), READY_TIMEOUT_MS);
  return { child, metricsPort };
}
