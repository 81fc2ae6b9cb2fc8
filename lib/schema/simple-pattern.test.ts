import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compileRe2 } from './re2.ts';
import { testSimple, toSimplePattern } from './simple-pattern.ts';

const cases = {
  Size: { reason: 'what configs are full of', pattern: '^[0-9]+(Mi|Gi)$', simple: true },
  Name: { reason: 'a DNS label', pattern: '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$', simple: true },
  Subdomain: { reason: 'a repeated group may backtrack', pattern: '^[a-z]+(\\.[a-z]+)*$', simple: false },
  Evil: { reason: 'exponential in any backtracking engine', pattern: '^(a+)+$', simple: false },
  Counted: { reason: 'a count repeats too', pattern: '^(a|a){50}$', simple: false },
  Dot: { reason: "RE2's dot takes a carriage return, JavaScript's does not", pattern: '^.$', simple: false },
  Space: { reason: 'other characters', pattern: '\\s', simple: false },
  Modifier: { reason: 'JavaScript has none', pattern: '(?i)a', simple: false },
  Word: { reason: 'cannot be read', pattern: 'a**', simple: false },
  RepeatLimit: { reason: 'RE2 refuses it, so the engine must be asked', pattern: 'a{1001}', simple: false },
} as const;

test.for(Object.entries(cases))('toSimplePattern() %s', ([, { reason, pattern, simple }]) => {
  expect(toSimplePattern(pattern) !== undefined, reason).toBe(simple);
});

test('a text that could take long is left to the engine', () => {
  const pattern = toSimplePattern('^a*a*a*b$');
  if (pattern === undefined) throw new Error('it is simple');
  expect(testSimple(pattern, 'aab')).toBe(true);
  expect(testSimple(pattern, 'a'.repeat(10_000))).toBeUndefined();
});

const piece = fc
  .tuple(
    fc.constantFrom(
      'a',
      'b',
      '-',
      '\\.',
      '\\d',
      '\\w',
      '[a-c]',
      '[^b]',
      '(a|b)',
      '(?:ab)',
      '[\\d.]',
      '^',
      '$',
      '|',
    ),
    fc.constantFrom('', '', '?', '*', '+', '{2}', '{1,2}', '*?', '+?'),
  )
  .map(([atom, count]) => (/^[$^|]$/.test(atom) ? atom : atom + count));
const text = fc.string({
  unit: fc.constantFrom('a', 'b', 'c', '-', '.', '1', '_', '\n', '\r', 'é', '😀'),
  maxLength: 8,
});

test('JavaScript and RE2 give the same verdict', () => {
  let judged = 0;
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 5 }), fc.array(text, { maxLength: 6 }), (pieces, texts) => {
      const pattern = pieces.join('');
      const simple = toSimplePattern(pattern);
      if (simple === undefined) return;
      const engine = compileRe2(pattern);
      for (const one of texts) {
        expect(simple.expression.test(one), `${pattern} on ${JSON.stringify(one)}`).toBe(engine.test(one));
        judged += 1;
      }
    }),
    { numRuns: 2000, seed: 8 },
  );
  expect(judged).toBeGreaterThan(1000);
});
