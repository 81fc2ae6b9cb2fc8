import { expect, expectTypeOf, test } from 'vitest';
import { type ConfigInputOf, type ConfigOf, schema } from './index.ts';

interface Config {
  readonly replicas: number;
}
interface ConfigInput {
  readonly replicas?: number;
}

test('schema() carries both types and does no work', () => {
  const json = { type: 'not checked here' };
  const config = schema<Config, ConfigInput>(json);
  expect(config.json).toBe(json);
  expectTypeOf<ConfigOf<typeof config>>().toEqualTypeOf<Config>();
  expectTypeOf<ConfigInputOf<typeof config>>().toEqualTypeOf<ConfigInput>();
});
