import { describe, expect, test } from 'vitest';
import type { Json, JsonObject } from '../internal/json.ts';
import { checkConfigSchema, loadConfigSchema, parseConfigSchema } from './index.ts';

const object = (properties: JsonObject, more: JsonObject = {}): JsonObject => ({
  type: 'object',
  properties,
  ...more,
});
const one = (schema: JsonObject): JsonObject => object({ a: schema });
const nested = (levels: number): JsonObject => (levels === 0 ? { type: 'string' } : one(nested(levels - 1)));
const $ref = '#/$defs/a';
const bomb = Object.fromEntries(
  Array.from({ length: 20 }, (_, i) => [
    `d${i}`,
    object({ x: { $ref: `#/$defs/d${i + 1}` }, y: { $ref: `#/$defs/d${i + 1}` } }),
  ]),
);

/** [what, schema, path of the finding, words of its reason] */
const refusals: readonly [string, unknown, string, string][] = [
  ['not an object', [], '$', 'must be a JSON object'],
  ['a scalar config', { type: 'string' }, '$.type', 'describes an object'],
  ['no type', one({}), '$.properties.a', 'has no type'],
  ['unknown type', one({ type: 'int' }), '$.properties.a.type', 'unknown type'],
  ['several types', one({ type: ['string', 'integer'] }), '$.properties.a.type', 'several types'],
  ['boolean schema', object({ a: true }), '$.properties.a', 'must be an object'],
  ['lookahead', one({ type: 'string', pattern: '^(?!x)' }), '$.properties.a.pattern', 'lookaround'],
  ['lookbehind', one({ type: 'string', pattern: '(?<=x)a' }), '$.properties.a.pattern', 'lookaround'],
  ['backreference', one({ type: 'string', pattern: '(a)\\1' }), '$.properties.a.pattern', 'backreference'],
  [
    'named backreference',
    one({ type: 'string', pattern: '(?<n>a)\\k<n>' }),
    '$.properties.a.pattern',
    'backreference',
  ],
  ['huge repeat', one({ type: 'string', pattern: 'a{2000}' }), '$.properties.a.pattern', 'outside RE2'],
  [
    'broken pattern',
    one({ type: 'string', pattern: '(' }),
    '$.properties.a.pattern',
    'not a regular expression',
  ],
  [
    'script property',
    one({ type: 'string', pattern: '\\p{Script=Greek}' }),
    '$.properties.a.pattern',
    'Unicode property',
  ],
  [
    'long pattern',
    one({ type: 'string', pattern: 'a'.repeat(1001) }),
    '$.properties.a.pattern',
    'longer than',
  ],
  [
    'recursive $ref',
    { ...one({ $ref }), $defs: { a: one({ $ref }) } },
    '$.properties.a.properties.a.$ref',
    'recursive',
  ],
  ['$ref to the root', one({ $ref: '#' }), '$.properties.a.$ref', 'recursive'],
  ['remote $ref', one({ $ref: 'https://example.com/s.json' }), '$.properties.a.$ref', 'outside of this file'],
  ['file $ref', one({ $ref: '../../etc/passwd' }), '$.properties.a.$ref', 'outside of this file'],
  ['dangling $ref', one({ $ref }), '$.properties.a.$ref', 'points to nothing'],
  [
    '$ref into a prototype',
    { ...one({ $ref: '#/$defs/__proto__' }), $defs: {} },
    '$.properties.a.$ref',
    'points to nothing',
  ],
  [
    'keyword beside $ref',
    { ...one({ $ref, minLength: 1 }), $defs: { a: { type: 'string' } } },
    '$.properties.a.minLength',
    'beside $ref',
  ],
  [
    '$ref bomb',
    { ...one({ $ref: '#/$defs/d0' }), $defs: { ...bomb, d20: { type: 'string' } } },
    '$',
    'too large after $ref',
  ],
  ['tuple', one({ type: 'array', items: [{ type: 'string' }] }), '$.properties.a.items', 'tuple'],
  ['prefixItems', one({ type: 'array', prefixItems: [{}] }), '$.properties.a.prefixItems', 'cannot be held'],
  ['list without items', one({ type: 'array' }), '$.properties.a.items', 'needs a schema for its items'],
  [
    'patternProperties',
    object({}, { patternProperties: { a: {} } }),
    '$.patternProperties',
    'cannot be held',
  ],
  [
    'propertyNames',
    one({ type: 'object', propertyNames: {}, additionalProperties: true }),
    '$.properties.a.propertyNames',
    'cannot be held',
  ],
  [
    'contains',
    one({ type: 'array', items: { type: 'string' }, contains: {} }),
    '$.properties.a.contains',
    'cannot be held',
  ],
  [
    'unevaluatedProperties',
    object({ a: { type: 'string' } }, { unevaluatedProperties: false }),
    '$.unevaluatedProperties',
    'cannot be held',
  ],
  [
    'own CEL',
    object({ a: { type: 'string' } }, { 'x-kubernetes-validations': [] }),
    '$.x-kubernetes-validations',
    'cannot be held',
  ],
  [
    'list map keys',
    one({ type: 'array', items: one({ type: 'string' }), 'x-kubernetes-list-type': 'map' }),
    '$.properties.a.x-kubernetes-list-type',
    'list type',
  ],
  ['ISO duration', one({ type: 'string', format: 'duration' }), '$.properties.a.format', 'not judged alike'],
  ['unknown format', one({ type: 'string', format: 'iban' }), '$.properties.a.format', 'not judged alike'],
  [
    'format of another type',
    one({ type: 'integer', format: 'double' }),
    '$.properties.a.format',
    'belongs to type number',
  ],
  [
    'default of another type',
    one({ type: 'integer', default: 'x' }),
    '$.properties.a.default',
    'breaks its own schema',
  ],
  [
    'default outside the enum',
    one({ type: 'string', enum: ['x'], default: 'y' }),
    '$.properties.a.default',
    'breaks its own schema',
  ],
  [
    'default with an unknown key',
    one(object({ b: { type: 'string' } }, { default: { c: 1 } })),
    '$.properties.a.default',
    'breaks its own schema',
  ],
  [
    'defaults that break a condition',
    one(
      object(
        { b: { type: 'string', default: 'x' }, c: { type: 'string' } },
        { dependentRequired: { b: ['c'] } },
      ),
    ),
    '$.properties.a',
    'that defaults create',
  ],
  [
    'default in a condition',
    object({ a: { type: 'string' } }, { anyOf: [{ properties: { a: { default: 'x' } } }] }),
    '$.anyOf[0].properties.a.default',
    'inside a condition',
  ],
  [
    'required without property',
    object({ a: { type: 'string' } }, { required: ['b'] }),
    '$.required',
    'has no property',
  ],
  [
    'required in a condition',
    object({ a: { type: 'string' } }, { anyOf: [{ required: ['b'] }] }),
    '$.anyOf[0].required',
    'has no property',
  ],
  ['required twice', object({ a: { type: 'string' } }, { required: ['a', 'a'] }), '$.required', 'once each'],
  [
    'type switch in a condition',
    object({ a: { type: 'string' } }, { anyOf: [{ properties: { a: { type: 'integer' } } }] }),
    '$.anyOf[0].properties.a.type',
    'differs from type',
  ],
  [
    'one name, two types',
    object(
      { k: { type: 'string' } },
      { oneOf: [{ properties: { v: { type: 'string' } } }, { properties: { v: { type: 'integer' } } }] },
    ),
    '$.oneOf[1].properties.v.type',
    'differs from type',
  ],
  [
    'condition on null',
    one({ type: ['string', 'null'], not: { const: 'x' } }),
    '$.properties.a.not',
    'may be null',
  ],
  ['null in enum', one({ type: 'string', enum: ['a', null] }), '$.properties.a.enum', 'null'],
  ['enum beside null', one({ type: ['string', 'null'], enum: ['a'] }), '$.properties.a.enum', 'beside null'],
  ['enum of fractions', one({ type: 'number', enum: [1, 1.5] }), '$.properties.a.enum', 'cuts 1.5'],
  [
    'enum of objects',
    one({ type: 'object', additionalProperties: true, enum: [{}] }),
    '$.properties.a.enum',
    'every allowed value',
  ],
  ['empty enum', one({ type: 'string', enum: [] }), '$.properties.a.enum', 'must list'],
  [
    'uniqueItems on objects',
    one({ type: 'array', uniqueItems: true, items: one({ type: 'string' }) }),
    '$.properties.a.uniqueItems',
    'plain values',
  ],
  [
    'multipleOf a fraction',
    one({ type: 'number', multipleOf: 0.1 }),
    '$.properties.a.multipleOf',
    'rounds differently',
  ],
  [
    'draft-4 bound',
    one({ type: 'integer', minimum: 1, exclusiveMinimum: true }),
    '$.properties.a.exclusiveMinimum',
    'draft 4',
  ],
  [
    'fraction in a condition',
    object({ a: { type: 'number' } }, { not: { properties: { a: { minimum: 0.5 } } } }),
    '$.not.properties.a.minimum',
    'inside a condition',
  ],
  [
    'unbounded cost',
    one({ type: 'array', items: { type: 'array', items: { type: 'number', minimum: 0.5 } } }),
    '$.properties.a.items.items.minimum',
    'cost is unbounded',
  ],
  [
    'bounds that exclude each other',
    one({ type: 'integer', minimum: 3, maximum: 2 }),
    '$.properties.a.minimum',
    'nothing can match',
  ],
  [
    'properties beside a map',
    object({ a: { type: 'string' } }, { additionalProperties: { type: 'string' } }),
    '$.additionalProperties',
    'exclude each other',
  ],
  ['object that accepts nothing', one({ type: 'object' }), '$.properties.a', 'accepts nothing'],
  [
    'keyword of another type',
    one({ type: 'integer', maxLength: 3 }),
    '$.properties.a.maxLength',
    'does not apply',
  ],
  ['typo of a keyword', one({ type: 'string', patern: 'x' }), '$.properties.a.patern', 'unknown keyword'],
  [
    '__proto__',
    JSON.parse('{"type":"object","properties":{"__proto__":{"type":"string"}}}'),
    '$.properties.__proto__',
    'not a safe name',
  ],
  [
    'control character in a name',
    object({ 'a\u0000': { type: 'string' } }),
    '$.properties["a\\u0000"]',
    'not a usable name',
  ],
  [
    'names that differ in case',
    object({ host: { type: 'string' }, Host: { type: 'string' } }),
    '$.properties.Host',
    'only in case',
  ],
  [
    'password with a default',
    one({ type: 'string', 'x-catalyst-ui-hint': 'password', default: 'admin' }),
    '$.properties.a.default',
    'password with a default',
  ],
  [
    'unknown hint',
    one({ type: 'string', 'x-catalyst-ui-hint': 'secret' }),
    '$.properties.a.x-catalyst-ui-hint',
    'unknown hint',
  ],
  [
    'then without if',
    object({ a: { type: 'string' } }, Object.fromEntries([['then', { required: ['a'] }]])),
    '$.then',
    'without "if"',
  ],
  ['too deep', nested(30), `$${'.properties.a'.repeat(25)}`, 'nested deeper'],
  [
    'too many properties',
    object(Object.fromEntries(Array.from({ length: 201 }, (_, i) => [`p${i}`, { type: 'string' }]))),
    '$.properties',
    'more than 200',
  ],
  ['too large', one({ type: 'string', description: 'x'.repeat(300_000) }), '$', 'larger than'],
];

