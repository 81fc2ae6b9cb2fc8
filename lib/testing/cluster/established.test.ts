import { expect, test } from 'vitest';
import { untilEstablished } from './established.ts';

const crd = (name: string, status: string) => ({
  metadata: { name },
  status: { conditions: [{ type: 'Established', status, reason: 'Told' }] },
});

test('waits for those there are, and for those that are still to come', async () => {
  const looks = [
    [crd('a', 'False')],
    [crd('a', 'True')],
    [crd('a', 'True'), crd('b', 'False')],
    [crd('a', 'True'), crd('b', 'True')],
  ];
  await untilEstablished({ list: async () => looks.shift() ?? [] }, ['b'], { intervalMs: 1 });
  expect(looks).toEqual([]);
});

test('says which are missing', async () => {
  const waiting = untilEstablished({ list: async () => [crd('a', 'False')] }, ['b'], { timeoutMs: 0 });
  await expect(waiting).rejects.toThrow('a: Established=False Told; b: it does not exist');
});
