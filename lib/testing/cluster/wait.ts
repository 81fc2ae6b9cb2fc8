import { setTimeout as delay } from 'node:timers/promises';
import { ToolkitError } from '../../errors.ts';

export interface WaitOptions {
  /** @default 60 000 */
  readonly timeoutMs?: number;
  /** Pause between two looks. @default 200 */
  readonly intervalMs?: number;
}

/** What a look found: the value that was waited for, or how far things are. */
export type Look<T> = { readonly value: T } | { readonly state: string };

const DEFAULT_TIMEOUT_MS = 60_000;
const DEFAULT_INTERVAL_MS = 200;
const MAX_STATE = 2000; // characters of the last state in an error

/**
 * Looks again and again until there is a value. A look that throws counts as a state, and is the cause if it was the
 * last one.
 * @throws ToolkitError `limit` naming what was waited for, how long, and the last state seen
 */
export async function waitFor<T>(
  what: string,
  look: () => Promise<Look<T>> | Look<T>,
  options: WaitOptions = {},
): Promise<T> {
  const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  const end = Date.now() + timeoutMs;
  let state = 'nothing was seen';
  let cause: unknown;
  for (;;) {
    try {
      const found = await look();
      if ('value' in found) return found.value;
      state = found.state;
      cause = undefined;
    } catch (error) {
      if (error instanceof StopWaiting) throw error.reason;
      cause = error;
      state = error instanceof Error ? error.message : String(error);
    }
    if (Date.now() >= end) {
      throw new ToolkitError(
        'limit',
        `Cannot wait any longer for ${what}: after ${Math.round(timeoutMs / 1000)} s ${state.slice(0, MAX_STATE)}`,
        cause === undefined ? {} : { cause },
      );
    }
    await delay(options.intervalMs ?? DEFAULT_INTERVAL_MS);
  }
}

/** Thrown by a look to end the wait at once with another error: what is waited for can never come. */
export class StopWaiting extends Error {
  override readonly name = 'StopWaiting';
  readonly reason: Error;

  constructor(reason: Error) {
    super(reason.message);
    this.reason = reason;
  }
}
