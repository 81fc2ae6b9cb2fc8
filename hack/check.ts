// npm run check · npm run fix: everything that needs no test to run.
import { runStaticChecks } from './static-checks.ts';
import { formatOutcome } from './tally.ts';

const outcome = runStaticChecks({ fix: process.argv.includes('--fix') });
console.log(formatOutcome(outcome));
process.exitCode = outcome.tally.failed === 0 ? 0 : 1;
