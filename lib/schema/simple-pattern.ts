import { hasSmallRepeats } from './re2.ts';

/** An expression that JavaScript runs with the meaning it has in RE2, and how hard that may become. */
export interface SimplePattern {
  readonly expression: RegExp;
  /** Ways to choose that do not depend on the text: `?` and `|`. */
  readonly choices: number;
  /** Repeats that take as much as they can: each may stop at any place of the text. */
  readonly repeats: number;
}

const MAX_STEPS = 100_000; // of backtracking, at worst: a millisecond

// What both engines read alike. Not among it: `.` and `\s` (other characters), `\b`, modifiers, named groups.
const TOKEN =
  /\\[.\-/+*?()[\]{}^$|\\dwtnr]|\[\^?(?:[^\\[\]]|\\[.\-/+*?()[\]{}^$|\\dwtnr])+\]|\{\d+(?:,\d*)?\}|\(\?:|[\w \-/:@,=!"#%&';<>~^$|()?*+]/gy;

/**
 * The pattern as one that JavaScript may run, or undefined where only the RE2 engine can be trusted with it: a repeated
 * group can backtrack without end. Most patterns of schemas are simple, and JavaScript judges them a hundred times
 * faster, without the time that the engine takes to load.
 */
export function toSimplePattern(pattern: string): SimplePattern | undefined {
  let choices = 0;
  let repeats = 0;
  let end = 0;
  let before = '';
  for (const [token] of pattern.matchAll(TOKEN)) {
    if (/^[*+{]/.test(token)) {
      if (before === ')') return undefined;
      if (!/^\{\d+\}$/.test(token)) repeats += 1;
    } else if (token === '?' || token === '|') choices += 1;
    end += token.length;
    before = token;
  }
  if (end !== pattern.length || !hasSmallRepeats(pattern)) return undefined;
  try {
    return { expression: new RegExp(pattern, 'u'), choices, repeats };
  } catch {
    return undefined; // the engine says why
  }
}

/** The verdict on a text, or undefined where it could take too long. */
export function testSimple(
  { expression, choices, repeats }: SimplePattern,
  text: string,
): boolean | undefined {
  const steps = 2 ** choices * (text.length + 1) ** (repeats + 1);
  return steps <= MAX_STEPS ? expression.test(text) : undefined;
}
