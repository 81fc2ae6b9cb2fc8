import { isToolkitError } from '../errors.ts';

/** What the process answers; scripts rely on it. */
export const EXIT = {
  ok: 0,
  /** The tool failed, or a verification did. */
  failed: 1,
  /** Usage, or an input that breaks its rules. */
  invalid: 2,
  /** Differences were found: stale files, a diff. */
  differences: 3,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

const INVALID: ReadonlySet<string> = new Set(['usage', 'invalid', 'schema']);

/** The exit code of a command that threw. */
export function exitCodeOf(error: unknown): ExitCode {
  return isToolkitError(error) && INVALID.has(error.code) ? EXIT.invalid : EXIT.failed;
}