describe('parseConfigSchema() refuses what Kubernetes cannot hold', () => {
  test.for(refusals)('%s', ([, schema, path, reason]) => {
    const issues = checkConfigSchema(schema);
    const found = issues.find((issue) => issue.message.includes(reason));
    expect(found, JSON.stringify(issues)).toBeDefined();
    expect(found?.path).toBe(path);
    expect(found?.remedy, 'the way out').toBeTruthy();
    expect(found?.message).not.toMatch(/\.$/);
  });

  test('a cycle in memory is no stack overflow', () => {
    const cyclic: Record<string, unknown> = { type: 'object' };
    cyclic.properties = { a: cyclic };
    expect(checkConfigSchema(cyclic)[0]?.message).toContain('not JSON');
  });
});

describe('parseConfigSchema() accepts', () => {
  const accepted: Record<string, Json> = {
    'a local $ref, inlined': { ...one({ $ref, description: 'mine' }), $defs: { a: { type: 'string' } } },
    'a $ref used twice': {
      ...object({ a: { $ref }, b: { $ref } }),
      definitions: {},
      $defs: { a: { type: 'string' } },
    },
    'null as a second type': one({ type: ['string', 'null'] }),
    'alternatives that declare properties of their own': object(
      { mode: { type: 'string', enum: ['embedded', 'external'] } },
      {
        oneOf: [
          { properties: { mode: { const: 'embedded' } } },
          {
            properties: { mode: { const: 'external' }, host: { type: 'string' } },
            required: ['mode', 'host'],
          },
        ],
      },
    ),
    'an allOf of definitions with defaults': {
      ...object({ a: { type: 'string' } }, { allOf: [{ $ref: '#/$defs/base' }] }),
      $defs: { base: object({ b: { type: 'integer', default: 3 } }) },
    },
    'int or string': one({ 'x-kubernetes-int-or-string': true, default: 80 }),
    'any JSON': one({ 'x-kubernetes-preserve-unknown-fields': true }),
    'names that YAML 1.1 reads as booleans': object({ n: { type: 'string' }, on: { type: 'string' } }),
  };
  test.for(Object.entries(accepted))('%s', ([, schema]) => {
    expect(checkConfigSchema(schema)).toEqual([]);
  });

  test('properties of alternatives are declared on the object', () => {
    const { schema } = parseConfigSchema(accepted['alternatives that declare properties of their own']);
    expect(Object.keys(schema.properties ?? {})).toEqual(['mode', 'host']);
    expect(schema.oneOf?.[1]?.properties?.host, 'nothing is left to say about it').toBeUndefined();
  });

  test('defaults of an allOf part are kept', () => {
    const { schema } = parseConfigSchema(accepted['an allOf of definitions with defaults']);
    expect(schema.properties?.b?.default).toBe(3);
  });
});

test('what the form cannot show is a warning', () => {
  const { issues, warnings } = parseConfigSchema(one({ type: 'string', pattern: '^a' }));
  expect(issues).toEqual([]);
  expect(warnings).toEqual([
    expect.objectContaining({
      path: '$.properties.a.pattern',
      message: expect.stringContaining('form cannot show'),
    }),
  ]);
});

test('loadConfigSchema() throws every finding as one error with place and remedy', () => {
  expect(() => loadConfigSchema(one({}), 'config schema of "x"')).toThrow(
    expect.objectContaining({
      code: 'schema',
      place: '$.properties.a',
      message: expect.stringContaining('config schema of "x"'),
    }),
  );
});
