import { expect, test } from 'vitest';
import { compileConfig, loadConfigSchema } from './index.ts';

const validate = compileConfig(
  loadConfigSchema({
    type: 'object',
    properties: {
      replicas: { type: 'integer', minimum: 1 },
      mode: { type: 'string', enum: ['embedded', 'external'] },
      host: { type: 'string', pattern: '^[a-z]+$' },
      tags: { type: 'array', items: { type: 'string' }, uniqueItems: true },
    },
    required: ['replicas'],
    dependentRequired: { host: ['mode'] },
    oneOf: [
      { properties: { mode: { const: 'embedded' } } },
      { properties: { mode: { const: 'external' } }, required: ['mode', 'host'] },
    ],
  }),
);

/** [value, path, message, remedy] */
const rows: readonly [unknown, string, string, string | undefined][] = [
  [{}, 'spec.config.replicas', 'is required', 'set replicas'],
  [
    { replcas: 1, replicas: 1 },
    'spec.config.replcas',
    'is not a key of this config',
    'did you mean "replicas"?',
  ],
  [{ replicas: '2' }, 'spec.config.replicas', 'must be of type integer, not a string', undefined],
  [{ replicas: 0 }, 'spec.config.replicas', 'must be at least 1', undefined],
  [{ replicas: 1, mode: 'x' }, 'spec.config.mode', 'must be one of "embedded", "external"', undefined],
  [
    { replicas: 1, mode: 'embedded', host: 'A' },
    'spec.config.host',
    'does not match the pattern ^[a-z]+$',
    undefined,
  ],
  [{ replicas: 1, tags: ['a', 'a'] }, 'spec.config.tags[1]', 'is a duplicate of another item', undefined],
  [{ replicas: 1, host: 'a' }, 'spec.config.mode', 'is required', 'set mode'],
  [
    { replicas: 1, mode: 'external' },
    'spec.config',
    'matches none of the alternatives: mode is embedded; or mode is external, host set',
    undefined,
  ],
  [[], 'spec.config', 'must be of type object, not an array', undefined],
];

test.for(rows)('%j', ([value, path, message, remedy]) => {
  const found = validate(value).find((issue) => issue.path === path && issue.message === message);
  expect(found, JSON.stringify(validate(value))).toBeDefined();
  expect(found?.remedy).toBe(remedy);
});

test('valid configs have no findings', () => {
  expect(validate({ replicas: 1, mode: 'external', host: 'a' })).toEqual([]);
});

test('a deep or non-JSON value is one finding', () => {
  let deep: object = {};
  for (let i = 0; i < 5000; i += 1) deep = { a: deep };
  expect(validate(deep)).toEqual([
    { path: 'spec.config', message: expect.stringContaining('nested deeper') },
  ]);
  expect(validate({ replicas: Number.POSITIVE_INFINITY })[0]?.message).toContain('not JSON');
});

test('findings are capped', () => {
  const many = Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`k${i}`, 1]));
  expect(validate(many)).toHaveLength(100);
});
