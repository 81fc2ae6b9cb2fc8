import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { newRepository, runBp, snapshot } from './io.test-helper.ts';

let root: string;
const at = (path: string): string => join(root, 'blueprints/platform/acme-cache', path);
const bp = (...argv: readonly string[]) => runBp([...argv, '-C', root]);

beforeAll(async () => {
  root = await newRepository('acme-cache');
});

test('a new repository renders until ready, before anything was generated', async () => {
  const ran = await bp('render', 'blueprints/platform/acme-cache/examples/small.yaml', '--until-ready');
  expect(ran.stderr).toBe('');
  expect(ran.code).toBe(0);
  expect(ran.stdout).toMatch(/\+ HelmRelease default\/acme-cache-server/);
  expect(ran.stdout).toMatch(/^ready, settled after \d rounds$/m);
});

test('render -o yaml prints the objects alone, -o json a List', async () => {
  const xr = at('examples/medium.yaml');
  const yaml = await bp('render', xr, '-o', 'yaml');
  expect(yaml.stdout).toMatch(/^---\napiVersion: compose\.openova\.io\/v1alpha1\nkind: AcmeCache\n/);
  const json = await bp('render', xr, '-o', 'json', '-x');
  const list = JSON.parse(json.stdout) as { kind: string; items: { kind: string; spec?: object }[] };
  expect(list.kind).toBe('List');
  expect(list.items.map((i) => i.kind)).toEqual([
    'AcmeCache',
    'NetworkPolicy',
    'HelmRelease',
    'HelmRepository',
  ]);
  expect(list.items[0]?.spec, '-x keeps the spec').toMatchObject({ size: 'medium' });
});

test('generate writes what generate --check then finds up to date', async () => {
  expect((await bp('generate', '--check')).code, 'nothing is generated yet').toBe(3);
  const written = await bp('generate');
  expect(written.code, written.stderr).toBe(0);
  expect(existsSync(at('generated/xrd.yaml'))).toBe(true);
  const check = await bp('generate', '--check', '-o', 'json');
  expect([check.code, JSON.parse(check.stdout)]).toEqual([0, { stale: [] }]);
  const again = await bp('generate', '-o', 'json');
  expect(JSON.parse(again.stdout), 'the same source gives the same bytes').toMatchObject({ files: [] });
});

test('what differs from its source is named, and nothing is written by --check', async () => {
  await bp('generate');
  writeFileSync(at('generated/xrd.yaml'), 'edited: true\n');
  writeFileSync(at('generated/manifests/leftover.yaml'), 'kind: Old\n');
  rmSync(at('examples/large.yaml'));
  const before = snapshot(root);
  const ran = await bp('generate', '--check', '-o', 'json');
  expect(ran.code).toBe(3);
  const { stale } = JSON.parse(ran.stdout) as { stale: { path: string; state: string }[] };
  const found = stale.map((s) => `${s.state} ${s.path.replace('blueprints/platform/acme-cache/', '')}`);
  expect(found.sort()).toEqual([
    'leftover generated/manifests/leftover.yaml',
    'stale examples/large.yaml',
    'stale generated/xrd.yaml',
  ]);
  expect(snapshot(root)).toEqual(before);
  expect((await bp('generate')).code).toBe(0);
  expect(existsSync(at('generated/manifests/leftover.yaml')), 'leftovers are removed').toBe(false);
  expect(readFileSync(at('examples/large.yaml'), 'utf8')).toMatch(/^# yaml-language-server: \$schema=/);
});

test('the table of the README follows the schema', async () => {
  const readme = readFileSync(at('README.md'), 'utf8');
  writeFileSync(at('README.md'), readme.replace(/\| `replicas`.*\n/, ''));
  await bp('generate');
  expect(readFileSync(at('README.md'), 'utf8')).toBe(readme);
});

test('validate finds nothing wrong with what new made', async () => {
  await bp('generate');
  const ran = await bp('validate', '-o', 'json');
  expect(JSON.parse(ran.stdout)).toEqual({
    valid: true,
    blueprints: ['acme-cache'],
    objects: 0,
    findings: [],
  });
  expect(ran.code).toBe(0);
});

test('validate reports every fault of an XR with its path', async () => {
  const input = `apiVersion: compose.openova.io/v1alpha1
kind: AcmeCache
metadata: { name: a, namespace: b }
spec: { size: huge, config: { replica: 2, storage: 5 } }
`;
  const ran = await runBp(['validate', '-', '-C', root, '-o', 'json'], { input });
  expect(ran.code).toBe(2);
  const { findings } = JSON.parse(ran.stdout) as { findings: { path: string; message: string }[] };
  expect(findings.map((f) => f.path).sort()).toEqual([
    'spec.config.replica',
    'spec.config.storage',
    'spec.size',
  ]);
  expect(findings.find((f) => f.path.endsWith('replica'))).toMatchObject({
    remedy: 'did you mean "replicas"?',
  });
});

test('catalog and doctor know the Blueprint', async () => {
  const catalog = await bp('catalog', '-o', 'json');
  expect(JSON.parse(catalog.stdout)).toMatchObject({
    blueprints: [
      { name: 'acme-cache', kind: 'AcmeCache', scope: 'Namespaced', sizes: ['small', 'medium', 'large'] },
    ],
  });
  await bp('generate');
  const doctor = await bp('doctor', '-o', 'json');
  const { checks } = JSON.parse(doctor.stdout) as {
    checks: { name: string; state: string; message: string }[];
  };
  expect(checks.filter((c) => c.state !== 'ok')).toEqual([]);
  expect(checks.map((c) => c.name)).toContain('clock');
});

test('a product composes what the project has', async () => {
  const ran = await bp('new', 'shop', '--product');
  expect(ran.code, ran.stderr).toBe(0);
  const rendered = await bp('render', 'blueprints/products/shop/examples/small.yaml', '--until-ready');
  expect(rendered.stdout).toMatch(/\+ AcmeCache shop\/shop-acme-cache/);
  expect(rendered.code).toBe(0);
});

test('new never overwrites', async () => {
  const before = snapshot(root);
  const ran = await bp('new', 'acme-cache');
  expect([ran.code, ran.stderr]).toEqual([
    1,
    expect.stringMatching(/is there already\nhint: choose another name/),
  ]);
  expect((await bp('new', 'acme-cache', '--product')).code, 'a name is taken in every group').toBe(1);
  expect(snapshot(root)).toEqual(before);
});

test('render says what the deletion order of Usages needs, and says nothing where there are none', async () => {
  const repository = join(import.meta.dirname, '..', '..');
  const render = (file: string) =>
    runBp(['render', `blueprints/platform/${file}`, '--until-ready', '-C', repository]);
  expect((await render('kserve/examples/small.yaml')).stderr).toContain('--cascade=foreground');
  expect((await render('cnpg/examples/small.yaml')).stderr).not.toContain('--cascade=foreground');
});
