import type { Cli } from './command.ts';

/** Waits for SIGINT or SIGTERM. */
export function untilStopped(cli: Cli): Promise<void> {
  const { signal } = cli.io;
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
