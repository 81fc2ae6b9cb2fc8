import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Json, JsonObject } from '../internal/json.ts';
import { holds } from './holds.ts';
import {
  applyDefaults,
  compileConfig,
  parseConfigSchema,
  type StructuralSchema,
  toStructural,
  toStructuralNode,
  validateStructural,
} from './index.ts';
import { toInputSchema } from './input-schema.ts';

const NAMES = ['mode', 'host', 'size', 'in', 'a-b', 'on', 'x_y'] as const;
const WORDS = [
  'a',
  'b',
  'external',
  '',
  'ab',
  '10.0.0.1',
  'x@y.z',
  '2024-02-30',
  'a b',
  '\u00a0',
  'line\nline',
];
const name = fc.constantFrom(...NAMES);
const word = fc.constantFrom(...WORDS);

/** Adds some of the optional keywords. */
function some(keywords: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<JsonObject> {
  return fc.record(keywords, { requiredKeys: [] }) as fc.Arbitrary<JsonObject>;
}

const stringSchema = fc.oneof(
  some({
    minLength: fc.constantFrom(0, 1),
    maxLength: fc.constantFrom(2, 8),
    pattern: fc.constantFrom('^a', '.', '^\\S*$', '^[\\w.]+$', '\\s', 'b$'),
    format: fc.constantFrom('hostname', 'ipv4', 'email', 'date', 'password', 'uri', 'cidr'),
    default: word,
  }).map((o) => ({ type: 'string', ...o })),
  fc
    .record({ enum: fc.uniqueArray(word, { minLength: 1, maxLength: 3 }) })
    .chain((o) =>
      fc
        .option(fc.constantFrom(...o.enum))
        .map((d) => ({ type: 'string', ...o, ...(d === null ? {} : { default: d }) })),
    ),
);
const bound = fc.constantFrom(-2, 0, 1, 2.5, 3, 7);
const numeric = some({
  minimum: bound,
  maximum: bound.map((n) => n + 3),
  exclusiveMinimum: bound,
  exclusiveMaximum: bound.map((n) => n + 4),
  default: fc.constantFrom(1, 3, 4),
});
const numberSchema = numeric.map((o) => ({ type: 'number', ...o }));
const integerSchema = fc
  .tuple(numeric, some({ multipleOf: fc.constantFrom(2, 3), format: fc.constantFrom('int32', 'int64') }))
  .map(([a, b]) => ({ type: 'integer', ...a, ...b }));
const booleanSchema = some({ default: fc.boolean() }).map((o) => ({ type: 'boolean', ...o }));
const scalar = fc.oneof(stringSchema, integerSchema, numberSchema, booleanSchema);
const nullable = fc.tuple(fc.constantFrom('string', 'integer'), fc.boolean()).map(([t, dflt]) => ({
  type: [t, 'null'],
  ...(dflt ? { default: null } : {}),
}));

/** A condition over the properties of one object. */
function branch(properties: JsonObject, depth: number): fc.Arbitrary<JsonObject> {
  const keys = Object.keys(properties);
  const key = fc.constantFrom(...keys);
  const required = fc.uniqueArray(key, { minLength: 1, maxLength: 2 }).map((r) => ({ required: r }));
  const atom = key.chain((k) => {
    const child = properties[k] as JsonObject;
    const type = child.type;
    let constraint: fc.Arbitrary<JsonObject> = fc.constant({});
    if (type === 'string') {
      constraint = fc.oneof(
        word.map((w) => ({ const: w })),
        fc.constant({ minLength: 1 }),
        fc.constant({ pattern: '^a' }),
      );
    } else if (type === 'integer')
      constraint = fc.oneof(fc.constant({ const: 3 }), fc.constant({ minimum: 2 }));
    else if (type === 'boolean') constraint = fc.boolean().map((b) => ({ const: b }));
    else if (type === 'object' && child.properties !== undefined && depth > 0) {
      constraint = branch(child.properties as JsonObject, depth - 1);
    } else if (type === 'array') constraint = fc.constant({ minItems: 1 });
    return fc
      .tuple(constraint, fc.boolean())
      .map(([c, must]) => ({ properties: { [k]: c }, ...(must ? { required: [k] } : {}) }));
  });
  const leaf = fc.oneof(required, atom, fc.constant({ properties: { extra: { const: 'a' } } }));
  if (depth === 0) return leaf;
  const inner = branch(properties, depth - 1);
  return fc.oneof(
    { weight: 3, arbitrary: leaf },
    { weight: 1, arbitrary: inner.map((not) => ({ not })) },
    { weight: 1, arbitrary: fc.tuple(inner, inner).map((anyOf) => ({ anyOf })) },
  );
}

function conditions(properties: JsonObject): fc.Arbitrary<JsonObject> {
  const one = branch(properties, 1);
  const key = fc.constantFrom(...Object.keys(properties));
  return fc.oneof(
    { weight: 3, arbitrary: fc.constant({}) },
    { weight: 1, arbitrary: fc.array(one, { minLength: 2, maxLength: 3 }).map((oneOf) => ({ oneOf })) },
    { weight: 1, arbitrary: fc.array(one, { minLength: 1, maxLength: 2 }).map((anyOf) => ({ anyOf })) },
    { weight: 1, arbitrary: fc.array(one, { minLength: 1, maxLength: 2 }).map((allOf) => ({ allOf })) },
    { weight: 1, arbitrary: one.map((not) => ({ not })) },
    {
      weight: 2,
      arbitrary: fc
        .tuple(one, one, one, fc.boolean())
        .map(
          ([a, b, c, e]) =>
            Object.fromEntries([['if', a], ['then', b], ...(e ? [['else', c]] : [])]) as JsonObject,
        ),
    },
    { weight: 2, arbitrary: fc.tuple(key, key).map(([a, b]) => ({ dependentRequired: { [a]: [b] } })) },
    { weight: 1, arbitrary: fc.tuple(key, one).map(([a, b]) => ({ dependencies: { [a]: b } })) },
  );
}

function objectSchema(depth: number): fc.Arbitrary<JsonObject> {
  const child: fc.Arbitrary<JsonObject> =
    depth === 0
      ? (scalar as fc.Arbitrary<JsonObject>)
      : (fc.oneof(
          { weight: 4, arbitrary: scalar },
          { weight: 1, arbitrary: nullable },
          { weight: 2, arbitrary: objectSchema(depth - 1) },
          { weight: 1, arbitrary: listSchema(depth - 1) },
          { weight: 1, arbitrary: mapSchema(depth - 1) },
        ) as fc.Arbitrary<JsonObject>);
  return fc
    .uniqueArray(fc.tuple(name, child), { minLength: 1, maxLength: 4, selector: ([n]) => n })
    .map((entries) => Object.fromEntries(entries) as JsonObject)
    .chain((properties) =>
      fc
        .tuple(fc.subarray(Object.keys(properties)), conditions(properties), fc.integer({ min: 0, max: 5 }))
        .map(([required, more, open]) => ({
          type: 'object',
          properties,
          ...(required.length > 0 ? { required } : {}),
          ...(open === 0 ? { additionalProperties: true } : {}),
          ...more,
        })),
    ) as fc.Arbitrary<JsonObject>;
}

function listSchema(depth: number): fc.Arbitrary<JsonObject> {
  return fc.oneof(
    fc
      .tuple(
        scalar,
        some({ minItems: fc.constantFrom(0, 1), maxItems: fc.constantFrom(2, 3), uniqueItems: fc.boolean() }),
      )
      .map(([items, o]) => ({ type: 'array', items, ...o })),
    objectSchema(Math.max(depth, 0)).map((items) => ({ type: 'array', items, maxItems: 3 })),
  ) as fc.Arbitrary<JsonObject>;
}

function mapSchema(depth: number): fc.Arbitrary<JsonObject> {
  return fc
    .tuple(
      depth > 0 ? objectSchema(0) : scalar,
      some({ minProperties: fc.constant(1), maxProperties: fc.constant(2) }),
    )
    .map(([additionalProperties, o]) => ({
      type: 'object',
      additionalProperties,
      ...o,
    })) as fc.Arbitrary<JsonObject>;
}

const anything = fc.oneof(
  word,
  fc.constantFrom<Json>(0, 1, 2, 2.5, 3, 4, -2, 6, 2 ** 53, 1e300, null, true, false, [], {}, { mode: 'a' }),
);

/** Mostly right values, sometimes wrong in one place. */
function valueFor(schema: JsonObject): fc.Arbitrary<Json> {
  return fc.oneof({ weight: 12, arbitrary: rightFor(schema) }, { weight: 1, arbitrary: anything });
}

function rightFor(schema: JsonObject): fc.Arbitrary<Json> {
  const type = Array.isArray(schema.type) ? (schema.type[0] as string) : (schema.type as string);
  if (Array.isArray(schema.enum)) return fc.constantFrom(...(schema.enum as Json[]));
  switch (type) {
    case 'string':
      return word;
    case 'integer':
      return fc.constantFrom(-2, 0, 1, 2, 3, 4, 6, 2 ** 31);
    case 'number':
      return fc.constantFrom(-2, 0, 0.5, 2, 2.5, 2.6, 3, 4);
    case 'boolean':
      return fc.boolean();
    case 'array':
      return fc.array(valueFor(schema.items as JsonObject), { maxLength: 4 });
    default: {
      const properties = (schema.properties ?? {}) as Record<string, JsonObject>;
      const known = fc.record(
        Object.fromEntries(Object.entries(properties).map(([k, s]) => [k, valueFor(s)])),
        { requiredKeys: [] },
      );
      const more = schema.additionalProperties;
      const free =
        typeof more === 'object'
          ? fc.dictionary(name, valueFor(more as JsonObject), { maxKeys: 3 })
          : fc.constant({});
      const odd = fc.oneof(
        { weight: 9, arbitrary: fc.constant({}) },
        { weight: 1, arbitrary: fc.constant({ extra: 'a' }) },
      );
      return fc.tuple(known, free, odd).map(([a, b, c]) => ({ ...a, ...b, ...c }) as Json);
    }
  }
}

const FORBIDDEN_IN_CONDITIONS = [
  'type',
  'title',
  'description',
  'default',
  'nullable',
  'additionalProperties',
];

/** The rules of structural schemas (apiextensions), as far as a generator can break them. */
function notStructural(node: StructuralSchema, path: string): string[] {
  const out: string[] = [];
  if (node.type === undefined) out.push(`${path}: no type`);
  if (JSON.stringify(node).includes('"default":')) out.push(`${path}: default`);
  if (node.properties !== undefined && node.additionalProperties !== undefined) out.push(`${path}: both`);
  for (const [key, child] of Object.entries(node.properties ?? {}))
    out.push(...notStructural(child, `${path}.${key}`));
  if (node.items !== undefined) out.push(...notStructural(node.items, `${path}[]`));
  if (typeof node.additionalProperties === 'object')
    out.push(...notStructural(node.additionalProperties, `${path}.*`));
  for (const part of conditionsOf(node)) out.push(...notCondition(part, node, `${path}?`));
  return out;
}

function conditionsOf(node: StructuralSchema): StructuralSchema[] {
  return [
    ...(node.allOf ?? []),
    ...(node.anyOf ?? []),
    ...(node.oneOf ?? []),
    ...(node.not ? [node.not] : []),
  ];
}

function notCondition(part: StructuralSchema, node: StructuralSchema, path: string): string[] {
  const out = Object.keys(part)
    .filter((key) => FORBIDDEN_IN_CONDITIONS.includes(key) || key.startsWith('x-'))
    .map((key) => `${path}: ${key} in a condition`);
  for (const [key, child] of Object.entries(part.properties ?? {})) {
    const declared = node.properties?.[key];
    if (declared === undefined) out.push(`${path}.${key}: not declared outside`);
    else out.push(...notCondition(child, declared, `${path}.${key}`));
  }
  if (part.items !== undefined) out.push(...notCondition(part.items, node.items ?? {}, `${path}[]`));
  for (const inner of conditionsOf(part)) out.push(...notCondition(inner, node, `${path}?`));
  return out;
}

const RUNS = 1500;
const SEED = 20240229;

describe('ajv and the structural schema give one verdict', () => {
  test(`over ${RUNS} generated schemas and values`, () => {
    const seen = { valid: 0, invalid: 0, refused: 0 };
    fc.assert(
      fc.property(
        objectSchema(2).chain((schema) =>
          fc.tuple(fc.constant(schema), fc.array(rightFor(schema), { minLength: 2, maxLength: 4 })),
        ),
        ([json, values]) => {
          const { schema, issues } = parseConfigSchema(json);
          if (issues.length > 0) {
            seen.refused += 1;
            return;
          }
          const full = compileConfig(schema, { uncompiledCalls: 0 });
          const input = compileConfig(schema, { input: true, uncompiledCalls: 0 });
          const fullStructural = toStructuralNode(schema);
          const structural = toStructural(schema);
          expect(notStructural(structural, '$')).toEqual([]);
          for (const value of values) {
            const config = applyDefaults(schema, value) as Json;
            const verdict = full(config).length === 0;
            expect(holds(schema, config), 'full config, uncompiled').toBe(verdict);
            expect(holds(toInputSchema(schema), value), 'user input, uncompiled').toBe(verdict);
            seen[verdict ? 'valid' : 'invalid'] += 1;
            expect(validateStructural(fullStructural, config).length === 0, 'full config').toBe(verdict);
            expect(validateStructural(structural, value).length === 0, 'user input').toBe(verdict);
            expect(input(value).length === 0, 'user input by ajv').toBe(verdict);
          }
        },
      ),
      { seed: SEED, numRuns: RUNS },
    );
    // A generator that only makes refused schemas, or only one verdict, would prove nothing.
    expect(seen.valid).toBeGreaterThan(500);
    expect(seen.invalid).toBeGreaterThan(500);
    expect(seen.refused).toBeLessThan(RUNS * 0.8);
  }, 120_000);
});
