/** What a run of checks or tests came to. */
export interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** A tally with the words that explain it, for the summary at the end. */
export interface Outcome {
  readonly tally: Tally;
  readonly failures: readonly string[];
  readonly skips: readonly string[];
}

export function addOutcomes(outcomes: readonly Outcome[]): Outcome {
  const sum = (pick: (tally: Tally) => number): number =>
    outcomes.reduce((total, { tally }) => total + pick(tally), 0);
  return {
    tally: { passed: sum((t) => t.passed), failed: sum((t) => t.failed), skipped: sum((t) => t.skipped) },
    failures: outcomes.flatMap((outcome) => outcome.failures),
    skips: outcomes.flatMap((outcome) => outcome.skips),
  };
}

/** The closing line that continuous integration reads; .ci/run adds such lines up. */
function formatTally({ passed, failed, skipped }: Tally): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

/** Everything that failed or was skipped with its reason, what was left out on purpose, then the closing line alone. */
export function formatOutcome({ tally, failures, skips }: Outcome, note?: string): string {
  const list = (title: string, lines: readonly string[]): string[] =>
    lines.length === 0 ? [] : ['', title, ...lines.map((line) => `  ${line}`)];
  const left = note === undefined ? [] : ['', note];
  return [...left, ...list('Skipped:', skips), ...list('Failed:', failures), '', formatTally(tally)].join(
    '\n',
  );
}
