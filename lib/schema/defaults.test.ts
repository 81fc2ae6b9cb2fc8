import { describe, expect, test } from 'vitest';
import type { Json, JsonObject } from '../internal/json.ts';
import {
  applyDefaults,
  compileConfig,
  loadConfigSchema,
  mergeConfig,
  resolveConfig,
  toStructural,
  validateStructural,
} from './index.ts';

const schema = loadConfigSchema({
  type: 'object',
  properties: {
    replicas: { type: 'integer', default: 2 },
    monitoring: { type: 'object', properties: { enabled: { type: 'boolean', default: false } } },
    ingress: {
      type: 'object',
      required: ['host'],
      properties: { host: { type: 'string' }, tls: { type: 'boolean', default: true } },
    },
    users: {
      type: 'array',
      items: {
        type: 'object',
        properties: { name: { type: 'string' }, admin: { type: 'boolean', default: false } },
      },
    },
    pools: {
      type: 'object',
      additionalProperties: { type: 'object', properties: { size: { type: 'integer', default: 1 } } },
    },
    limits: {
      type: 'object',
      default: { cpu: '1' },
      properties: { cpu: { type: 'string' }, memory: { type: 'string', default: '1Gi' } },
    },
    note: { type: ['string', 'null'], default: 'x' },
  },
  required: ['replicas'],
});

const base = { replicas: 2, monitoring: { enabled: false }, limits: { cpu: '1', memory: '1Gi' }, note: 'x' };
const cases: Record<string, { in: Json; want: Json; reason: string }> = {
  Empty: {
    in: {},
    want: base,
    reason: 'objects made of defaults appear, those with a required key without default do not',
  },
  Partial: {
    in: { ingress: { host: 'a' } },
    want: { ...base, ingress: { host: 'a', tls: true } },
    reason: 'a present object is filled',
  },
  Lists: {
    in: { users: [{ name: 'a' }] },
    want: { ...base, users: [{ name: 'a', admin: false }] },
    reason: 'each item is filled',
  },
  Maps: {
    in: { pools: { a: {} } },
    want: { ...base, pools: { a: { size: 1 } } },
    reason: 'each value is filled',
  },
  Null: {
    in: { note: null, replicas: null },
    want: { ...base, note: null, replicas: null },
    reason: 'null is a value; the validator judges it',
  },
  WrongType: { in: { monitoring: 'on' }, want: { ...base, monitoring: 'on' }, reason: 'nothing is repaired' },
};
test.for(Object.entries(cases))('applyDefaults() %s', ([, c]) => {
  expect(applyDefaults(schema, c.in), c.reason).toEqual(c.want);
});

test('applyDefaults() copies: neither the input nor the schema is shared', () => {
  const input = { users: [{ name: 'a' }] };
  const first = applyDefaults(schema, input) as { limits: Record<string, string> };
  first.limits.cpu = 'changed';
  expect((applyDefaults(schema, input) as { limits: Json }).limits).toEqual({ cpu: '1', memory: '1Gi' });
  expect(input).toEqual({ users: [{ name: 'a' }] });
});

describe('mergeConfig()', () => {
  test('objects merge, lists and scalars and null replace, undefined is skipped', () => {
    const merged = mergeConfig({ a: { b: 1, c: 1 }, l: [1, 2], n: 'x' }, undefined, {
      a: { c: 2 },
      l: [3],
      n: null,
    });
    expect(merged).toEqual({ a: { b: 1, c: 2 }, l: [3], n: null });
  });
  test('__proto__ is refused and pollutes nothing', () => {
    expect(() => mergeConfig({}, JSON.parse('{"a":{"__proto__":{"x":1}}}') as JsonObject)).toThrow(
      '"__proto__" is not allowed',
    );
    expect(({} as { x?: number }).x).toBeUndefined();
  });
});

describe('a condition on a key with a default', () => {
  const database = loadConfigSchema({
    type: 'object',
    properties: {
      mode: { type: 'string', enum: ['embedded', 'external'], default: 'embedded' },
      host: { type: 'string' },
    },
    oneOf: [
      { properties: { mode: { const: 'embedded' } }, not: { required: ['host'] } },
      { properties: { mode: { const: 'external' } }, required: ['mode', 'host'] },
    ],
  });
  const rows: readonly [JsonObject, boolean, string][] = [
    [{}, true, 'absent means embedded'],
    [{ host: 'a' }, false, 'embedded has no host'],
    [{ mode: 'external' }, false, 'external needs one'],
    [{ mode: 'external', host: 'a' }, true, 'complete'],
  ];
  test.for(rows)('%j is accepted: %s (%s)', ([value, accepted, reason]) => {
    expect(compileConfig(database)(applyDefaults(database, value)).length === 0, reason).toBe(accepted);
    expect(validateStructural(toStructural(database), value).length === 0, `${reason} (structural)`).toBe(
      accepted,
    );
  });
});

describe('layers under the user config', () => {
  const sized = loadConfigSchema({
    type: 'object',
    properties: {
      replicas: { type: 'integer' },
      mode: { type: 'string', enum: ['embedded', 'external'], default: 'embedded' },
      host: { type: 'string' },
      storage: {
        type: 'object',
        properties: { class: { type: 'string' }, size: { type: 'string' } },
        required: ['class', 'size'],
      },
    },
    required: ['replicas'],
    if: { properties: { mode: { const: 'external' } } },
    ...Object.fromEntries([['then', { required: ['host'] }]]),
  });
  const accepts = (value: Json, layers: object): boolean =>
    validateStructural(toStructural(sized, layers), value).length === 0;

  test('Blueprint values count as defaults, exactly', () => {
    const values = { replicas: 3, mode: 'external' };
    expect(accepts({}, {}), 'replicas is required').toBe(false);
    expect(accepts({}, { values }), 'external needs a host').toBe(false);
    expect(accepts({ host: 'a' }, { values })).toBe(true);
    expect(resolveConfig(sized, values, undefined, { host: 'a' })).toEqual({
      replicas: 3,
      mode: 'external',
      host: 'a',
    });
  });

  test('what a size may supply is not required, and conditions on it wait for the host', () => {
    const sizes = [{ replicas: 1 }, { replicas: 3, mode: 'external', storage: { size: '10Gi' } }];
    expect(accepts({}, { sizes })).toBe(true);
    expect(accepts({ storage: { class: 'fast' } }, { sizes }), 'the size adds storage.size').toBe(true);
    expect(accepts({ storage: { size: '1Gi' } }, { sizes }), 'no size gives a class').toBe(false);
    expect(accepts({ mode: 'nope' }, { sizes }), 'values are still judged').toBe(false);
    const paths = compileConfig(sized)(resolveConfig(sized, undefined, sizes[1], {})).map(
      (issue) => issue.path,
    );
    expect(paths, 'the host knows the size').toEqual(['spec.config.host', 'spec.config.storage.class']);
  });
});
