import { expect, test } from 'vitest';
import { importsOf, packageOf, withoutComments } from './support/imports.ts';
import { listFiles, manifest, readText } from './support/repository.ts';

// What a folder of lib/ builds upon; what stands below those is allowed too. Imports never point the other way.
const BUILDS_ON: Readonly<Record<string, readonly string[]>> = {
  errors: [],
  internal: ['errors'],
  model: ['internal'],
  oci: ['internal'],
  schema: ['model', 'oci'],
  kinds: ['schema'],
  apiserver: ['schema'],
  import: ['kinds'],
  function: ['schema'],
  blueprint: ['function', 'kinds'],
  registry: ['oci'],
  xpkg: ['oci', 'model'],
  signing: ['oci'],
  sigstore: ['signing'],
  render: ['blueprint'],
  generate: ['render'],
  serve: ['blueprint', 'signing', 'xpkg'],
  lint: ['generate'],
  project: ['apiserver', 'generate', 'lint', 'import', 'xpkg', 'serve'],
  pipeline: ['project', 'signing', 'sigstore', 'registry'],
  prove: ['project'],
  diff: ['prove'],
  testing: ['pipeline', 'prove'],
  cli: ['testing', 'diff'],
};

const folderOf = (path: string): string => path.split('/')[1]?.replace(/\.ts$/, '') ?? '';
const isSource = (path: string): boolean => /\.(ts|mjs)$/.test(path) && !path.includes('/templates/');
const isTest = (path: string): boolean => /\.test(-helper)?\.ts$/.test(path);
const libSources: string[] = listFiles('lib', (path) => isSource(path) && !isTest(path));
const userLand: string[] = ['functions', 'blueprints', 'examples'].flatMap((folder) =>
  listFiles(folder, isSource),
);
const everySource: string[] = [
  ...['lib', 'functions', 'blueprints', 'examples', 'hack', 'test'].flatMap((f) => listFiles(f, isSource)),
  'vitest.config.ts',
];

function below(folder: string): Set<string> {
  const direct = BUILDS_ON[folder] ?? [];
  return new Set([...direct, ...direct.flatMap((lower) => [...below(lower)])]);
}

test('every folder of lib has its place in the table', () => {
  const folders = new Set(libSources.map(folderOf).filter((folder) => folder !== 'index'));
  expect([...folders].filter((folder) => BUILDS_ON[folder] === undefined)).toEqual([]);
});

test('imports between the folders of lib point one way', () => {
  const stray = libSources
    .filter((path) => path !== 'lib/index.ts')
    .flatMap(importsOf)
    .filter(({ from, file }) => {
      if (file === undefined) return false;
      if (!file.startsWith('lib/')) return file !== 'package.json' && !file.startsWith('schemas/');
      return folderOf(file) !== folderOf(from) && !below(folderOf(from)).has(folderOf(file));
    });
  expect(stray.map(({ from, specifier }) => `${from} imports ${specifier}`)).toEqual([]);
});

test('lib/function stays free of cdk8s, so that a function image stays small', () => {
  const reached = new Set(libSources.filter((path) => path.startsWith('lib/function/')));
  const heavy: string[] = [];
  for (const path of reached) {
    for (const { specifier, file } of importsOf(path)) {
      if (file?.startsWith('lib/')) reached.add(file);
      if (/^(cdk8s|constructs)/.test(specifier)) heavy.push(`${path} imports ${specifier}`);
    }
  }
  expect(heavy).toEqual([]);
});

test('only lib/cli reads arguments and environment, prints and exits', () => {
  const outside = /\bprocess\.(argv|env|exit|exitCode|stdin|stdout|stderr|cwd)\b|\bconsole\.\w+/;
  const stray = libSources
    .filter((path) => !path.startsWith('lib/cli/'))
    .flatMap((path) => {
      const found = outside.exec(withoutComments(readText(path)));
      return found === null ? [] : [`${path} uses ${found[0]}`];
    });
  expect(stray).toEqual([]);
});

test('functions, blueprints and examples import the package by its public name, as a user does', () => {
  const reachesIn = (file: string): boolean => /^(lib|hack|test|schemas)\//.test(file);
  const stray = userLand.flatMap(importsOf).filter(({ file }) => file !== undefined && reachesIn(file));
  expect(stray.map(({ from, specifier }) => `${from} imports ${specifier}`)).toEqual([]);
});

test('every npm package that is imported is declared where its user needs it', () => {
  const { dependencies, peerDependencies, devDependencies, name } = manifest;
  const shipped = new Set(Object.keys({ ...dependencies, ...peerDependencies }));
  const here = new Set([...shipped, ...Object.keys(devDependencies), name]);
  const ships = new Set(libSources);
  const stray = everySource.flatMap(importsOf).filter(({ from, specifier }) => {
    const used = packageOf(specifier);
    return used !== undefined && !(ships.has(from) ? shipped : here).has(used);
  });
  expect(stray.map(({ from, specifier }) => `${from} imports ${specifier}`)).toEqual([]);
});

test('every declared dependency is used', (ctx) => {
  if (!everySource.includes('hack/demo.ts')) ctx.skip('hack/demo.ts does not exist yet');
  const tools = /^(@biomejs\/biome|typescript|node|@types\/.+)$/; // run, not imported
  const packages = (paths: readonly string[]): Set<string | undefined> =>
    new Set(paths.flatMap(importsOf).map(({ specifier }) => packageOf(specifier)));
  const inLib = packages(libSources);
  const anywhere = packages(everySource);
  const unused = [
    ...Object.keys(manifest.dependencies).filter((name) => !inLib.has(name)),
    ...Object.keys(manifest.peerDependencies).filter((name) => !anywhere.has(name)),
    ...Object.keys(manifest.devDependencies).filter((name) => !anywhere.has(name) && !tools.test(name)),
  ];
  expect([...new Set(unused)]).toEqual([]);
});
