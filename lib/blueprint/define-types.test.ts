import { expect, expectTypeOf, test } from 'vitest';
import { apiOf, defineBlueprint } from './define.ts';
import { common, config, type ShopConfig } from './fixture.test-helper.ts';
import { output, type SecretKeyRef } from './output.ts';
import type { Dependency, Member } from './types.ts';
import { type HelmChart, helmChart } from './upstream.ts';

// The type system is the documentation: tsc judges this file, and `@ts-expect-error` is an assertion of it.

const database = defineBlueprint({
  ...common,
  name: 'database',
  outputs: {
    host: output.string('Where'),
    password: output.secret('Credential'),
    port: output.integer('Port'),
  },
  compose: () => undefined,
});

test('config, size, placement and upstream are those of the literal', () => {
  defineBlueprint({
    ...common,
    placement: { modes: ['single-region', 'active-hotstandby'], default: 'single-region' },
    sizes: { small: {}, large: { replicas: 3 } },
    upstream: { one: helmChart({ repository: 'oci://r.io/a', chart: 'a', version: '1.0.0' }) },
    compose({ config, size, placement, upstream }) {
      expectTypeOf(config).toEqualTypeOf<ShopConfig>();
      expectTypeOf(size).toEqualTypeOf<'small' | 'large'>();
      expectTypeOf(placement.mode).toEqualTypeOf<'single-region' | 'active-hotstandby'>();
      expectTypeOf(upstream.one).toEqualTypeOf<HelmChart>();
      return undefined;
    },
  });
});

test('a dependency with `when` may be undefined, one without is always there, its outputs are typed', () => {
  defineBlueprint({
    ...common,
    depends: {
      always: { blueprint: 'database', version: '^1', api: apiOf<typeof database>() },
      sometimes: {
        blueprint: 'database',
        version: '^1',
        api: apiOf<typeof database>(),
        when: (config) => config.mode.is('embedded'),
      },
      untyped: { version: '^1' },
    },
    compose({ dependencies }) {
      expectTypeOf(dependencies.always.outputs.host).toEqualTypeOf<string | undefined>();
      expectTypeOf(dependencies.always.outputs.password).toEqualTypeOf<SecretKeyRef | undefined>();
      expectTypeOf(dependencies.sometimes).extract<undefined>().toEqualTypeOf<undefined>();
      expectTypeOf(dependencies.sometimes?.outputs.port).toEqualTypeOf<number | undefined>();
      expectTypeOf(dependencies.untyped).toExtend<Dependency<unknown>>();
      // @ts-expect-error: the condition may not hold
      dependencies.sometimes.outputs;
      // @ts-expect-error: no such alias
      dependencies.never;
      // @ts-expect-error: no such output
      dependencies.always.outputs.hots;
      return undefined;
    },
  });
});

test('a member takes the config of its Blueprint', () => {
  defineBlueprint({
    ...common,
    members: { database: { version: '^1', api: apiOf<typeof database>() } },
    compose({ members }) {
      expectTypeOf(members.database).toExtend<Member<never, unknown>>();
      members.database.configure({ config: { replicas: 2 } });
      // @ts-expect-error: no such field
      members.database.configure({ config: { replica: 2 } });
      // @ts-expect-error: no such value
      members.database.configure({ config: { mode: 'both' } });
      return undefined;
    },
  });
});

test('outputs and status are what was declared', () => {
  defineBlueprint({
    ...common,
    outputs: { url: output.string('URL') },
    status: { shards: output.integer('Shards') },
    compose: () => ({ outputs: { url: 'https://a' }, status: { shards: 1 } }),
  });
  defineBlueprint({
    ...common,
    outputs: { url: output.string('URL') },
    // @ts-expect-error: a number is no URL
    compose: () => ({ outputs: { url: 1 } }),
  });
  defineBlueprint({
    ...common,
    outputs: { url: output.string('URL') },
    // @ts-expect-error: not declared
    compose: () => ({ outputs: { urll: 'https://a' } }),
  });
});

test('a typo in sizes, values, config or a condition is a type error', () => {
  // @ts-expect-error: no such field in the config
  defineBlueprint({ ...common, sizes: { small: { replica: 1 } }, compose: () => undefined });
  // @ts-expect-error: a text is no number
  defineBlueprint({ ...common, sizes: { small: { replicas: '1' } }, compose: () => undefined });
  // @ts-expect-error: no such field in the config
  defineBlueprint({ ...common, values: { tls: { enable: true } }, compose: () => undefined });
  defineBlueprint({
    ...common,
    compose({ config }) {
      // @ts-expect-error: no such field
      void config.replica;
      return undefined;
    },
  });
  const otherValue = () =>
    defineBlueprint({
      ...common,
      // @ts-expect-error: no such value of the enum
      depends: { database: { version: '^1', when: (config) => config.mode.is('embeded') } },
      compose: () => undefined,
    });
  expect(otherValue).toThrow(/depends.database.when/);
  const otherField = () =>
    defineBlueprint({
      ...common,
      // @ts-expect-error: no such field
      depends: { database: { version: '^1', when: (config) => config.modus.is('embedded') } },
      compose: () => undefined,
    });
  expect(otherField).toThrow(/has no field "modus"/);
  const otherDefault = () =>
    defineBlueprint({
      ...common,
      config,
      // @ts-expect-error: the default must be one of the modes
      placement: { modes: ['single-region'], default: 'active-active' },
      compose: () => undefined,
    });
  expect(otherDefault).toThrow(/placement.default/);
});
