import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { gzip } from '../internal/gzip.ts';
import { writeTar } from '../internal/tar.ts';
import { descriptorOf, type HttpRequest, MANIFEST_TYPE, MemoryTarget } from '../oci/index.ts';
import { crd } from './import.test-helper.ts';
import { type ImportPorts, readSource } from './read-source.ts';

const LAYER = 'application/vnd.oci.image.layer.v1.tar+gzip';
const root = mkdtempSync(join(tmpdir(), 'bp-import-'));

function ports(answers: Readonly<Record<string, { status: number; location?: string; body?: string }>> = {}) {
  const asked: string[] = [];
  const target = new MemoryTarget();
  const given: ImportPorts = {
    root,
    async http() {
      return {
        async send({ url }: HttpRequest) {
          asked.push(url.href);
          const { status, location, body = '' } = answers[url.href] ?? { status: 404 };
          const headers = location === undefined ? {} : { location };
          return { status, headers, body: new TextEncoder().encode(body), url };
        },
        close: () => undefined,
      };
    },
    open: async (reference) => ({ target, at: reference.slice(reference.lastIndexOf(':') + 1) }),
  };
  return { given, asked, target };
}

test('folders are read to the bottom, without links and installed packages', async () => {
  mkdirSync(join(root, 'crds/deep'), { recursive: true });
  mkdirSync(join(root, 'crds/node_modules'), { recursive: true });
  writeFileSync(join(root, 'crds/deep/a.yaml'), crd('Alpha'));
  writeFileSync(join(root, 'crds/notes.txt'), crd('Never'));
  writeFileSync(join(root, 'crds/chart.yaml'), '{{ not yaml }}');
  writeFileSync(join(root, 'crds/node_modules/b.yaml'), crd('Beta'));
  symlinkSync('/etc', join(root, 'crds/link'));
  const { kinds, sha256 } = await readSource('crds', ports().given);
  expect(kinds.map((k) => k.kind)).toEqual(['Alpha']);
  expect(sha256).toMatch(/^[0-9a-f]{64}$/);
});

test('an npm package is read as installed, with its version', async () => {
  mkdirSync(join(root, 'node_modules/@acme/crds'), { recursive: true });
  writeFileSync(join(root, 'node_modules/@acme/crds/package.json'), '{ "version": "3.1.4" }');
  writeFileSync(join(root, 'node_modules/@acme/crds/all.yaml'), crd('Gamma'));
  expect(await readSource('npm:@acme/crds', ports().given)).toMatchObject({ version: '3.1.4' });
  await expect(readSource('npm:../../etc', ports().given)).rejects.toMatchObject({ code: 'not-found' });
});

test('of a Crossplane package the base layer counts, and its digest is recorded', async () => {
  const { given, target } = ports();
  const manifest = { schemaVersion: 2, mediaType: MANIFEST_TYPE, config: {}, layers: [] as unknown[] };
  const add = async (type: string, bytes: Uint8Array, annotations?: Record<string, string>) => {
    const descriptor = { ...descriptorOf(type, bytes), ...(annotations && { annotations }) };
    await target.push(descriptor, bytes);
    return descriptor;
  };
  const layer = (path: string, text: string): Uint8Array =>
    gzip(writeTar([{ path, content: new TextEncoder().encode(text) }]));
  manifest.config = await add('application/vnd.oci.image.config.v1+json', new TextEncoder().encode('{}'));
  manifest.layers = [
    await add(LAYER, layer('package.yaml', crd('Package')), { 'io.crossplane.xpkg': 'base' }),
    await add(LAYER, layer('examples.yaml', crd('Example')), { 'io.crossplane.xpkg': 'upbound' }),
  ];
  const pushed = await add(MANIFEST_TYPE, new TextEncoder().encode(JSON.stringify(manifest)));
  await target.tag(pushed, 'v1');
  const read = await readSource('oci://example.org/acme/provider:v1', given);
  expect(read.kinds.map((k) => k.kind)).toEqual(['Package']);
  expect(read.version).toBe(`v1@${pushed.digest}`);
});

test('a page may redirect, but never away from TLS nor for ever', async () => {
  const { given } = ports({
    'https://a.example/crds': { status: 302, location: 'https://b.example/x' },
    'https://b.example/x': { status: 200, body: crd('Delta') },
    'https://a.example/plain': { status: 302, location: 'http://b.example/x' },
    'http://b.example/x': { status: 200, body: crd('Delta') },
    'https://a.example/loop': { status: 302, location: '/loop' },
  });
  expect((await readSource('https://a.example/crds', given)).kinds).toHaveLength(1);
  for (const page of ['plain', 'loop', 'gone']) {
    await expect(readSource(`https://a.example/${page}`, given), page).rejects.toMatchObject({
      code: 'network',
    });
  }
});

test('nothing else is fetched', async () => {
  const { given, asked } = ports();
  for (const source of ['http://a.example/crds', 'file:///etc/passwd', 'ftp://a/b']) {
    await expect(readSource(source, given), source).rejects.toMatchObject({ code: 'usage' });
  }
  expect(asked).toEqual([]);
});
