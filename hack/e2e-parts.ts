import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Parts of test/e2e that take long or disturb what they run on: by name, or with E2E=full. */
export const ON_DEMAND: readonly string[] = ['faults', 'quiet', 'whole'];

export interface ChosenParts {
  /** Parts of file names, for vitest. */
  readonly filters: readonly string[];
  /** What is left out, as a sentence; undefined: nothing. */
  readonly note: string | undefined;
}

/** Names of the parts that there are: `compose` for `test/e2e/compose.test.ts`. */
export function listParts(root: string): readonly string[] {
  const names = readdirSync(join(root, 'test', 'e2e')).filter((name) => name.endsWith('.test.ts'));
  return names.map((name) => name.slice(0, -'.test.ts'.length)).sort();
}

/** Which parts `npm run e2e` runs: those that were named; without names those of every day, with `E2E=full` all. */
export function chooseParts(
  names: readonly string[],
  all: readonly string[],
  extent: string | undefined,
): ChosenParts {
  if (names.length > 0) return { filters: names, note: undefined };
  if (extent === 'full') return { filters: [], note: undefined };
  const left = all.filter((name) => ON_DEMAND.includes(name));
  const chosen = all.filter((name) => !left.includes(name)).map((name) => `test/e2e/${name}.test.ts`);
  return {
    filters: ['test/e2e/support/', ...chosen],
    note: `Not run: ${left.join(', ')} (on demand: E2E=full npm run e2e, or npm run e2e -- NAME)`,
  };
}
