import { expect, test } from 'vitest';
import type { JsonObject } from '../internal/json.ts';
import { formatConfigTable, generateConfigModule, loadConfigSchema } from './index.ts';

const json: JsonObject = {
  type: 'object',
  required: ['domain'],
  properties: {
    domain: { type: 'string', format: 'hostname', description: 'Where users go\nby default | always' },
    replicas: { type: 'integer', minimum: 1, default: 2, description: 'closes the comment */ evil()' },
    database: {
      type: 'object',
      properties: {
        mode: { type: 'string', enum: ['embedded', 'external'], default: 'embedded' },
        host: { type: 'string' },
      },
    },
    labels: { type: 'object', additionalProperties: { type: 'string' } },
    'a-b': { type: ['string', 'null'] },
    port: { 'x-kubernetes-int-or-string': true },
  },
};

test('generateConfigModule() writes both types and the schema', async () => {
  const text = await generateConfigModule(json, { name: 'demo' });
  const [config = '', input = ''] = text.split('export interface ConfigInput');
  expect(config, 'a default is always there').toContain('readonly replicas: number;');
  expect(input, 'and may be left out').toContain('readonly replicas?: number;');
  expect(config, 'an object made of defaults is there').toMatch(/readonly database: \{/);
  expect(config).toContain("readonly mode: 'embedded' | 'external';");
  expect(config).toContain('readonly host?: string;');
  expect(config).toContain("readonly 'a-b'?: string | null;");
  expect(config).toContain('readonly port?: number | string;');
  expect(config).toContain('readonly [k: string]: string;');
  expect(config, 'a description cannot become code').not.toContain('*/ evil()');
  expect(text).toContain('export const config: Schema<Config, ConfigInput> = schema<Config, ConfigInput>({');
  expect(await generateConfigModule(json, { name: 'demo' }), 'same input, same bytes').toBe(text);
});

test('generateConfigModule() refuses what the XRD could not hold', async () => {
  await expect(
    generateConfigModule({ type: 'object', properties: { a: { type: 'object' } } }, { name: 'demo' }),
  ).rejects.toMatchObject({
    code: 'schema',
  });
});

test('formatConfigTable() lists every path on one row', () => {
  const rows = formatConfigTable(loadConfigSchema(json)).split('\n');
  expect(rows).toContain(
    '| `domain` | string | required | hostname | Where users go by default \\| always |',
  );
  expect(rows).toContain('| `database.mode` | string | `"embedded"` | `"embedded"`, `"external"` |  |');
  expect(rows).toContain('| `labels` | map of string |  |  |  |');
});
