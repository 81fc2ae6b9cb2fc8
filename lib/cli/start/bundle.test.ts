import { isAscii } from 'node:buffer';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildBundle } from './build-bundle.ts';
import { type BundleManifest, isFresh, readManifest, stampOf, toBundle, writeManifest } from './bundle.ts';

const ROOT = join(import.meta.dirname, '../../..');
const HERE = pathToFileURL(join(import.meta.dirname, '/')).href;
const CACHES = join(ROOT, 'node_modules/.cache');
let folder: string;
let manifest: BundleManifest;

/** Runs a module in a process of its own, with the bundle in use; its lines on stdout. */
function inProcess(script: string, changed: Partial<BundleManifest> = {}): readonly string[] {
  const source = `
    import { createRequire } from 'node:module';
    import { toBundle } from '${HERE}bundle.ts';
    import { useBundle } from '${HERE}use-bundle.ts';
    const manifest = { ...${JSON.stringify({ ...manifest, inputs: [] })}, ...${JSON.stringify(changed)} };
    const root = ${JSON.stringify(ROOT)};
    const bundle = toBundle(root, ${JSON.stringify(folder)}, manifest);
    const bundled = await useBundle(bundle);
    const require = createRequire(root + '/package.json');
    const at = (path) => import(root + '/' + path);
    ${script}`;
  const out = execFileSync(process.execPath, ['--input-type=module', '-e', source], { encoding: 'utf8' });
  return out.trim().split('\n');
}

