import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compileRe2, hasSmallRepeats } from './re2.ts';

const cases = {
  None: { reason: 'nothing repeats by a count', pattern: '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$', small: true },
  Side: { reason: 'side by side, not inside each other', pattern: 'a{900}b{900}', small: true },
  Nested: { reason: '40 × 40 is above 1000', pattern: '(?:a{40}){40}', small: false },
  Deep: { reason: 'groups in between do not hide it', pattern: '((?:(b|a{40})c)){40}', small: false },
  Open: { reason: 'RE2 counts what must be there', pattern: '(?:a{999,}){2}', small: false },
  Large: { reason: 'RE2 stops at 1000', pattern: 'a{1001}', small: false },
  Class: { reason: 'in a class it is text', pattern: '[a{2000}]', small: true },
  Escaped: { reason: 'text as well', pattern: '\\{2000\\}', small: true },
  Point: { reason: 'the braces of a code point are no repeat', pattern: '\\x{2028}\\p{L}', small: true },
} as const;

test.for(Object.entries(cases))('hasSmallRepeats() %s', ([, { reason, pattern, small }]) => {
  expect(hasSmallRepeats(pattern), reason).toBe(small);
});

const count = fc.oneof(
  fc.nat(1100).map((n) => `{${n}}`),
  fc.tuple(fc.nat(60), fc.nat(60)).map(([a, b]) => `{${Math.min(a, b)},${Math.max(a, b)}}`),
  fc.nat(40).map((n) => `{${n},}`),
  fc.constantFrom('', '?', '*', '+', '*?'),
);
const { pattern } = fc.letrec((tie) => ({
  atom: fc.constantFrom('a', '[b-d]', '\\d', '\\x{2028}', '[^{}]', '\\{', '.'),
  piece: fc.tuple(fc.oneof({ maxDepth: 4 }, tie('atom'), tie('group')), count).map(([a, c]) => `${a}${c}`),
  group: fc.array(tie('piece'), { minLength: 1, maxLength: 3 }).map((parts) => `(?:${parts.join('|')})`),
  pattern: fc.array(tie('piece'), { minLength: 1, maxLength: 4 }).map((parts) => parts.join('')),
}));

test('what is called small is what the engine compiles', () => {
  let judged = 0;
  fc.assert(
    fc.property(pattern, (text) => {
      if (!hasSmallRepeats(text as string)) return;
      expect(() => compileRe2(text as string)).not.toThrow();
      judged += 1;
    }),
    { numRuns: 400, seed: 8 },
  );
  expect(judged).toBeGreaterThan(100);
});
