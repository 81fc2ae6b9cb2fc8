import type { RE2JS } from 're2js';
import { compileRe2, hasSmallRepeats } from './re2.ts';
import { type SimplePattern, testSimple, toSimplePattern } from './simple-pattern.ts';

/** A regular expression that Kubernetes runs with the meaning it has in JSON Schema, or why there is none. */
export type PatternTranslation =
  | { readonly ok: true; readonly pattern: string }
  | { readonly ok: false; readonly reason: string; readonly remedy: string };

const MAX_PATTERN_LENGTH = 1000; // characters; Go refuses to compile what explodes, long before that it is unreadable
const MAX_CACHED = 500; // compiled expressions kept

// What ECMAScript's \s matches and RE2's does not is part of the difference, so it is spelled out.
const SPACE =
  '\\t\\n\\v\\f\\r \\x{a0}\\x{1680}\\x{2000}-\\x{200a}\\x{2028}\\x{2029}\\x{202f}\\x{205f}\\x{3000}\\x{feff}';
const NOT_LINE_END = '[^\\n\\r\\x{2028}\\x{2029}]'; // ECMAScript's dot; RE2's stops at \n only
const CATEGORY = /^(?:L[ultmo]?|M[nce]?|N[dlo]?|P[cdseifo]?|S[mcko]?|Z[slp]?|Cc|Cf)$/;

class Refused extends Error {
  readonly remedy: string;
  constructor(reason: string, remedy: string) {
    super(reason);
    this.remedy = remedy;
  }
}

/**
 * Translates an ECMAScript pattern (JSON Schema, `u` flag, unanchored) to RE2, which kube-apiserver uses.
 * Constructs whose meaning differs (`.`, `\s`, `\uXXXX`, named groups) are rewritten; those that RE2 cannot run
 * (lookaround, backreferences, huge repeats) are refused.
 */
export function translatePattern(source: string): PatternTranslation {
  if (source.length > MAX_PATTERN_LENGTH) {
    return refused(`pattern is longer than ${MAX_PATTERN_LENGTH} characters`, 'split it over allOf');
  }
  try {
    new RegExp(source, 'u');
  } catch {
    return refused('pattern is not a regular expression', 'correct it; JSON Schema patterns are ECMAScript');
  }
  try {
    const pattern = translate(source);
    if (!hasSmallRepeats(pattern)) compileRe2(pattern);
    return { ok: true, pattern };
  } catch (error) {
    if (error instanceof Refused) return refused(error.message, error.remedy);
    return refused(
      'pattern is outside RE2, the expressions that Kubernetes can run',
      'write it without repeats above 1000 and without nested large repeats',
    );
  }
}

function refused(reason: string, remedy: string): PatternTranslation {
  return { ok: false, reason, remedy };
}

function translate(source: string): string {
  let out = '';
  for (let i = 0; i < source.length; ) {
    const ch = source[i] as string;
    if (ch === '\\') {
      const [text, length] = escapeAt(source, i, false);
      out += text;
      i += length;
    } else if (ch === '[') {
      const [text, length] = characterClass(source, i);
      out += text;
      i += length;
    } else if (ch === '(') {
      const [text, length] = group(source, i);
      out += text;
      i += length;
    } else {
      out += ch === '.' ? NOT_LINE_END : ch;
      i += 1;
    }
  }
  return out;
}

