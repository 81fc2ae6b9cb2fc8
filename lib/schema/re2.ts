import { createRequire } from 'node:module';
import type { RE2JS } from 're2js';

let engine: { readonly RE2JS: Pick<typeof RE2JS, 'compile'> } | undefined;

/**
 * Compiles an RE2 pattern. The engine is loaded here: its tables cost every start of `bp` more than most patterns ask
 * for. A bundler sees the plain `require` and packs it; Node itself has none in a module.
 * @throws what the engine says of a pattern that RE2 does not have
 */
export function compileRe2(pattern: string): RE2JS {
  if (engine === undefined) {
    const loaded: unknown =
      typeof require === 'function' ? require('re2js') : createRequire(import.meta.url)('re2js');
    engine = loaded as { readonly RE2JS: typeof RE2JS };
  }
  return engine.RE2JS.compile(pattern);
}

const MAX_REPEATS = 1000; // RE2's own bound, over nested repeats
const MAX_WORK = 200_000; // far below where engines stop expanding what repeats

/**
 * Whether RE2 certainly compiles a pattern, given that it is free of what RE2 has not: the repeats that are left cannot
 * exceed its bounds. False means: ask the engine.
 */
export function hasSmallRepeats(pattern: string): boolean {
  const groups = [1];
  let last = 1;
  let worst = 1;
  const token = /\\(?:[xpP]\{[^}]*\}|.)|\[(?:\\.|[^\]\\])*\]|\{(\d+)(?:,(\d*))?\}|[\s\S]/gu;
  for (const [text, least, most] of pattern.matchAll(token)) {
    if (text === '(') {
      groups.push(1);
      last = 1;
    } else if (text === ')') last = groups.pop() ?? 1;
    else if (least !== undefined) last *= Math.max(1, Number(least), Number(most ?? 0));
    else if (!/^[?*+]$/.test(text)) last = 1;
    worst = Math.max(worst, last);
    groups.push(Math.max(groups.pop() ?? 1, last));
  }
  return worst <= MAX_REPEATS && worst * pattern.length <= MAX_WORK;
}
