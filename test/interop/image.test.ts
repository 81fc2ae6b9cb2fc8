import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectFunction, type TlsFiles } from '../../lib/function/index.ts';
import type { HostImage } from '../../lib/pipeline/image/index.ts';
import { loadProject } from '../../lib/project/index.ts';
import { openWorld, stepOf, type World } from '../../lib/serve/bundles/bundles.test-helper.ts';
import { createCertificateAuthority } from '../../lib/testing/index.ts';
import {
  buildImageHere,
  configOf,
  isRoot,
  type RunningImage,
  runImage,
  unpackImage,
  writeServerCertificates,
} from './image-container.ts';

const ROOT: string = join(import.meta.dirname, '..', '..');
const BUILD_TIMEOUT_MS = 600_000; // compresses 120 MB with pako

let image: HostImage | undefined;
let missing: string | undefined;
let root: string;
let client: TlsFiles;
let world: World;
let running: RunningImage | undefined;

beforeAll(async () => {
  const built = await buildImageHere(await loadProject(ROOT), { version: '1.0.0', architectures: ['amd64'] });
  if ('missing' in built) {
    missing = built.missing;
    return;
  }
  image = built.image;
  root = mkdtempSync(join(tmpdir(), 'image-'));
  unpackImage(image, root);
  client = writeCertificates();
  world = await openWorld();
  world.writePolicy();
  mkdirSync(join(root, 'etc', 'blueprints'), { recursive: true });
  for (const name of ['trust.yaml', 'trusted_root.json'])
    writeFileSync(join(root, 'etc', 'blueprints', name), readFileSync(join(world.directory, name)));
  running = await runImage(image, root);
}, BUILD_TIMEOUT_MS);

afterAll(async () => {
  await running?.stop();
  await world?.close();
  if (root !== undefined) rmSync(root, { recursive: true, force: true });
});

/** Skips with the reason, and fails where everything must be there. */
function needImage(skip: (reason: string) => never): HostImage {
  if (image !== undefined && missing === undefined) return image;
  if (process.env.CI === 'true') throw new Error(`CI must have it: ${missing}`);
  return skip(missing ?? 'the image could not be built');
}

/** With keys as core makes them: RSA in PKCS#1. */
function writeCertificates(): TlsFiles {
  const ca = createCertificateAuthority({ algorithm: 'rsa' });
  const server = ca.issue({ sans: ['localhost'], usage: 'server' });
  writeServerCertificates(root, { ...server, ca: ca.certificate });
  return { ...ca.issue({ sans: ['crossplane.crossplane-system'], usage: 'client' }), ca: ca.certificate };
}

const xr = (kind: string, config: object): never =>
  ({
    input: undefined,
    observed: {
      composite: {
        object: {
          apiVersion: 'compose.openova.io/v1alpha1',
          kind,
          metadata: { name: 'a', namespace: 'b', uid: 'u' },
          spec: { config },
        },
      },
      resources: new Map(),
    },
  }) as never;

async function call(step: object, request: object) {
  const connection = connectFunction(`localhost:${running?.port}`, { tls: client });
  try {
    const input = { apiVersion: 'fn.compose.openova.io/v1alpha1', kind: 'Compose', ...step };
    return await connection.run({ ...request, input } as never);
  } finally {
    connection.close();
  }
}

test('answers for a Blueprint over mutual TLS, as user 2000', async (ctx) => {
  needImage(ctx.skip);
  const answer = await call(
    { blueprint: 'cert-manager', version: '1.0.0' },
    xr('CertManager', { email: 'ops@example.com' }),
  );
  expect(answer.results.filter((r) => r.severity === 'fatal')).toEqual([]);
  expect(answer.desired.resources.size).toBeGreaterThan(0);
  if (isRoot) expect(readFileSync(`/proc/${running?.pid}/status`, 'utf8')).toMatch(/^Uid:\t2000\t2000/m);
});

test('health and metrics are on the other port', async (ctx) => {
  needImage(ctx.skip);
  expect(await (await fetch(`http://127.0.0.1:${running?.metricsPort}/readyz`)).text()).toBe('ok\n');
  expect(await (await fetch(`http://127.0.0.1:${running?.metricsPort}/metrics`)).text()).toContain(
    'function_run_function_seconds',
  );
});

test('loads a signed bundle, which shares the modules of the host', async (ctx) => {
  needImage(ctx.skip);
  const ref = await world.publish('1.2.3', { note: 'from the bundle' });
  const { kind: _, name, ...rest } = stepOf(ref);
  const answer = await call({ blueprint: name, ...rest }, xr('Shop', {}));
  expect(answer.results).toEqual([]);
  expect(answer.desired.resources.get('note')?.object).toMatchObject({ data: { note: 'from the bundle' } });
  const unsigned = await world.publish('1.2.4', { signer: undefined });
  const refused = await call({ blueprint: name, version: '1.2.4', bundle: unsigned }, xr('Shop', {}));
  expect(refused.results).toMatchObject([
    { severity: 'fatal', message: expect.stringMatching(/no signatures/) },
  ]);
});

test('holds what it needs and no more: no shell, no package manager', (ctx) => {
  const { images, index } = needImage(ctx.skip);
  expect(configOf(needImage(ctx.skip))).toMatchObject({
    User: '2000:2000',
    Entrypoint: ['/usr/bin/node', '/app/main.mjs'],
  });
  for (const path of ['bin/sh', 'usr/bin/sh', 'usr/bin/dpkg', 'usr/bin/env'])
    expect(existsSync(join(root, path)), path).toBe(false);
  const bytes = images[0]?.layers.reduce((sum, layer) => sum + layer.bytes.length, 0) ?? 0;
  expect(bytes / 1024 / 1024, 'MiB to pull').toBeLessThan(64);
  expect(JSON.parse(Buffer.from(index.bytes).toString()).manifests).toMatchObject([
    { platform: { os: 'linux', architecture: 'amd64' } },
  ]);
  const annotated = images[0]?.layers.filter(
    (l) => l.descriptor.annotations?.['io.crossplane.xpkg'] === 'base',
  );
  expect(annotated?.length).toBe(1);
});
