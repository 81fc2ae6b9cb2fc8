import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Crossplane } from '../../../lib/testing/cluster/index.ts';
import { type Child, startChild } from '../../../lib/testing/cluster/index.ts';
import { untilReady } from '../../../lib/testing/cluster/ready.ts';

const ROOT: string = join(import.meta.dirname, '..', '..', '..');
const START_MS = 60_000;
let started = 0;

export interface HostProcessOptions {
  /** Holds its logs. */
  readonly directory: string;
  /** With tls.crt, tls.key and ca.crt. */
  readonly certificates: string;
  readonly port: number;
  /** @default 127.0.0.1 */
  readonly address?: string;
  /** More flags of `bp serve`. */
  readonly flags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** A script that serves instead: it gets the folder of certificates and the port. @default `bp serve` */
  readonly script?: string;
}

/** A function host as a process of its own, as it runs in a pod. */
export interface HostProcess {
  readonly child: Child;
  /** Its own metrics, in the Prometheus text format. */
  metrics(): Promise<string>;
}

/** Starts `bp serve` for the Blueprints of this repository and waits until it listens. */
export async function startHostProcess(options: HostProcessOptions): Promise<HostProcess> {
  const { directory, certificates, port, address = '127.0.0.1', flags = [], script } = options;
  mkdirSync(directory, { recursive: true });
  const serve = [
    join(ROOT, 'lib', 'cli', 'bp.mjs'),
    'serve',
    `--blueprints=${ROOT}`,
    `--tls-certs-dir=${certificates}`,
    `--address=${address}:${port}`,
    '--metrics-address=127.0.0.1:0',
    ...flags,
  ];
  const child = await startChild({
    name: 'host',
    command: process.execPath,
    args: script === undefined ? serve : [script, certificates, String(port)],
    cwd: directory,
    env: { HOME: directory, PATH: process.env.PATH ?? '', ...options.env },
    logFile: join(directory, `host-${++started}.log`), // one each: the line that is waited for must be its own
  });
  const { metricsPort } = await untilReady(
    child,
    () => {
      const line = child
        .tail(1000)
        .split('\n')
        .find((l) => l.startsWith('{"listening":true'));
      return line === undefined
        ? { state: child.tail(3) }
        : { value: JSON.parse(line) as { readonly metricsPort?: number } };
    },
    START_MS,
  );
  return {
    child,
    async metrics() {
      if (metricsPort === undefined) return '';
      return (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
    },
  };
}

/** Writes a function's certificates as Kubernetes replaces a mounted Secret: each file is whole at any moment. */
export function writeCertificates(directory: string, files: ReturnType<Crossplane['issue']>): string {
  mkdirSync(directory, { recursive: true });
  const write = (name: string, pem: string): void => {
    writeFileSync(join(directory, `.${name}`), pem, { mode: 0o600 });
    renameSync(join(directory, `.${name}`), join(directory, name));
  };
  write('tls.crt', files.certificate);
  write('tls.key', files.privateKey);
  write('ca.crt', files.ca);
  return directory;
}
