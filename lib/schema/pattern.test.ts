import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { testRe2, translatePattern } from './pattern.ts';

const texts = [
  '',
  'a',
  'A',
  'b-c',
  'a.b',
  'é',
  'ß',
  '\u00a0',
  '\u2028',
  '\r',
  '\n',
  '\t',
  '\v',
  '\ufeff',
  ' ',
  'a b',
  '1',
  '٣',
  '_',
  '😀',
  '[',
  ']',
  '\\',
  '^',
  '-',
  '/',
  '\u0008',
  '\0',
];
const patterns = [
  '.',
  '^.$',
  '^.+$',
  '\\s',
  '^\\S+$',
  '[\\s]',
  '[^\\s]',
  '\\d',
  '\\D',
  '[\\d]',
  '\\w',
  '\\W',
  '\\bb',
  '[\\b]',
  '\\u00e9',
  '\\u{1F600}',
  '\\uD83D\\uDE00',
  '\\x61',
  '\\cJ',
  '\\0',
  '\\t|\\v',
  '^(?<first>a)',
  '(?:a|b)',
  'a{0,2}$',
  '[a-c]',
  '[^a-c]',
  '[[]',
  '[\\]]',
  '[\\^]',
  '[a\\-]',
  '[-a]',
  '\\/',
  '[/]',
  '\\p{L}',
  '\\P{L}',
  '\\p{Lu}',
  '^[^]'.slice(0, 1),
  '\\\\',
  '\\.',
  'a.?b',
  '^$',
  '^\\p{gc=Nd}$',
  '[\\u2028]',
  '[\\p{L}]',
  'a*?b',
  '[.]',
];

test.for(patterns)('%s means in RE2 what it means in ECMAScript', (source) => {
  const translated = translatePattern(source);
  expect(translated.ok, JSON.stringify(translated)).toBe(true);
  if (!translated.ok) return;
  for (const text of texts) {
    expect(testRe2(translated.pattern, text), JSON.stringify(text)).toBe(new RegExp(source, 'u').test(text));
  }
});

test('any accepted pattern means the same on any text', () => {
  const piece = fc.constantFrom(
    'a',
    'b',
    '.',
    '\\s',
    '\\S',
    '\\d',
    '[a-c]',
    '[^a]',
    '(a|b)',
    '^',
    '$',
    '\\b',
    '*',
    '+',
    '?',
    '{1,2}',
    '|',
    '(?:',
    ')',
    '[',
    ']',
    '\\',
    '-',
  );
  const text = fc
    .array(fc.constantFrom('a', 'b', 'c', ' ', '\u00a0', '\n', '\u2028', '1', '-', 'é'), { maxLength: 5 })
    .map((t) => t.join(''));
  let accepted = 0;
  fc.assert(
    fc.property(
      fc.array(piece, { minLength: 1, maxLength: 6 }),
      fc.array(text, { minLength: 4, maxLength: 4 }),
      (pieces, samples) => {
        const source = pieces.join('');
        const translated = translatePattern(source);
        if (!translated.ok) return;
        accepted += 1;
        for (const sample of samples)
          expect(testRe2(translated.pattern, sample), `${source} on ${JSON.stringify(sample)}`).toBe(
            new RegExp(source, 'u').test(sample),
          );
      },
    ),
    { seed: 7, numRuns: 3000 },
  );
  expect(accepted).toBeGreaterThan(500);
});

describe('a hostile value', () => {
  test('does not make a pattern backtrack', () => {
    const translated = translatePattern('^(a+)+$');
    expect(translated.ok && testRe2(translated.pattern, `${'a'.repeat(50_000)}!`)).toBe(false);
  });
});
