import { expect, test } from 'vitest';
import { ranTooLong, runBounded } from './bounded-run.ts';

test('runBounded() gives what the function gives, and throws what it throws', () => {
  expect(runBounded(() => 42, 1000)).toBe(42);
  const fault = new RangeError('mine');
  expect(() =>
    runBounded(() => {
      throw fault;
    }, 1000),
  ).toThrow(fault);
  expect(ranTooLong(fault)).toBe(false);
});

test('runBounded() stops what never ends, even where it catches everything, and works again', () => {
  const endless = (): never => {
    for (;;) {
      try {
        for (;;);
      } catch {
        // Nothing gets here.
      }
    }
  };
  let error: unknown;
  try {
    runBounded(endless, 20);
  } catch (caught) {
    error = caught;
  }
  expect(ranTooLong(error)).toBe(true);
  expect(ranTooLong(new Error('outer', { cause: error }))).toBe(true);
  expect(runBounded(() => 'again', 1000)).toBe('again');
});
