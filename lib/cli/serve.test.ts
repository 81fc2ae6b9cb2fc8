import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { connectFunction } from '../function/client.ts';
import { createCertificateAuthority } from '../testing/certificates.ts';
import { newRepository, runBp } from './io.test-helper.ts';

const GENERATED = 'blueprints/platform/acme-cache/generated/composition.yaml';
const HOST = 'openova-io-function-blueprints';

let root: string;

beforeAll(async () => {
  root = await newRepository('acme-cache');
  mkdirSync(join(root, 'functions/echo'), { recursive: true });
  writeFileSync(
    join(root, 'functions/echo/function.ts'),
    "export const version = '2.0.0';\nexport default () => ({ results: [{ severity: 'normal', message: 'echoed' }] });\n",
  );
});

interface Serving {
  readonly line: { readonly port: number; readonly tls: boolean; readonly functions: readonly unknown[] };
  stop(): Promise<{ readonly code: number; readonly stderr: string }>;
}

/** Starts `bp serve` on free ports and waits for its line. */
async function serve(argv: readonly string[], env: Record<string, string> = {}): Promise<Serving> {
  const controller = new AbortController();
  let listening: (text: string) => void = () => undefined;
  const line = new Promise<string>((resolve) => {
    listening = resolve;
  });
  const ports = ['--address', '127.0.0.1:0', '--metrics-address', ''];
  const done = runBp(['serve', ...ports, ...argv, '-C', root], {
    env,
    signal: controller.signal,
    stdout: { write: (text) => listening(String(text)) },
  });
  const early = done.then((ran) => Promise.reject(new Error(ran.stderr)));
  return {
    line: JSON.parse(await Promise.race([line, early])) as Serving['line'],
    stop: () => {
      controller.abort();
      return done;
    },
  };
}

const input = (fields: object): never =>
  ({ apiVersion: 'fn.compose.openova.io/v1alpha1', kind: 'Compose', ...fields }) as never;
const xr = {
  apiVersion: 'compose.openova.io/v1alpha1',
  kind: 'AcmeCache',
  metadata: { name: 'a', namespace: 'b', uid: 'u' },
  spec: {},
};

async function call(port: number, step: object): Promise<readonly { severity: string; message: string }[]> {
  const client = connectFunction(`127.0.0.1:${port}`, { insecure: true });
  try {
    const composite = { object: xr };
    const answer = await client.run({ input: input(step), observed: { composite, resources: new Map() } });
    const names = [...answer.desired.resources.keys()].map((message) => ({ severity: 'composed', message }));
    return [...names, ...answer.results];
  } finally {
    client.close();
  }
}

test('routes Blueprints and functions by the input of the step', async () => {
  const host = await serve(['--insecure', '--some-flag-of-tomorrow=1']);
  const { port } = host.line;
  try {
    expect(host.line).toMatchObject({ tls: false, functions: [{ name: 'echo', version: '2.0.0' }] });
    const composed = await call(port, { blueprint: 'acme-cache', version: '0.1.0' });
    expect(composed.map((c) => c.message)).toContain('server');
    expect(await call(port, { blueprint: 'acme-cache', version: '0.1.0-dev.abc123' })).toEqual(composed);
    expect(await call(port, { function: 'echo', version: '2.0.0' })).toMatchObject([{ message: 'echoed' }]);
    const other = await call(port, { blueprint: 'acme-cache', version: '0.2.0' });
    expect(other).toMatchObject([
      { severity: 'fatal', message: expect.stringMatching(/0\.2\.0.*carries 0\.1\.0/) },
    ]);
    const devOfOther = await call(port, { blueprint: 'acme-cache', version: '0.2.0-dev.abc' });
    expect(devOfOther).toMatchObject([{ severity: 'fatal' }]);
    expect(await call(port, { blueprint: 'nope', version: '0.1.0' })).toMatchObject([{ severity: 'fatal' }]);
  } finally {
    const { code, stderr } = await host.stop();
    expect(code).toBe(0);
    expect(stderr).toMatch(/"Flags ignored[^}]*--some-flag-of-tomorrow=1/);
    expect(stderr).toMatch(/"Stopped"/);
  }
});

test('takes certificates from TLS_SERVER_CERTS_DIR, and turns away who has none', async () => {
  const authority = createCertificateAuthority();
  const own = authority.issue({ sans: ['localhost', '127.0.0.1'] });
  const directory = mkdtempSync(join(tmpdir(), 'bp-tls-'));
  writeFileSync(join(directory, 'tls.crt'), own.certificate);
  writeFileSync(join(directory, 'tls.key'), own.privateKey);
  writeFileSync(join(directory, 'ca.crt'), authority.certificate);
  const host = await serve([], { TLS_SERVER_CERTS_DIR: directory });
  try {
    expect(host.line.tls).toBe(true);
    await expect(call(host.line.port, { blueprint: 'acme-cache', version: '0.1.0' })).rejects.toThrow();
  } finally {
    expect((await host.stop()).code).toBe(0);
  }
});

test('render gives up on a function that never answers', async () => {
  const silent = createServer();
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const { port } = silent.address() as AddressInfo;
  const xrFile = 'blueprints/platform/acme-cache/examples/small.yaml';
  const composition = (await runBp(['generate', '-C', root])).code === 0 ? GENERATED : '';
  const pod = `metadata: {name: ${HOST}, annotations: {render.crossplane.io/runtime: Development, render.crossplane.io/runtime-development-target: '127.0.0.1:${port}'}}`;
  writeFileSync(join(root, 'functions.yaml'), `apiVersion: pkg.crossplane.io/v1\nkind: Function\n${pod}\n`);
  const ran = await runBp([
    'render',
    xrFile,
    composition,
    'functions.yaml',
    '--timeout',
    '200ms',
    '-C',
    root,
    '-o',
    'json',
  ]);
  silent.close();
  expect(ran.code).toBe(1);
  expect(JSON.parse(ran.stderr)).toMatchObject({
    error: {
      code: 'limit',
      message: expect.stringContaining('longer than 200ms'),
      remedy: expect.any(String),
    },
  });
});
