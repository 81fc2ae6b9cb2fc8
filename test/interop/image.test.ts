import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isToolkitError } from '../../lib/errors.ts';
import { connectFunction, type TlsFiles } from '../../lib/function/index.ts';
import { gunzip } from '../../lib/internal/gzip.ts';
import { readTar } from '../../lib/internal/untar.ts';
import { buildHostImage, type HostImage } from '../../lib/pipeline/image/index.ts';
import { loadProject } from '../../lib/project/index.ts';
import { openWorld, stepOf, type World } from '../../lib/serve/bundles/bundles.test-helper.ts';
import { createCertificateAuthority } from '../../lib/testing/index.ts';

// The image as Crossplane starts it: user 2000, no arguments, the environment and the certificates that core gives. A
// root of its own needs root; without it, the image's own loader, libraries and Node run from the unpacked folder.
const ROOT: string = join(import.meta.dirname, '..', '..');
const PORTS = [9443, 8080];
const OTHER_PORTS = ['--address', '127.0.0.1:0', '--metrics-address', '127.0.0.1:0'];
// What a container runtime does: a read-only root, /proc, what may be written, and another user.
const CONTAINER = `
PATH=$PATH:/usr/sbin:/sbin # mount and chroot are not on everybody's
root=$1; shift
mount --bind "$root" "$root"
for path in tmp var/cache/blueprints; do mount -t tmpfs -o mode=1777 tmpfs "$root/$path"; done
mount --rbind /proc "$root/proc"
mount -o remount,bind,ro "$root"
exec chroot --userspec=2000:2000 "$root" "$@"`;
const BUILD_TIMEOUT_MS = 600_000; // compresses 120 MB with pako
const isRoot: boolean = process.getuid?.() === 0;

let image: HostImage | undefined;
let missing: string | undefined;
let root: string;
let client: TlsFiles;
let world: World;
let running: ChildProcess | undefined;
let said = '';
let ports: { readonly port: number; readonly metricsPort: number };

beforeAll(async () => {
  missing = whatIsMissing();
  if (missing !== undefined) return;
  const cacheDir = join(
    process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'),
    'catalyst-blueprints',
    'image',
  );
  try {
    image = await buildHostImage(await loadProject(ROOT), {
      version: '1.0.0',
      architectures: ['amd64'],
      cacheDir,
    });
  } catch (error) {
    if (!isToolkitError(error) || !['unsupported', 'network'].includes(error.code)) throw error;
    missing = error.message;
    return;
  }
  root = mkdtempSync(join(tmpdir(), 'image-'));
  chmodSync(root, 0o755);
  unpack(image, root);
  client = writeCertificates(join(root, 'tls', 'server'));
  world = await openWorld();
  world.writePolicy();
  mkdirSync(join(root, 'etc', 'blueprints'), { recursive: true });
  for (const name of ['trust.yaml', 'trusted_root.json'])
    writeFileSync(join(root, 'etc', 'blueprints', name), readFileSync(join(world.directory, name)));
  await start(image);
}, BUILD_TIMEOUT_MS);

afterAll(async () => {
  if (running !== undefined && running.exitCode === null) {
    const ended = new Promise((resolve) => running?.on('exit', resolve));
    running.kill('SIGTERM');
    await ended;
  }
  await world?.close();
  if (root !== undefined) rmSync(root, { recursive: true, force: true });
});

/** Skips with the reason, and fails where everything must be there. */
function needImage(skip: (reason: string) => never): HostImage {
  if (image !== undefined && missing === undefined) return image;
  if (process.env.CI === 'true') throw new Error(`CI must have it: ${missing}`);
  return skip(missing ?? 'the image could not be built');
}

function whatIsMissing(): string | undefined {
  const suits = process.platform === 'linux' && process.arch === 'x64';
  return suits ? undefined : 'the image that runs here is linux/amd64';
}

