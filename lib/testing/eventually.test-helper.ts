import { vi } from 'vitest';

const PATIENCE_MS = 20_000; // below the time that a test may take, so that what is missing is told

/** Waits until the expectation holds. vitest gives up after a second, which a busy machine may need for anything. */
export function eventually<T>(expectation: () => T | Promise<T>): Promise<T> {
  return vi.waitFor(expectation, { timeout: PATIENCE_MS });
}
