import { ToolkitError } from '../errors.ts';

const UNITS: ReadonlyMap<string, number> = new Map([
  ['ms', 1],
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
]);
const MAX_MS = 24 * 3_600_000; // a day

/** Milliseconds of `30s`, `2m` or `1m30s`. @throws ToolkitError `usage` naming the option */
export function parseDuration(text: string, option: string): number {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)];
  const total = parts.reduce((sum, [, n, unit]) => sum + Number(n) * (UNITS.get(unit ?? '') ?? 0), 0);
  if (parts.map((p) => p[0]).join('') === text && total > 0 && total <= MAX_MS) return total;
  throw new ToolkitError('usage', `Cannot read ${option} "${text.slice(0, 50)}": it is not a duration`, {
    remedy: 'write 30s, 2m or 1h30m, up to 24h',
  });
}
