import { CONFIG_FORMATS } from '../schema/formats.ts';
import { type ConfigSchema, testRe2, translatePattern } from '../schema/index.ts';
import { type PatternTree, parsePattern } from './pattern-tree.ts';
import type { Random } from './random.ts';

/** Which text of all that match: the shortest, a long one, or any. */
export type TextSize = 'shortest' | 'longest' | Random;

const TRIES = 20;
const LONGEST = 512; // characters, where the schema allows more
const ANY_REPEATS = 8; // of an unbounded repeat in a random text

/** A text that the schema accepts; undefined when none is found. */
export function sampleText(schema: ConfigSchema, size: TextSize): string | undefined {
  const min = schema.minLength ?? 0;
  const max = Math.min(schema.maxLength ?? LONGEST, Math.max(LONGEST, min));
  const sources = [
    schema.pattern,
    schema.format === undefined ? undefined : CONFIG_FORMATS.get(schema.format),
  ];
  const patterns = sources.filter((p) => p !== undefined && p !== '').map(String);
  const [first] = patterns;
  if (first === undefined) return plainText(min, max, size);
  const tree = parsePattern(first);
  if (tree === undefined) return undefined;
  const fits = (text: string): boolean => {
    const { length } = [...text];
    return length >= min && length <= max && matches(schema, text);
  };
  for (let i = 0; i < TRIES; i++) {
    const limit = size === 'shortest' ? i : size === 'longest' ? longLimit(max, i) : ANY_REPEATS;
    const text = write(tree, limit, size);
    if (fits(text)) return text;
  }
  return undefined;
}

/** Whether a text passes pattern and format. */
export function matches(schema: ConfigSchema, text: string): boolean {
  if (schema.pattern !== undefined) {
    const translated = translatePattern(schema.pattern);
    if (translated.ok && testRe2(translated.pattern, text) === false) return false;
  }
  const format = schema.format === undefined ? undefined : CONFIG_FORMATS.get(schema.format);
  return format === undefined || format === '' || testRe2(format, text) !== false;
}

/** Repeats from the whole length downwards, so that one of them comes out just short enough. */
function longLimit(max: number, attempt: number): number {
  const few = 6;
  return attempt < few ? Math.max(0, max - attempt) : Math.floor(max / (attempt - few + 2));
}

function plainText(min: number, max: number, size: TextSize): string {
  if (size === 'shortest') return 'a'.repeat(min);
  if (size === 'longest') return 'a'.repeat(max);
  const length = Math.max(min, Math.min(max, 1 + size.below(12)));
  return Array.from({ length }, () => size.pick([...'abcdefghijklmnopqrstuvwxyz0123456789-'])).join('');
}

function write(tree: PatternTree, limit: number, size: TextSize): string {
  if (tree.is === 'one') return typeof size === 'string' ? plainest(tree.of) : size.pick(tree.of);
  if (tree.is === 'all') {
    let out = '';
    for (const part of tree.parts) out += write(part, Math.max(0, limit - out.length), size);
    return out;
  }
  if (tree.is === 'either') {
    const { parts } = tree;
    const chosen =
      typeof size === 'string' ? parts[size === 'longest' ? parts.length - 1 : 0] : size.pick(parts);
    return chosen === undefined ? '' : write(chosen, limit, size);
  }
  const most = Math.max(tree.min, Math.min(tree.max, limit));
  const count = typeof size === 'string' ? most : tree.min + size.below(most - tree.min + 1);
  // Beyond what it must, a repeat goes on only while there is room: nested ones would explode.
  let out = '';
  for (let i = 0; i < count && (i < tree.min || out.length < limit); i++) {
    out += write(tree.part, Math.max(0, limit - out.length), size);
  }
  return out;
}

function plainest(chars: readonly string[]): string {
  return chars.find((c) => /[a-z]/.test(c)) ?? chars.find((c) => /[1-9A-Z]/.test(c)) ?? chars[0] ?? '';
}
