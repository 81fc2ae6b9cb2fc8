import { describe, expect, test } from 'vitest';
import { type StructuralSchema, type ValidateStructuralOptions, validateStructural } from './index.ts';

const object = (
  properties: Record<string, StructuralSchema>,
  more: StructuralSchema = {},
): StructuralSchema => ({ type: 'object', properties, ...more });
const rule = (text: string, more: object = {}): StructuralSchema => ({
  'x-kubernetes-validations': [{ rule: text, ...more }],
});
const list = (type: string, items: StructuralSchema, keys?: string[]): StructuralSchema => ({
  type: 'array',
  items,
  'x-kubernetes-list-type': type,
  ...(keys && { 'x-kubernetes-list-map-keys': keys }),
});
const item = object({ name: { type: 'string' }, port: { type: 'integer', default: 80 } });

/** [why, schema, value, paths of the findings] */
const rows: readonly [string, StructuralSchema, unknown, string[], ValidateStructuralOptions?][] = [
  ['unknown field is an error under strict validation', object({ a: { type: 'string' } }), { b: 1 }, ['b']],
  ['an opened object takes it', object({}, { 'x-kubernetes-preserve-unknown-fields': true }), { b: 1 }, []],
  [
    'declared fields of an opened object are still judged',
    object({ a: { type: 'string' } }, { 'x-kubernetes-preserve-unknown-fields': true }),
    { a: 1 },
    ['a'],
  ],
  [
    'a map judges its values',
    { type: 'object', additionalProperties: { type: 'string' } },
    { 'x/y': 1 },
    ['["x/y"]'],
  ],
  [
    '__proto__ is a field like any other',
    object({ a: { type: 'string' } }),
    JSON.parse('{"__proto__":{"a":1}}'),
    ['__proto__'],
  ],
  ['constructor is not inherited', object({}), { constructor: 1 }, ['constructor']],
  ['null needs nullable', object({ a: { type: 'string' } }), { a: null }, ['a']],
  ['nullable takes null', object({ a: { type: 'string', nullable: true } }), { a: null }, []],
  [
    'null never matches an enum, even one that lists it',
    object({ a: { type: 'string', nullable: true, enum: ['x', null] } }),
    { a: null },
    ['a'],
  ],
  ['int-or-string', object({ a: { 'x-kubernetes-int-or-string': true } }), { a: 1.5 }, ['a']],
  [
    'bounds that are fractions are cut for whole numbers',
    object({ a: { type: 'number', minimum: 0.5 } }),
    { a: 0 },
    [],
  ],
  ['but not for fractions', object({ a: { type: 'number', minimum: 0.5 } }), { a: 0.4 }, ['a']],
  [
    'length counts characters, not UTF-16 units',
    object({ a: { type: 'string', maxLength: 1 } }),
    { a: '😀' },
    [],
  ],
  ['a set holds an item once', list('set', { type: 'string' }), ['a', 'b', 'a'], ['[2]']],
  [
    'a map list holds a key once, defaults count',
    list('map', item, ['name', 'port']),
    [{ name: 'a' }, { name: 'a', port: 80 }],
    ['[1]'],
  ],
  ['other keys differ', list('map', item, ['name', 'port']), [{ name: 'a' }, { name: 'a', port: 81 }], []],
  ['oneOf takes exactly one', { type: 'integer', oneOf: [{ minimum: 1 }, { maximum: 5 }] }, 3, ['.']],
  ['anyOf takes at least one', { type: 'integer', anyOf: [{ minimum: 5 }, { maximum: 1 }] }, 3, ['.']],
  [
    'not',
    object({ a: { type: 'string' }, b: { type: 'string' } }, { not: { required: ['a', 'b'] } }),
    { a: '', b: '' },
    ['.'],
  ],
  [
    'conditions do not open an object',
    object({ a: { type: 'string' } }, { anyOf: [{ properties: { b: { minLength: 1 } } }] }),
    { b: 'x' },
    ['b'],
  ],
  [
    'an embedded object needs its kind',
    { type: 'object', 'x-kubernetes-embedded-resource': true, 'x-kubernetes-preserve-unknown-fields': true },
    { apiVersion: 'v1', metadata: {}, data: {} },
    ['kind'],
  ],
  [
    'a whole resource declares no metadata',
    object({ spec: object({}) }),
    { apiVersion: 'v1', kind: 'A', metadata: { name: 'a' }, spec: {} },
    [],
    { resource: true },
  ],
  [
    'a reference resolves',
    object({ a: { $ref: 'k8s:Port' } }),
    { a: 'x' },
    ['a'],
    { definitions: new Map([['Port', { type: 'integer' }]]) },
  ],
  ['a reference nobody supplies accepts anything', object({ a: { $ref: 'k8s:Pod' } }), { a: { b: 1 } }, []],
  ['NaN is not JSON', object({ a: { type: 'number' } }), { a: Number.NaN }, ['a']],
  ['the path prefix is used', object({ a: { type: 'string' } }), { a: [] }, ['spec.a'], { path: 'spec' }],
  ['rule', object({ a: { type: 'integer' } }, rule('self.a > 1')), { a: 1 }, ['.']],
  [
    'rule with fieldPath',
    object({ a: { type: 'integer' } }, rule('self.a > 1', { fieldPath: '.a' })),
    { a: 1 },
    ['.a'],
  ],
  ['a missing field fails the rule', object({ a: { type: 'integer' } }, rule('self.a > 1')), {}, ['.']],
  [
    'names are escaped',
    object({ 'a-b': { type: 'integer' }, in: { type: 'integer' } }, rule('self.a__dash__b > self.__in__')),
    { 'a-b': 2, in: 1 },
    [],
  ],
  [
    'numbers are doubles, integers are ints',
    object(
      { n: { type: 'number' }, i: { type: 'integer' } },
      rule('type(self.n) == double && type(self.i) == int'),
    ),
    { n: 1, i: 1 },
    [],
  ],
  [
    'quantities compare by value',
    object({ a: { type: 'string' } }, rule('quantity(self.a).isLessThan(quantity("1Gi"))')),
    { a: '1000Mi' },
    [],
  ],
  [
    'matches runs on RE2',
    object({ a: { type: 'string' } }, rule("self.a.matches('^(a+)+$')")),
    { a: `${'a'.repeat(20_000)}!` },
    ['.'],
  ],
  [
    'has takes an index',
    { type: 'array', items: item, ...rule('!has(self[0].port) && has(self[1].port)') },
    [{ name: 'a' }, { name: 'b', port: 1 }],
    [],
  ],
  ['and says no', { type: 'array', items: item, ...rule('has(self[0].port)') }, [{ name: 'a' }], ['.']],
  [
    '"matches" inside a literal stays',
    object({ a: { type: 'string' } }, rule("self.a != 'matches(x)'")),
    { a: 'matches(x)' },
    ['.'],
  ],
  [
    'a transition rule rests on create',
    object({ a: { type: 'integer' } }, rule('self.a == oldSelf.a')),
    { a: 2 },
    [],
  ],
  [
    'and acts on update',
    object({ a: { type: 'integer' } }, rule('self.a == oldSelf.a')),
    { a: 2 },
    ['.'],
    { oldValue: { a: 1 } },
  ],
  [
    'optionalOldSelf acts on create',
    object({ a: { type: 'integer' } }, rule('oldSelf.hasValue() || self.a == 1', { optionalOldSelf: true })),
    { a: 2 },
    ['.'],
  ],
  [
    'items of a map list are compared with the item of the same key',
    list('map', object({ name: { type: 'string' }, v: { type: 'integer' } }, rule('self.v >= oldSelf.v')), [
      'name',
    ]),
    [
      { name: 'b', v: 1 },
      { name: 'a', v: 2 },
    ],
    ['[0]'],
    {
      oldValue: [
        { name: 'a', v: 1 },
        { name: 'b', v: 5 },
      ],
    },
  ],
  [
    'a rule that cannot be compiled is a finding, not a throw',
    object({ a: { type: 'string' } }, rule('self.a ==')),
    { a: '' },
    ['.'],
  ],
  [
    'rules wait until the types are right',
    object({ a: { type: 'integer' } }, rule('self.a > 1')),
    { a: 'x' },
    ['a'],
  ],
];

