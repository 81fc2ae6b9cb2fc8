import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectFunction, INPUT_API_VERSION, INPUT_KIND, type TlsFiles } from '@openova/blueprints/function';
import { createCertificateAuthority } from '@openova/blueprints/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';

interface Listening {
  readonly port: number;
  readonly tls: boolean;
  readonly blueprints: readonly { readonly name: string; readonly version: string }[];
}

const certificates: string = mkdtempSync(join(tmpdir(), 'function-blueprints-'));
let client: TlsFiles;
let child: ChildProcess;
let listening: Listening;

/** Starts the entrypoint as Crossplane does, but for the ports, which must be free here. */
async function start(): Promise<Listening> {
  const flags = ['--address', '127.0.0.1:0', '--metrics-address', ''];
  child = spawn(process.execPath, [join(import.meta.dirname, 'main.ts'), ...flags], {
    cwd: tmpdir(),
    env: { TLS_SERVER_CERTS_DIR: certificates, FUNCTION_NAME: 'function-blueprints' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return new Promise((resolve, reject) => {
    let said = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    child.on('exit', (code) => reject(new Error(`exited ${code}: ${said}`)));
    child.stdout?.once('data', (line: Buffer) => resolve(JSON.parse(line.toString()) as Listening));
  });
}

beforeAll(async () => {
  const ca = createCertificateAuthority();
  const server = ca.issue({ sans: ['localhost'], usage: 'server' });
  writeFileSync(join(certificates, 'tls.crt'), server.certificate);
  writeFileSync(join(certificates, 'tls.key'), server.privateKey);
  writeFileSync(join(certificates, 'ca.crt'), ca.certificate);
  const own = ca.issue({ sans: ['crossplane.crossplane-system'], usage: 'client' });
  client = { ...own, ca: ca.certificate };
  listening = await start();
});

afterAll(async () => {
  if (child.exitCode === null) {
    const ended = new Promise<number | null>((resolve) => child.on('exit', resolve));
    child.kill('SIGTERM');
    expect(await ended, 'SIGTERM is the ordinary end').toBe(0);
  }
  rmSync(certificates, { recursive: true });
});

test('serves every Blueprint of the repository over mutual TLS', async () => {
  expect(listening).toMatchObject({ tls: true });
  expect(listening.blueprints.map((b) => b.name)).toEqual(
    expect.arrayContaining(['cert-manager', 'cnpg', 'cortex', 'keycloak']),
  );
  const { version } = listening.blueprints.find((b) => b.name === 'cert-manager') ?? { version: '' };
  const connection = connectFunction(`localhost:${listening.port}`, { tls: client });
  try {
    const answer = await connection.run({
      input: { apiVersion: INPUT_API_VERSION, kind: INPUT_KIND, blueprint: 'cert-manager', version },
      observed: {
        composite: {
          object: {
            apiVersion: 'compose.openova.io/v1alpha1',
            kind: 'CertManager',
            metadata: { name: 'certs', uid: '1' },
            spec: { config: { email: 'ops@example.com' } },
          },
        },
        resources: new Map(),
      },
    });
    expect(answer.results.filter((r) => r.severity === 'fatal')).toEqual([]);
    expect(answer.desired.resources.size).toBeGreaterThan(0);
  } finally {
    connection.close();
  }
});

test('refuses a caller without a certificate', async () => {
  const connection = connectFunction(`localhost:${listening.port}`, { insecure: true });
  await expect(connection.run({}, { timeoutMs: 5000 })).rejects.toMatchObject({ code: 'network' });
  connection.close();
});

interface Meta {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: { readonly capabilities: readonly string[]; readonly group: string };
}

test('the package says what it is, and what a step may ask', () => {
  const read = (file: string): Meta =>
    parse(readFileSync(join(import.meta.dirname, 'package', file), 'utf8')) as Meta;
  expect(read('crossplane.yaml')).toMatchObject({
    apiVersion: 'meta.pkg.crossplane.io/v1',
    kind: 'Function',
    metadata: { name: 'function-blueprints' },
    spec: { capabilities: ['composition'] },
  });
  const { spec } = read('input/compose.yaml');
  expect(spec).toMatchObject({ group: INPUT_API_VERSION.split('/')[0], names: { kind: INPUT_KIND } });
});
