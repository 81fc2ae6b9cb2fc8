import { isAscii } from 'node:buffer';
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { MemoryTarget } from '../../oci/index.ts';
import { loadProject } from '../../project/index.ts';
import {
  assembleImage,
  assembleImageIndex,
  type ImageFacts,
  imageLayer,
  type PlatformImage,
} from '../../xpkg/index.ts';
import { debianSources } from './apt-sources.ts';
import { BASE_LOCK } from './base-lock.ts';
import { functionPackage } from './function-package.ts';
import { givenLayers } from './given-base.ts';
import { bundleHost } from './host-bundle.ts';
import { pushHostImage } from './push-image.ts';

const ROOT: string = join(import.meta.dirname, '../../..');

const FACTS: ImageFacts = {
  created: '1970-01-01T00:00:00Z',
  annotations: { 'org.opencontainers.image.version': '1.0.0' },
  runtime: { entrypoint: ['/a'], user: '2000:2000', env: { A: 'b' }, ports: ['9443/tcp'], workingDir: '/' },
};

const imageOf = (architecture: 'amd64' | 'arm64'): PlatformImage =>
  assembleImage(architecture, [imageLayer([{ path: 'a', content: architecture }])], FACTS);

test('an image says how it runs, and lists its layers twice', () => {
  const { config, manifest } = imageOf('amd64');
  expect(JSON.parse(Buffer.from(config.bytes).toString())).toMatchObject({
    architecture: 'amd64',
    config: { User: '2000:2000', Entrypoint: ['/a'], Env: ['A=b'], ExposedPorts: { '9443/tcp': {} } },
    rootfs: { diff_ids: [expect.stringMatching(/^sha256:/)] },
  });
  expect(JSON.parse(Buffer.from(manifest.bytes).toString()).layers).toHaveLength(1);
  expect(manifest.descriptor.digest).toBe(imageOf('amd64').manifest.descriptor.digest);
});

test('an index without linux/amd64 is refused: Crossplane could not install it', () => {
  expect(() => assembleImageIndex([imageOf('arm64')], {})).toThrow(/linux\/amd64/);
});

test('another base gives the layers of the platform, as they are', async () => {
  const images = [imageOf('amd64'), imageOf('arm64')];
  const target = new MemoryTarget();
  const index = assembleImageIndex(images, {});
  await target.tag(await pushHostImage(target, { version: '1.0.0', index, images }), '1.0.0');
  const base = { target, reference: '1.0.0' };
  expect((await givenLayers(base, 'arm64')).map((l) => [l.descriptor.digest, l.diffId])).toEqual(
    images[1]?.layers.map((l) => [l.descriptor.digest, l.diffId]),
  );
  const { digest } = images[1]?.manifest.descriptor ?? { digest: '' };
  await expect(givenLayers({ target, reference: digest }, 'amd64')).rejects.toThrow(/is not for amd64/);
});

test('Debian comes from wherever this machine gets it', () => {
  const root = mkdtempSync(join(tmpdir(), 'apt-'));
  mkdirSync(join(root, 'etc/apt/sources.list.d'), { recursive: true });
  writeFileSync(
    join(root, 'etc/apt/sources.list.d/debian.sources'),
    `Types: deb\nURIs: http://mirror.example/debian\nSuites: bookworm bookworm-updates\nComponents: main contrib\n
Types: deb\nURIs: http://other.example\nSuites: nodistro\nComponents: main\n`,
  );
  writeFileSync(
    join(root, 'etc/apt/sources.list'),
    '# deb http://commented.example bookworm main\ndeb [arch=amd64] http://old.example/debian bookworm main\ndeb http://x.example trixie main\n',
  );
  expect(debianSources('bookworm', root).map((line) => line.split(' ').slice(2, 4))).toEqual([
    ['http://old.example/debian', 'bookworm'],
    ['http://mirror.example/debian', 'bookworm'],
    ['http://mirror.example/debian', 'bookworm-updates'],
  ]);
  expect(debianSources('bookworm', join(root, 'nothing'))).toEqual([]);
  rmSync(root, { recursive: true });
});

test('the image has the Node that the repository is tested with', async () => {
  const { default: manifest } = await import('../../../package.json', { with: { type: 'json' } });
  expect(BASE_LOCK.node.version, 'node hack/run.mjs hack/image-base.ts').toBe(manifest.devDependencies.node);
});

test('package.yaml holds the metadata and the schema of the input', async () => {
  const text = functionPackage(await loadProject(ROOT));
  expect(text.match(/^kind: .*$/gm)).toEqual(['kind: Function', 'kind: CustomResourceDefinition']);
});

test('the host is bundled to the same bytes each time, without what only authors need', async () => {
  const project = await loadProject(ROOT);
  const [one, two] = [await bundleHost(project), await bundleHost(project)];
  expect(imageLayer(one).diffId).toBe(imageLayer(two).diffId);
  const paths = one.map(({ path }) => path);
  expect(paths).toEqual(
    expect.arrayContaining([
      'main.mjs',
      'worker.mjs',
      'router.mjs',
      'package.json',
      'node_modules/cdk8s/index.mjs',
    ]),
  );
  const text = one.map(({ content }) => Buffer.from(content as Uint8Array).toString()).join('\n');
  const wide = one.filter(
    ({ path, content }) => path.endsWith('.mjs') && !isAscii(Buffer.from(content as Uint8Array)),
  );
  expect(
    wide.map(({ path }) => path),
    'one byte a character',
  ).toEqual([]);
  expect(text.includes(ROOT), 'no path of this machine').toBe(false);
  expect(text.length / 1024 / 1024, 'MiB; json-schema-to-typescript alone would be six').toBeLessThan(5);
});

const SAYS_WHAT_IT_LOADS = `import { registerHooks } from 'node:module';
  registerHooks({ load: (url, context, next) => (process._rawDebug('loaded', url), next(url, context)) });`;

test('a host that rests has loaded neither what only calls need, nor what no call needs', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'bp-host-'));
  for (const { path, content } of await bundleHost(await loadProject(ROOT))) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content ?? '');
  }
  const preload = `data:text/javascript,${encodeURIComponent(SAYS_WHAT_IT_LOADS)}`;
  const listen = ['--insecure', '--address', '127.0.0.1:0', '--metrics-address', ''];
  const host = spawn(process.execPath, ['--import', preload, join(folder, 'main.mjs'), ...listen]);
  host.stdout.once('data', () => host.kill('SIGTERM'));
  let said = '';
  host.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const code = await new Promise((resolve) => host.on('close', resolve));
  rmSync(folder, { recursive: true });
  expect(code, said).toBe(0);
  const loaded = said.split('\n').filter((line) => line.startsWith('loaded '));
  expect(loaded.filter((line) => /\/(?:main|worker|router)\.mjs$/.test(line))).toHaveLength(3);
  expect(loaded.filter((line) => /\/late\/| node:(?:http2?|zlib|crypto|process)$/.test(line))).toEqual([]);
});
