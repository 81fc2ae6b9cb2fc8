import { delimiter, join } from 'node:path';
import { isExecutable } from '../../lib/testing/cluster/binaries.ts';

/** The folders of the PATH. */
export const PATH_FOLDERS: readonly string[] = (process.env.PATH ?? '')
  .split(delimiter)
  .filter((folder) => folder !== '');

/** Path of a program in the first of these folders that has it. */
export function findProgram(name: string, folders: readonly string[]): string | undefined {
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

/**
 * Why a suite that needs these cannot run, said on stderr; undefined if nothing is missing. In CI a missing program
 * fails instead: `test.skipIf(reason)(…)` must never make a green run there.
 */
export function reasonToSkip(missing: readonly string[], remedy: string): string | undefined {
  if (missing.length === 0) return undefined;
  const reason = `${missing.join(', ')} not found; ${remedy}`;
  if (process.env.CI === 'true') throw new Error(reason);
  process.stderr.write(`SKIPPED: ${reason}\n`);
  return reason;
}