test.for(rows)('%s', ([, schema, value, paths, options]) => {
  expect(validateStructural(schema, value, options).map((issue) => issue.path)).toEqual(paths);
});

describe('messages', () => {
  test('a typo is named', () => {
    const [issue] = validateStructural(object({ replicas: { type: 'integer' } }), { replcas: 1 });
    expect(issue?.remedy).toBe('did you mean "replicas"?');
  });
  test('messageExpression wins over message, and falls back to it', () => {
    const schema = (messageExpression: string): StructuralSchema =>
      object({ a: { type: 'integer' } }, rule('self.a > 1', { message: 'plain', messageExpression }));
    expect(validateStructural(schema('"a is " + string(self.a)'), { a: 1 })[0]?.message).toBe('a is 1');
    expect(validateStructural(schema('self.nope'), { a: 1 })[0]?.message).toBe('plain');
  });
});

describe('bounds', () => {
  test('at most 100 findings', () => {
    expect(
      validateStructural(
        { type: 'array', items: { type: 'string' } },
        Array.from({ length: 5000 }, () => 1),
      ),
    ).toHaveLength(100);
  });
  test('a deep value under a recursive definition ends', () => {
    const node: StructuralSchema = { type: 'object', properties: { n: { $ref: 'k8s:Node' } } };
    let value: object = {};
    for (let i = 0; i < 5000; i += 1) value = { n: value };
    const issues = validateStructural(node, value, { definitions: new Map([['Node', node]]) });
    expect(issues[0]?.message).toContain('nested deeper');
  });
});