beforeAll(async () => {
  mkdirSync(CACHES, { recursive: true });
  folder = mkdtempSync(join(CACHES, 'bundle-test-')); // below node_modules: what is not compiled in is found from there
  manifest = await buildBundle(ROOT, folder, 'bp');
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('one copy of everything', () => {
  test('what is loaded late gets its errors from the bundle', () => {
    const said = inProcess(`
      const { ToolkitError } = await at('lib/errors.ts');
      const { parseReference } = await at('lib/oci/index.ts');
      console.log(bundled['lib/errors.ts'].ToolkitError === ToolkitError, 'lib/oci/index.ts' in bundled);
      try { parseReference('!!'); } catch (error) { console.log(error instanceof ToolkitError); }`);
    expect(said).toEqual(['true false', 'true']);
  });

  test('a Blueprint’s own import of the toolkit, and of cdk8s by any road, is the bundle’s', () => {
    const said = inProcess(`
      const { ApiResource } = await import('@openova/blueprints/kinds');
      const { ConfigMap } = await import('@openova/blueprints/kinds/core');
      const cdk8s = require('cdk8s');
      const imported = await import('cdk8s');
      const plus = require('cdk8s-plus-28');
      console.log(ApiResource === bundled['lib/kinds/resource.ts'].ApiResource, bundle.peers);
      console.log(cdk8s.ApiObject === imported.ApiObject, bundled.cdk8s.ApiObject === cdk8s.ApiObject);
      console.log(Object.getPrototypeOf(Object.getPrototypeOf(ConfigMap)) === cdk8s.ApiObject);
      const chart = new cdk8s.Chart(new cdk8s.App(), 'c');
      const map = new plus.ConfigMap(chart, 'm', { data: { a: '1' } });
      console.log(cdk8s.ApiObject.isApiObject(map.node.defaultChild), map.node.root instanceof cdk8s.App);`);
    expect(said).toEqual(['true true', 'true true', 'true', 'true true']);
  });

  test('cdk8s finds what it imports itself when it needs it', () => {
    const said = inProcess(`
      const { Yaml, App, Chart, ApiObject, JsonPatch } = require('cdk8s');
      const app = new App();
      const thing = new ApiObject(new Chart(app, 'c'), 'o', { apiVersion: 'v1', kind: 'Thing' });
      thing.addJsonPatch(JsonPatch.add('/spec', { size: 1 }));
      console.log(JSON.stringify(thing.toJson().spec), Yaml.stringify({ a: 1 }).trim());`);
    expect(said).toEqual(['{"size":1} a: 1']);
  });

  test('a project with another version of a peer keeps its own', () => {
    const said = inProcess(
      `
      const { ConfigMap } = await import('@openova/blueprints/kinds/core');
      const { ApiObject } = require('cdk8s');
      console.log(bundle.peers, Object.getPrototypeOf(Object.getPrototypeOf(ConfigMap)) === ApiObject);
      console.log(Object.keys(require.cache).some((file) => file.endsWith('cdk8s/lib/index.js')));`,
      { peers: { ...manifest.peers, cdk8s: '2.0.0' } },
    );
    expect(said).toEqual(['false true', 'true']);
  });

  test('the one that listens holds nothing that composes, nor YAML; the one that composes nothing that listens', async () => {
    const both = mkdtempSync(join(CACHES, 'bundle-test-'));
    const listen = await buildBundle(ROOT, join(both, 'listen'), 'listen');
    const compose = await buildBundle(ROOT, join(both, 'compose'), 'compose');
    rmSync(both, { recursive: true });
    const packages = ({ inputs }: BundleManifest): readonly string[] =>
      inputs.flatMap(([path]) => /^node_modules\/(.*)\/package\.json$/.exec(path)?.[1] ?? []);
    expect(packages(listen)).toEqual(['commander']);
    expect(listen.peers).toEqual({});
    expect(packages(compose)).toEqual(expect.arrayContaining(['cdk8s', 'constructs', 'yaml']));
    expect(Object.keys(compose.peers)).toEqual(['cdk8s', 'constructs']);
    const of = (made: BundleManifest, folders: RegExp): readonly string[] =>
      made.modules.filter((path) => folders.test(path));
    expect(of(listen, /^lib\/(?:blueprint|kinds|project|generate)\//)).toEqual([]);
    expect(of(compose, /^lib\/(?:function\/grpc|cli\/commands)\//)).toEqual([]);
  });

  test('the text of a bundle is ASCII, so that V8 holds it with one byte a character', () => {
    expect(isAscii(readFileSync(join(folder, manifest.file)))).toBe(true);
  });

  test('a bundle that cannot run changes nothing', () => {
    writeFileSync(join(folder, 'broken.mjs'), 'throw new Error("broken");');
    const script = `
      const broken = { ...bundle, url: bundle.url.replace(/[^/]+$/, 'broken.mjs') };
      console.log(await useBundle(broken).catch((error) => error.message));
      console.log((await at('lib/errors.ts')).ToolkitError === bundled['lib/errors.ts'].ToolkitError);`;
    expect(inProcess(script)).toEqual(['broken', 'true']);
  });
});

describe('a bundle is never stale', () => {
  test('it names all that it was made of, itself and the packages’ versions included', () => {
    const paths = manifest.inputs.map(([path]) => path);
    expect(paths).toEqual(
      expect.arrayContaining([
        'lib/errors.ts',
        'lib/cli/main.ts',
        'lib/cli/start/build-bundle.ts',
        'node_modules/cdk8s/package.json',
        'node_modules/yaml/package.json',
        'node_modules/.package-lock.json',
        'package.json',
      ]),
    );
    expect(isFresh(ROOT, { ...manifest, inputs: manifest.inputs.map(([path]) => stampOf(ROOT, path)) })).toBe(
      true,
    );
    expect(readManifest(folder)).toEqual(manifest);
  });

  const changes: Readonly<
    Record<string, { readonly reason: string; readonly change: (file: string) => void }>
  > = {
    Written: { reason: 'a save', change: (file) => writeFileSync(file, 'longer than before') },
    SameSizeAndTime: {
      reason: 'copied over with its times kept, as `cp -p` and git worktrees do: the change time still tells',
      change: (file) => {
        writeFileSync(file, 'after.');
        utimesSync(file, 1, 1);
      },
    },
    Removed: { reason: 'another branch', change: (file) => rmSync(file) },
  };
  test.for(Object.entries(changes))('%s is noticed', ([, { reason, change }]) => {
    const root = mkdtempSync(join(tmpdir(), 'bp-stamp-'));
    const file = join(root, 'source.ts');
    writeFileSync(file, 'before');
    utimesSync(file, 1, 1);
    const made = { ...manifest, inputs: [stampOf(root, 'source.ts')] };
    expect(isFresh(root, made)).toBe(true);
    change(file);
    expect(isFresh(root, made), reason).toBe(false);
    rmSync(root, { recursive: true });
  });

  test('a manifest that is cut off counts as none', () => {
    const root = mkdtempSync(join(tmpdir(), 'bp-stamp-'));
    writeFileSync(join(root, 'bundle.json'), '{"file":');
    expect(readManifest(root)).toBeUndefined();
    writeManifest(root, manifest);
    expect(toBundle(ROOT, root, readManifest(root) ?? manifest).peers).toBe(true);
    rmSync(root, { recursive: true });
  });
});
