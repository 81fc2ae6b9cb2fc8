import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { listFiles, manifest, readJson, readText, root } from './support/repository.ts';

const TOP_LEVEL =
  /^(package(-lock)?\.json|tsconfig(\.\w+)?\.json|vitest\.config\.ts|biome\.json|functions|blueprints|lib|schemas|examples|hack|test|docs|README\.md|LICENSE|CHANGELOG\.md)$/;
const LEFT_OVERS = new Set(['node_modules', 'dist', 'coverage']);
const TEXT = /\.(ts|mjs|js|json|md|yaml|yml|sh|proto)$|^\.ci\/run$/;

const texts: string[] = listFiles('.', (path) => TEXT.test(path) && path !== 'package-lock.json');
const ours: string[] = texts.filter((path) => !path.startsWith('schemas/') && path !== 'test/repo.test.ts');

interface LockEntry {
  readonly resolved?: string;
  readonly integrity?: string;
  /** Inside another package's tarball, and so covered by that one's hash. */
  readonly inBundle?: boolean;
}

function linesWith(paths: readonly string[], pattern: RegExp): string[] {
  return paths.flatMap((path) =>
    readText(path)
      .split('\n')
      .flatMap((line, i) => (pattern.test(line) ? [`${path}:${i + 1}: ${line.trim().slice(0, 100)}`] : [])),
  );
}

test('the top level holds what a newcomer expects there, and nothing else', () => {
  const entries = readdirSync(root).filter((name) => !name.startsWith('.') && !LEFT_OVERS.has(name));
  expect(entries.filter((name) => !TOP_LEVEL.test(name) && !name.endsWith('.tgz'))).toEqual([]);
});

test('package.json names the sources, not what packing makes of them', () => {
  const targets = Object.values(manifest.exports).map(String);
  expect(
    targets.filter((target) => !target.startsWith('./lib/') && target !== './package.json'),
    'an interrupted npm pack leaves this; the way back is "node hack/run.mjs hack/build.ts --restore"',
  ).toEqual([]);
});

test('the lockfile names no host and every package by its hash', () => {
  const { packages } = readJson<{ packages: Record<string, LockEntry> }>('package-lock.json');
  const entries = Object.entries(packages).filter(([path]) => path !== '');
  expect(entries.length).toBeGreaterThan(100);
  expect(entries.filter(([, { resolved }]) => resolved !== undefined).map(([path]) => path)).toEqual([]);
  const unhashed = entries.filter(([, { integrity, inBundle }]) => !integrity && !inBundle);
  expect(unhashed.map(([path]) => path)).toEqual([]);
});

test('the lockfile holds the binaries of every platform, not only of the machine that wrote it', () => {
  const { packages } = readJson<{ packages: Record<string, { optionalDependencies?: object }> }>(
    'package-lock.json',
  );
  const missing = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).filter(
      (name) => !(`node_modules/${name}` in packages) && !(`${path}/node_modules/${name}` in packages),
    ),
  );
  expect(missing, 'npm ci refuses such a lockfile; choose versions that the registry has whole').toEqual([]);
});

test('versions are exact, except for peers', () => {
  const inexact = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies }).filter(
    ([, version]) => !/^\d+\.\d+\.\d+$/.test(version),
  );
  expect(inexact).toEqual([]);
});

test('no path of the machine it was written on', () => {
  expect(linesWith(ours, /(^|[^\w.])\/(work|root|home\/(?!user\b|runner\b|me\b|you\b)\w+|Users)\//)).toEqual(
    [],
  );
});

test('no work is left for later in a comment', () => {
  expect(
    linesWith(
      ours.filter((path) => !path.endsWith('.md')),
      /\b(TODO|FIXME|XXX|HACK)\b/,
    ),
  ).toEqual([]);
});

test('no type check is switched off', () => {
  const sources = ours.filter((path) => path.endsWith('.ts'));
  expect(linesWith(sources, /@ts-(ignore|nocheck)/)).toEqual([]);
  // In a test about types it is the assertion: tsc fails when nothing is wrong on the next line.
  const others = sources.filter((path) => !path.endsWith('-types.test.ts'));
  expect(linesWith(others, /@ts-expect-error/)).toEqual([]);
});

test('files are named in kebab-case', () => {
  const odd = ours.filter(
    (path) => /\.(ts|mjs)$/.test(path) && !/^[a-z0-9.-]+$/.test(path.split('/').at(-1) ?? ''),
  );
  expect(odd).toEqual([]);
});