/** None, as Crossplane gives none, unless somebody else on this machine has the ports. */
async function argumentsHere(): Promise<readonly string[]> {
  const free = await Promise.all(PORTS.map(isFree));
  return free.includes(false) ? OTHER_PORTS : [];
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, () => server.close(() => resolve(true)));
  });
}

function unpack({ images }: HostImage, to: string): void {
  for (const layer of images[0]?.layers ?? []) {
    const tar = gunzip(layer.bytes, 'a layer');
    for (const { path, content, executable } of readTar(tar, 'a layer')) {
      const file = join(to, path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, content, { mode: executable ? 0o755 : 0o644 });
    }
  }
  for (const folder of ['tmp', 'var/cache/blueprints', 'proc']) {
    mkdirSync(join(to, folder), { recursive: true });
    chmodSync(join(to, folder), 0o1777);
  }
}

/** The Secret that core mounts, with keys as core makes them: RSA in PKCS#1. */
function writeCertificates(folder: string): TlsFiles {
  const ca = createCertificateAuthority({ algorithm: 'rsa' });
  const server = ca.issue({ sans: ['localhost'], usage: 'server' });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'tls.crt'), server.certificate);
  writeFileSync(join(folder, 'tls.key'), server.privateKey);
  writeFileSync(join(folder, 'ca.crt'), ca.certificate);
  return { ...ca.issue({ sans: ['crossplane.crossplane-system'], usage: 'client' }), ca: ca.certificate };
}

interface ImageConfig {
  readonly config: {
    readonly Entrypoint: readonly string[];
    readonly Env: readonly string[];
    readonly User: string;
  };
}

function configOf({ images }: HostImage): ImageConfig['config'] {
  return (JSON.parse(Buffer.from(images[0]?.config.bytes ?? []).toString()) as ImageConfig).config;
}

async function start(built: HostImage): Promise<void> {
  const { Entrypoint, Env } = configOf(built);
  const command = [...Entrypoint, ...(await argumentsHere())];
  const given = { FUNCTION_NAME: 'function-blueprints', REVISION_NAME: 'r', REVISION_UID: 'u' };
  const env = { ...Object.fromEntries(Env.map((pair) => pair.split(/=(.*)/s, 2))), ...given } as Record<
    string,
    string
  >;
  const [program, args] = isRoot
    ? ['unshare', ['--mount', 'sh', '-ec', CONTAINER, 'sh', root, ...command]]
    : [join(root, 'lib64/ld-linux-x86-64.so.2'), unprivileged(command)];
  const inside = isRoot ? '' : root;
  running = spawn(program, args, {
    env: {
      ...env,
      PATH: process.env.PATH ?? '',
      TLS_SERVER_CERTS_DIR: `${inside}/tls/server`,
      BP_TRUST_POLICY: `${inside}/etc/blueprints/trust.yaml`,
      BP_CACHE_DIR: `${inside}${env.BP_CACHE_DIR}`,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  ports = await new Promise((resolve, reject) => {
    running?.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    running?.on('error', reject);
    running?.on('exit', (code) => reject(new Error(`exited ${code}: ${said}`)));
    running?.stdout?.once('data', (line: Buffer) => resolve(JSON.parse(line.toString()) as typeof ports));
  });
}

function unprivileged(entrypoint: readonly string[]): string[] {
  const libraries = join(root, 'lib/x86_64-linux-gnu');
  return [
    '--library-path',
    libraries,
    ...entrypoint.map((part) =>
      part.startsWith('/app/') || part.startsWith('/usr/') ? join(root, part) : part,
    ),
  ];
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
  const connection = connectFunction(`localhost:${ports.port}`, { tls: client });
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
  expect(await (await fetch(`http://127.0.0.1:${ports.metricsPort}/readyz`)).text()).toBe('ok\n');
  expect(await (await fetch(`http://127.0.0.1:${ports.metricsPort}/metrics`)).text()).toContain(
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
