/** Time as a port, so that tests decide it. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Resolves after that many milliseconds, rejects with the signal's reason when it is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const onAbort = (): void => {
        clearTimeout(timer);
        reject(signal?.reason);
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      }, ms);
      signal?.addEventListener('abort', onAbort, { once: true });
    }),
};

export interface BackoffOptions {
  /** Attempts in all, the first one included. @default 5 */
  readonly attempts?: number;
  /** Pause before the second attempt, doubled for each further one. @default 250 */
  readonly baseMs?: number;
  /** Longest pause, a server's Retry-After included. @default 10 000 */
  readonly maxMs?: number;
  /** Number in [0, 1) for the jitter. @default Math.random */
  readonly random?: () => number;
}

export const RETRY_ATTEMPTS = 5;
export const RETRY_BASE_MS = 250;
export const RETRY_MAX_MS = 10_000;

/** Pause before attempt `attempt + 1` (attempts count from 1): exponential, jittered between half and whole. */
export function backoffMs(attempt: number, options: BackoffOptions = {}, retryAfterMs?: number): number {
  const max = options.maxMs ?? RETRY_MAX_MS;
  const whole = Math.min(max, (options.baseMs ?? RETRY_BASE_MS) * 2 ** (attempt - 1));
  const jittered = whole / 2 + (whole / 2) * (options.random ?? Math.random)();
  return Math.min(max, Math.max(jittered, retryAfterMs ?? 0));
}

/** `Retry-After` in seconds or as an HTTP date → milliseconds from now; undefined when absent or unreadable. */
export function retryAfterMs(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined;
  if (/^[0-9]{1,9}$/.test(header.trim())) return Number(header) * 1000;
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}
