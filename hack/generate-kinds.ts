/**
 * Writes schemas/kinds (from the pinned Go modules of hack/kinds.sources.json) and lib/kinds/gen (from schemas/kinds).
 *
 *   node hack/generate-kinds.ts                  fetch, write both
 *   node hack/generate-kinds.ts --types-only     write lib/kinds from the checked-in schemas; needs no network
 *   node hack/generate-kinds.ts --check          write nothing, exit 3 when something is stale (with either of the above)
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Source } from './kinds/sources.ts';
import { emitTree, readSchemaTree, schemaTree, type Tree, writeTree } from './kinds/tree.ts';

const EXIT_STALE = 3;
const root = join(import.meta.dirname, '..');
const { values } = parseArgs({
  options: { check: { type: 'boolean' }, 'types-only': { type: 'boolean' } },
});

const check = values.check === true;
const write = (folder: string, tree: Tree): string[] =>
  writeTree(join(root, folder), tree, check).map((path) => `${folder}/${path}`);

const stale: string[] = [];
if (values['types-only'] !== true) {
  const sources = JSON.parse(readFileSync(join(root, 'hack/kinds.sources.json'), 'utf8')) as Source[];
  stale.push(...write('schemas/kinds', schemaTree(sources)));
}
// With --check and stale schemas the types are judged by what is checked in: each line names its own file.
stale.push(...write('lib/kinds', emitTree(readSchemaTree(root))));

for (const path of stale) console.log(`${check ? 'stale' : 'wrote'}: ${path}`);
if (check && stale.length > 0) {
  console.error('hint: run "node hack/generate-kinds.ts" and commit what it writes');
  process.exitCode = EXIT_STALE;
}