function group(source: string, at: number): [string, number] {
  const rest = source.slice(at, at + 40);
  if (!rest.startsWith('(?') || rest.startsWith('(?:')) return ['(', 1];
  const named = /^\(\?<([^=!>][^>]*)>/.exec(source.slice(at));
  if (named !== null) return ['(', named[0].length];
  if (/^\(\?<?[=!]/.test(rest)) {
    throw new Refused(
      'pattern uses lookaround, which RE2 does not have',
      'write the condition as a second pattern in allOf, or as not: {pattern}',
    );
  }
  throw new Refused('pattern uses an inline modifier', 'spell the cases out, such as [Aa]');
}

/** The translation of the escape at `at` and how many characters it takes. */
function escapeAt(source: string, at: number, inClass: boolean): [string, number] {
  const ch = source[at + 1] as string;
  const rest = source.slice(at);
  if (/[dDwW]/.test(ch)) return [`\\${ch}`, 2];
  if (ch === 's') return [inClass ? SPACE : `[${SPACE}]`, 2];
  if (ch === 'S') {
    if (inClass)
      throw new Refused('pattern uses \\S inside a character class', 'use \\S outside of the class');
    return [`[^${SPACE}]`, 2];
  }
  if (ch === 'b') return [inClass ? '\\x08' : '\\b', 2];
  if (ch === 'B') return ['\\B', 2];
  if (/[tnrfv]/.test(ch)) return [`\\${ch}`, 2];
  if (ch === '0') return ['\\x00', 2];
  if (/[1-9k]/.test(ch)) {
    throw new Refused('pattern uses a backreference, which RE2 does not have', 'spell the repetition out');
  }
  if (ch === 'c') return [hex((source.codePointAt(at + 2) as number) % 32), 3];
  if (ch === 'x') return [hex(Number.parseInt(source.slice(at + 2, at + 4), 16)), 4];
  if (ch === 'u') return unicodeEscape(rest);
  if (ch === 'p' || ch === 'P') return property(rest);
  return [`\\${ch}`, 2];
}

function unicodeEscape(rest: string): [string, number] {
  const braced = /^\\u\{([0-9a-fA-F]+)\}/.exec(rest);
  if (braced !== null) return [scalar(Number.parseInt(braced[1] as string, 16)), braced[0].length];
  const pair = /^\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})/.exec(rest);
  if (pair !== null) {
    const high = Number.parseInt(pair[1] as string, 16) - 0xd800;
    const low = Number.parseInt(pair[2] as string, 16) - 0xdc00;
    return [hex(0x10000 + high * 0x400 + low), pair[0].length];
  }
  return [scalar(Number.parseInt(rest.slice(2, 6), 16)), 6];
}

function scalar(code: number): string {
  if (code >= 0xd800 && code <= 0xdfff) {
    throw new Refused('pattern names a surrogate, which no UTF-8 text holds', 'remove it');
  }
  return hex(code);
}

function hex(code: number): string {
  return `\\x{${code.toString(16)}}`;
}

function property(rest: string): [string, number] {
  const match = /^\\([pP])\{(?:(?:General_Category|gc)=)?([A-Za-z]+)\}/.exec(rest);
  if (match === null || !CATEGORY.test(match[2] as string)) {
    throw new Refused(
      'pattern uses a Unicode property that RE2 names differently',
      'use a general category such as \\p{L}, or the ranges of characters',
    );
  }
  return [`\\${match[1]}{${match[2]}}`, match[0].length];
}

function characterClass(source: string, at: number): [string, number] {
  let i = at + 1;
  let out = '[';
  if (source[i] === '^') {
    out += '^';
    i += 1;
  }
  if (source[i] === ']') {
    throw new Refused(
      'pattern uses an empty character class',
      'remove it, or use [\\d\\D] for any character',
    );
  }
  while (source[i] !== ']') {
    const ch = source[i] as string;
    if (ch === '\\') {
      const [text, length] = escapeAt(source, i, true);
      out += text;
      i += length;
    } else {
      out += ch === '[' ? '\\[' : ch; // RE2 would read [: as the start of a POSIX class
      i += 1;
    }
  }
  return [`${out}]`, i + 1 - at];
}

interface Compiled {
  readonly simple: SimplePattern | undefined;
  /** Not compiled before a text asks for it; null when it does not compile. */
  engine?: RE2JS | null;
}

const cache = new Map<string, Compiled>();

/** Runs an RE2 pattern (unanchored) in time linear in the text; undefined when the pattern does not compile. */
export function testRe2(pattern: string, text: string): boolean | undefined {
  let compiled = cache.get(pattern);
  if (compiled === undefined) {
    if (cache.size >= MAX_CACHED) cache.clear();
    compiled = { simple: toSimplePattern(pattern) };
    cache.set(pattern, compiled);
  }
  const found = compiled.simple && testSimple(compiled.simple, text);
  if (found !== undefined) return found;
  if (compiled.engine === undefined) compiled.engine = engineOf(pattern);
  return compiled.engine?.test(text);
}

function engineOf(pattern: string): RE2JS | null {
  try {
    return compileRe2(pattern);
  } catch {
    return null;
  }
}
