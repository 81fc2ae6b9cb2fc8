import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { addOutcomes, type Outcome } from './tally.ts';

const STEP_TIMEOUT_MS = 5 * 60 * 1000; // 5 minutes
const root: string = join(import.meta.dirname, '..');

interface Step {
  readonly name: string;
  /** A JavaScript file and its arguments, run with this very Node. */
  readonly command: readonly [string, ...string[]];
  /** The way out, printed in the summary. */
  readonly remedy: string;
}

function steps(fix: boolean): Step[] {
  const biome = ['check', '--error-on-warnings', '--diagnostic-level=warn', ...(fix ? ['--write'] : [])];
  const all: Step[] = [
    { name: 'biome', command: ['node_modules/@biomejs/biome/bin/biome', ...biome], remedy: 'npm run fix' },
    {
      name: 'tsc',
      command: ['node_modules/typescript/bin/tsc', '--project', '.'],
      remedy: 'see the errors above',
    },
  ];
  if (existsSync(join(root, 'lib/cli/commands/generate.ts'))) {
    all.push({
      name: 'generated files',
      command: ['lib/cli/bp.mjs', 'generate', ...(fix ? [] : ['--check'])],
      remedy: 'npm run fix',
    });
  }
  return all;
}

function run(step: Step): Outcome {
  console.log(`\n== ${step.name}`);
  const { status, signal } = spawnSync(process.execPath, step.command, {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    timeout: STEP_TIMEOUT_MS,
  });
  if (status === 0) return { tally: { passed: 1, failed: 0, skipped: 0 }, failures: [], skips: [] };
  const state = status === null ? `was ended by ${signal}` : `exited ${status}`;
  return {
    tally: { passed: 0, failed: 1, skipped: 0 },
    failures: [`${step.name}: ${state} (${step.remedy})`],
    skips: [],
  };
}

/** Format, lint, types and generated files; all of them run, whatever the first says. */
export function runStaticChecks(options: { fix: boolean }): Outcome {
  return addOutcomes(steps(options.fix).map(run));
}
