import { relative } from 'node:path';
import { startVitest, type TestCase, type TestModule } from 'vitest/node';
import type { Outcome } from './tally.ts';

const title = (test: TestCase): string => `${test.module.relativeModuleId} > ${test.fullName}`;

function firstLine(errors: readonly { readonly message?: string }[]): string {
  return (errors[0]?.message ?? 'no message').split('\n')[0] ?? '';
}

function skipReason(test: TestCase): string {
  const result = test.result();
  const note = result.state === 'skipped' ? result.note : undefined;
  return note === undefined ? title(test) : `${title(test)}: ${note}`;
}

/** A file that cannot be collected and a hook that throws have no test case to their name. */
function failuresOutsideTests(module: TestModule): string[] {
  const hooks = [...module.children.allSuites()].flatMap((suite) =>
    suite.errors().map((error) => `${module.relativeModuleId} > ${suite.fullName}: ${firstLine([error])}`),
  );
  return [...module.errors().map((error) => `${module.relativeModuleId}: ${firstLine([error])}`), ...hooks];
}

function summarise(modules: readonly TestModule[], unhandled: readonly unknown[]): Outcome {
  const tests = modules.flatMap((module) => [...module.children.allTests()]);
  const failed = tests.filter((test) => test.result().state === 'failed');
  const skipped = tests.filter((test) => test.result().state === 'skipped');
  const pending = tests.filter((test) => test.result().state === 'pending');
  const failures = [
    ...failed.map((test) => `${title(test)}: ${firstLine(test.result().errors ?? [])}`),
    ...pending.map((test) => `${title(test)}: never finished`),
    ...modules.flatMap(failuresOutsideTests),
    ...unhandled.map((error) => `unhandled: ${error instanceof Error ? error.message : String(error)}`),
  ];
  const passed = tests.length - failed.length - skipped.length - pending.length;
  return {
    tally: { passed, failed: failures.length, skipped: skipped.length },
    failures,
    skips: skipped.map(skipReason),
  };
}

/** Runs one project of vitest.config.ts in this process; filters are parts of file names. */
export async function runVitestProject(
  project: string,
  filters: readonly string[],
  options: { update: boolean },
): Promise<Outcome> {
  console.log(`\n== vitest ${project} ${filters.map((f) => relative('.', f)).join(' ')}`.trimEnd());
  const vitest = await startVitest([...filters], { project: [project], run: true, watch: false, ...options });
  const { state } = vitest;
  const outcome = summarise(state.getTestModules(), state.getUnhandledErrors());
  await vitest.close();
  return outcome;
}
