import { expect, test } from 'vitest';
import { StopWaiting, waitFor } from './wait.ts';

const quick = { timeoutMs: 30, intervalMs: 1 };

test('looks until there is a value', async () => {
  let looks = 0;
  const value = await waitFor('three', () => (++looks < 3 ? { state: 'not yet' } : { value: looks }), quick);
  expect(value).toBe(3);
});

test('an error says what was waited for and what was seen last', async () => {
  const waiting = waitFor('the moon', () => ({ state: 'it says Rising' }), quick);
  await expect(waiting).rejects.toMatchObject({
    code: 'limit',
    message: expect.stringMatching(/^Cannot wait any longer for the moon: after 0 s it says Rising$/),
  });
});

test('a look that throws is a state, and the cause if it was the last', async () => {
  const failure = new Error('connection refused');
  const waiting = waitFor(
    'an answer',
    () => {
      throw failure;
    },
    quick,
  );
  await expect(waiting).rejects.toMatchObject({
    cause: failure,
    message: expect.stringContaining('connection refused'),
  });
});

test('what can never come ends the wait at once, with its own error', async () => {
  const gone = new Error('etcd ended with exit code 1');
  const waiting = waitFor(
    'etcd',
    () => {
      throw new StopWaiting(gone);
    },
    { timeoutMs: 60_000 },
  );
  await expect(waiting).rejects.toBe(gone);
});
