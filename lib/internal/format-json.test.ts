import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatJson } from './format-json.ts';
import type { Json } from './json.ts';

const rows: Readonly<Record<string, { readonly reason: string; readonly in: Json; readonly want: string }>> =
  {
    ShortList: { reason: 'an enum reads as one', in: { a: ['b', 'c'] }, want: '{\n  "a": ["b", "c"]\n}\n' },
    LongList: {
      reason: 'what does not fit stands below each other',
      in: ['a'.repeat(60), 'b'.repeat(60)],
      want: `[\n  "${'a'.repeat(60)}",\n  "${'b'.repeat(60)}"\n]\n`,
    },
    Objects: {
      reason: 'a list of objects is never squeezed',
      in: [{ a: 1 }],
      want: '[\n  {\n    "a": 1\n  }\n]\n',
    },
    Empty: { reason: 'nothing to part', in: { a: {}, b: [] }, want: '{\n  "a": {},\n  "b": []\n}\n' },
  };

test.for(Object.entries(rows))('formatJson() %s', ([, row]) => {
  expect(formatJson(row.in), row.reason).toBe(row.want);
});

test('what it writes reads as what it was given', () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      expect(JSON.parse(formatJson(JSON.parse(text) as Json))).toEqual(JSON.parse(text));
    }),
    { seed: 7, numRuns: 200 },
  );
});
