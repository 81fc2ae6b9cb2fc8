import { expect, test } from 'vitest';
import { decodeResponse } from '../function/codec/index.ts';
import { warmUp } from './warm-up.ts';

test('composes a release, as most calls do', async () => {
  const { results, desired } = decodeResponse(await warmUp());
  expect(results).toEqual([]);
  expect([...desired.resources.keys()].sort()).toEqual(['release', 'release-source']);
});
