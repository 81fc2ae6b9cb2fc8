import type { Carried, CarriedLater } from './carried.ts';

export type { Carried, CarriedLater } from './carried.ts';

/**
 * Serves Blueprints to Crossplane, as the entrypoint of a Function package does: flags and environment of `bp serve`
 * (see its `--help`), one line of JSON on stdout once it listens; SIGTERM ends it after the calls in flight. Give it
 * the URL of a folder in a repository, or the Blueprints themselves. What goes wrong is said on stderr, never thrown.
 * @returns the exit code of the process
 * @example
 * process.exitCode = await runHost(new URL('../../', import.meta.url), process.argv.slice(2));
 */
export async function runHost(
  source: URL | Carried | CarriedLater,
  argv: readonly string[],
): Promise<number> {
  const host = await import('./start-host.ts'); // late: authors import this door too, and do not serve
  return host.runHost(source, argv);
}
