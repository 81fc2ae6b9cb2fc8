import { expect, test } from 'vitest';
import type { JsonObject } from '../internal/json.ts';
import { compileConfig, loadConfigSchema } from '../schema/index.ts';
import { sampleConfig } from './sample.ts';

const rows: readonly (readonly [string, JsonObject, JsonObject])[] = [
  ['nothing required', { properties: { a: { type: 'string' } } }, {}],
  ['a default is enough', { required: ['a'], properties: { a: { type: 'integer', default: 3 } } }, { a: 3 }],
  [
    'one of a choice',
    { required: ['a'], properties: { a: { type: 'string', enum: ['x', 'y'] } } },
    { a: 'x' },
  ],
  [
    'an address',
    { required: ['a'], properties: { a: { type: 'string', format: 'email' } } },
    { a: 'ops@example.org' },
  ],
  [
    'a host name',
    { required: ['a'], properties: { a: { type: 'string', pattern: '^[a-z]+\\.[a-z]+$' } } },
    { a: 'example.org' },
  ],
  ['a size', { required: ['a'], properties: { a: { type: 'string', pattern: '^[0-9]+Gi$' } } }, { a: '1Gi' }],
  ['a bound', { required: ['a'], properties: { a: { type: 'integer', minimum: 7, maximum: 9 } } }, { a: 7 }],
  [
    'deeper',
    {
      required: ['a'],
      properties: { a: { type: 'object', required: ['b'], properties: { b: { type: 'boolean' } } } },
    },
    { a: { b: false } },
  ],
];
test.for(rows)('sampleConfig(): %s', ([, part, want]) => {
  const json = { type: 'object', ...part };
  expect(sampleConfig(json)).toEqual(want);
  expect(compileConfig(loadConfigSchema(json))(sampleConfig(json)), 'its own schema takes it').toEqual([]);
});

test('sampleConfig() leaves out what cannot be guessed: validation names it', () => {
  const json = {
    type: 'object',
    required: ['a'],
    properties: { a: { type: 'string', pattern: '^zq[0-9]{7}$' } },
  };
  expect(sampleConfig(json)).toEqual({});
});
