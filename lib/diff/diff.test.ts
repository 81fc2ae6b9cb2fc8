import { describe, expect, test } from 'vitest';
import type { Blueprint } from '../blueprint/define.ts';
import { assembly } from '../prove/fixture.test-helper.ts';
import { type BlueprintDiff, diffBlueprints } from './diff.ts';
import { BREAKING, HARMLESS } from './pairs.test-helper.ts';
import { sourceSide } from './side.ts';

const compare = (
  before: Blueprint,
  after: Blueprint,
  from = '1.0.0',
  to = '1.0.1',
): Promise<BlueprintDiff> => {
  const side = (b: Blueprint, version: string) => {
    const one = { ...b, version };
    return sourceSide(one, assembly(one));
  };
  return diffBlueprints(side(before, from), side(after, to), { cases: 60 });
};

describe.for([
  ['steps that break', BREAKING],
  ['steps that break nobody', HARMLESS],
] as const)('%s', ([, pairs]) => {
  test.for(pairs)('$reason: $needed', async ({ before, after, needed, tells }) => {
    const diff = await compare(before, after);
    const told = diff.changes.map((c) => `${c.bump} ${c.area} ${c.what} ${c.path}: ${c.message}`);
    expect(diff.needed, told.join('\n')).toBe(needed);
    if (tells === undefined) expect(told).toEqual([]);
    else {
      const [area, what, path = /./] = tells;
      const found = diff.changes.filter((c) => c.area === area && c.what === what && path.test(c.path));
      expect(
        found.map((c) => c.bump),
        told.join('\n'),
      ).toContain(needed);
    }
  });
});

test('there are enough of both to mean something', () => {
  expect(BREAKING.length).toBeGreaterThanOrEqual(20);
  expect(BREAKING.length + HARMLESS.length).toBeGreaterThanOrEqual(40);
});
