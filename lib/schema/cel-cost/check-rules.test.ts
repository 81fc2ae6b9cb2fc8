import { describe, expect, test } from 'vitest';
import type { StructuralSchema } from '../structural-types.ts';
import { checkRules } from './check-rules.ts';

const spec = (properties: StructuralSchema['properties'], rule: string): StructuralSchema => ({
  type: 'object',
  properties: {
    spec: { type: 'object', properties: properties ?? {}, 'x-kubernetes-validations': [{ rule }] },
  },
});
const texts = (maxItems?: number): StructuralSchema => ({
  type: 'array',
  items: { type: 'string', maxLength: 10 },
  ...(maxItems === undefined ? {} : { maxItems }),
});
const EVERY_PAIR = 'self.l.all(x, self.l.exists_one(y, y == x))';

// test/e2e/support/judge/cel-costs.yaml has these and more, judged by a real apiserver as well.
const cases = {
  Plain: {
    reason: 'costs next to nothing',
    of: spec({ n: { type: 'integer' } }, 'self.n > 1'),
    want: undefined,
  },
  Once: {
    reason: 'a list once, however long',
    of: spec({ l: texts() }, 'self.l.all(x, x != "a")'),
    want: undefined,
  },
  Pairs: {
    reason: 'every pair of an unbounded list',
    of: spec({ l: texts() }, EVERY_PAIR),
    want: /costs up to .* limit of 10 million/,
  },
  BoundedPairs: {
    reason: 'maxItems is the way out',
    of: spec({ l: texts(100) }, EVERY_PAIR),
    want: undefined,
  },
  Nested: {
    reason: 'a rule in a list counts once for each item',
    of: {
      type: 'object',
      properties: {
        spec: {
          type: 'array',
          maxItems: 10_000,
          items: spec({ l: texts(50) }, EVERY_PAIR).properties?.spec ?? {},
        },
      },
    } as StructuralSchema,
    want: /costs up to/,
  },
  NoField: {
    reason: 'the schema is the type',
    of: spec({ n: { type: 'integer' } }, 'self.m > 1'),
    want: /undefined field "m"/,
  },
  Types: {
    reason: 'equal only to its like',
    of: spec({ n: { type: 'integer' } }, 'self.n == "a"'),
    want: /no matching overload/,
  },
  Function: {
    reason: 'nobody knows it',
    of: spec({ n: { type: 'integer' } }, 'frob(self.n)'),
    want: /undeclared reference to "frob"/,
  },
  Syntax: {
    reason: 'it ends too early',
    of: spec({ n: { type: 'integer' } }, 'self.n >'),
    want: /cannot be parsed/,
  },
  NotBool: {
    reason: 'a rule says true or false',
    of: spec({ n: { type: 'integer' } }, 'self.n + 1'),
    want: /must be a bool/,
  },
  Escaped: {
    reason: 'names that CEL cannot say are escaped',
    of: spec({ 'a-b': { type: 'integer' } }, 'self.a__dash__b > 1'),
    want: undefined,
  },
  IntOrString: {
    reason: 'its type is known only later',
    of: spec({ p: { 'x-kubernetes-int-or-string': true } }, 'self.p == 1'),
    want: undefined,
  },
};

describe('checkRules()', () => {
  test.for(Object.entries(cases))('%s', ([, { reason, of, want }]) => {
    const said = checkRules(of).map((issue) => issue.message);
    expect(said, reason).toEqual(want === undefined ? [] : [expect.stringMatching(want)]);
  });

  test('rules that are each allowed may be too dear together', () => {
    const property = {
      ...texts(900),
      'x-kubernetes-validations': [{ rule: 'self.all(x, self.exists(y, y == x))' }],
    };
    const properties = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`l${i}`, property]));
    const [issue] = checkRules(
      { type: 'object', properties: { spec: { type: 'object', properties } } },
      'schema',
    );
    expect(issue).toMatchObject({
      path: 'schema',
      message: expect.stringMatching(/together.*limit of 100 million/),
    });
  });

  test('oldSelf asks for items that can be told apart', () => {
    const rule = { 'x-kubernetes-validations': [{ rule: 'self == oldSelf' }] };
    const list: StructuralSchema = {
      type: 'array',
      maxItems: 5,
      items: { type: 'string', maxLength: 5, ...rule },
    };
    const [issue] = checkRules({ type: 'object', properties: { spec: list } });
    expect(issue?.message).toMatch(/cannot be told apart/);
    expect(checkRules({ type: 'object', properties: { spec: { type: 'string', ...rule } } })).toEqual([]);
  });
});
