import { expect, test } from 'vitest';
import type { KindFile } from '../../lib/import/index.ts';
import { emitDoorIndex, emitIndex } from './emit-index.ts';

const kind = (name: string, more: Partial<KindFile> = {}): KindFile => ({
  origin: { module: 'm', version: 'v1', path: 'p', licence: 'MIT' },
  door: 'thing',
  docs: 'https://example.org',
  group: 'example.org',
  version: 'v1',
  kind: name,
  plural: `${name.toLowerCase()}s`,
  scope: 'Namespaced',
  schema: { type: 'object' },
  ...more,
});

test('the table of kinds has one sorted row per kind', () => {
  const text = emitIndex([kind('B'), kind('A', { group: '', scope: 'Cluster' })], ['1.35', '1.34']);
  expect(text.match(/^ {2}\[.*\],$/gm)).toEqual([
    "  ['', 'v1', 'A', 'as', 'Cluster', 'core/v1/A.json', 'thing'],",
    "  ['example.org', 'v1', 'B', 'bs', 'Namespaced', 'example.org/v1/B.json', 'thing'],",
  ]);
});

test('a door lists types apart from values', () => {
  const generated = 'export interface ThingProps {}\nexport class Thing {}\n';
  expect(emitDoorIndex('thing', generated)).toContain(
    "export type { ThingProps } from './gen/thing.ts';\nexport { Thing } from './gen/thing.ts';\n",
  );
});
