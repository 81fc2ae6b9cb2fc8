import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { formatJson } from '../../lib/import/index.ts';
import { HEADER } from './emit-index.ts';
import type { Source } from './sources.ts';
import { emitTree, readSchemaTree, writeTree } from './tree.ts';

const root = join(import.meta.dirname, '../..');
let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kinds-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('lib/kinds is what the checked-in schemas give', () => {
  const stale = writeTree(join(root, 'lib/kinds'), emitTree(readSchemaTree(root)), true);
  expect(stale, 'run "node hack/generate-kinds.ts --types-only"').toEqual([]);
});

test('the checked-in schemas are of the pinned sources', () => {
  const sources = JSON.parse(readFileSync(join(root, 'hack/kinds.sources.json'), 'utf8')) as Source[];
  const pinned = sources.flatMap((s) =>
    s.kinds.map((k) => `${s.module}@${s.version}/${s.folder}/${k.file} ${s.licence} ${k.docs}`),
  );
  const present = readSchemaTree(root).kinds.map(
    (k) => `${k.origin.module}@${k.origin.version}/${k.origin.path} ${k.origin.licence} ${k.docs}`,
  );
  expect(present.sort(), 'run "node hack/generate-kinds.ts"').toEqual(pinned.sort());
});

test('the other versions of Kubernetes are of the pinned sources', () => {
  const sources = JSON.parse(readFileSync(join(root, 'hack/kinds.sources.json'), 'utf8')) as Source[];
  const pinned = sources.flatMap((s) => s.also ?? []).map((also) => also.version);
  const present = readSchemaTree(root).others.map((minor) => {
    const text = readFileSync(join(root, `schemas/kinds/kubernetes/${minor}.json`), 'utf8');
    return (JSON.parse(text) as { origin: { version: string } }).origin.version;
  });
  expect(present.sort(), 'run "node hack/generate-kinds.ts"').toEqual(pinned.sort());
});

test('the checked-in schemas hold no prose', () => {
  const { kinds, definitions } = readSchemaTree(root);
  const found: string[] = [];
  const walk = (node: unknown, path: string, isPropertyMap: boolean): void => {
    if (typeof node !== 'object' || node === null) return;
    for (const [key, value] of Object.entries(node)) {
      if (!isPropertyMap && key === 'description') found.push(path);
      walk(value, `${path}.${key}`, key === 'properties' && !isPropertyMap);
    }
  };
  for (const kind of kinds) walk(kind.schema, kind.kind, false);
  walk(definitions.definitions, 'definitions', true);
  expect(found).toEqual([]);
});

test('writeTree() writes what differs, removes what it once generated, leaves the rest', () => {
  writeFileSync(join(folder, 'same.ts'), `${HEADER}same`);
  writeFileSync(join(folder, 'gone.ts'), `${HEADER}gone`);
  writeFileSync(join(folder, 'by-hand.ts'), 'ours');
  const tree = new Map([
    ['same.ts', `${HEADER}same`],
    ['new/file.ts', 'x'],
  ]);
  expect(writeTree(folder, tree, true), 'a check only tells').toEqual(['gone.ts', 'new/file.ts']);
  expect(writeTree(folder, tree, false)).toEqual(['gone.ts', 'new/file.ts']);
  expect(writeTree(folder, tree, false), 'the second time nothing is left to do').toEqual([]);
  expect(readFileSync(join(folder, 'by-hand.ts'), 'utf8')).toBe('ours');
});

test('formatJson() puts on one line what fits and parses back', () => {
  const value = { short: { a: [1, 'x'], b: {} }, long: Array.from({ length: 30 }, (_, i) => `item ${i}`) };
  const text = formatJson(value);
  expect(JSON.parse(text)).toEqual(value);
  expect(text).toContain('  "short": { "a": [1, "x"], "b": {} },\n');
  expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(110);
});
