// npm test: static checks, then every test that needs nothing but npm packages.
// npm run interop: the tests against real programs (cosign, oras, crane, skopeo, docker-registry).
// npm run e2e: the tests against a real Crossplane (hack/control-plane, test/e2e/README.md); E2E=full: all of them.
//
//   node hack/run.mjs hack/test.ts [unit|interop|e2e] [PART-OF-A-FILE-NAME…] [-u]
//
// -u writes snapshots anew (npm test -- test/exports -u)
//
// Ends with the plain line "N passed, N failed, N skipped".
import { join } from 'node:path';
import { chooseParts, listParts } from './e2e-parts.ts';
import { runStaticChecks } from './static-checks.ts';
import { addOutcomes, formatOutcome, type Outcome } from './tally.ts';
import { runVitestProject } from './vitest-project.ts';

const update = process.argv.includes('-u');
const [first, ...rest] = process.argv.slice(2).filter((argument) => argument !== '-u');
const named = ['unit', 'interop', 'e2e'].find((name) => name === first);
const project = named ?? 'unit';
const given = named !== undefined || first === undefined ? rest : [first, ...rest];
const unknown = given.find((argument) => argument.startsWith('-'));
if (unknown !== undefined) {
  const expected = 'the only option is -u; the rest are parts of file names';
  console.error(`error: Cannot test with "${unknown}": ${expected}`);
  process.exit(1);
}
const parts = listParts(join(import.meta.dirname, '..'));
const { filters, note } =
  project === 'e2e' ? chooseParts(given, parts, process.env.E2E) : { filters: given, note: undefined };

const outcomes: Outcome[] = [];
if (project === 'unit' && filters.length === 0) outcomes.push(runStaticChecks({ fix: false }));
outcomes.push(await runVitestProject(project, filters, { update }));

const outcome = addOutcomes(outcomes);
const nothingRan = outcome.tally.passed + outcome.tally.failed + outcome.tally.skipped === 0;
if (nothingRan) console.error(`error: Cannot test "${filters.join(' ')}": no test file of that name`);
console.log(formatOutcome(outcome, note));
// Set last and by force: a test that left a handle open must not keep the run alive.
process.exit(outcome.tally.failed === 0 && !nothingRan ? 0 : 1);
