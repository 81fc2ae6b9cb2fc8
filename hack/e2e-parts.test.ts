import { join } from 'node:path';
import { expect, test } from 'vitest';
import { chooseParts, listParts, ON_DEMAND } from './e2e-parts.ts';

const all = ['compose', 'faults', 'live', 'quiet', 'whole'];

test('every day runs what is not on demand, and says what it leaves out', () => {
  const { filters, note } = chooseParts([], all, undefined);
  expect(filters).toEqual(['test/e2e/support/', 'test/e2e/compose.test.ts', 'test/e2e/live.test.ts']);
  expect(note).toMatch(/^Not run: faults, quiet, whole \(.*E2E=full/);
});

test('E2E=full runs all, without a word', () => {
  expect(chooseParts([], all, 'full')).toEqual({ filters: [], note: undefined });
});

test('a part that is named runs, on demand or not', () => {
  expect(chooseParts(['quiet'], all, undefined)).toEqual({ filters: ['quiet'], note: undefined });
});

test('the parts on demand are there', () => {
  const parts = listParts(join(import.meta.dirname, '..'));
  expect(parts).toContain('compose');
  expect(ON_DEMAND.filter((name) => !parts.includes(name))).toEqual([]);
});
