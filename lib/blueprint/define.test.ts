import { describe, expect, test } from 'vitest';
import { buildPredicate, formatPredicate } from '../model/predicate.ts';
import { DEFAULT_TTL_SECONDS, defineBlueprint } from './define.ts';
import { common, refusal } from './fixture.test-helper.ts';
import { output } from './output.ts';
import { helmChart } from './upstream.ts';

const compose = (): undefined => undefined;

// Faults that a cast or plain JavaScript can carry past the types.
const define = (over: object): unknown =>
  defineBlueprint({ ...common, compose, ...over } as Parameters<typeof defineBlueprint>[0]);

const when = (build: unknown) => ({ a: { version: '^1', when: build } });

const faults: Readonly<Record<string, { reason: string; in: object; path: string }>> = {
  Name: { reason: 'kebab-case', in: { name: 'Shop' }, path: 'name' },
  Version: { reason: 'bare', in: { version: 'v1.0.0' }, path: 'version' },
  Kind: { reason: 'a Kubernetes kind', in: { kind: 'shop' }, path: 'kind' },
  Plural: { reason: 'a resource name', in: { plural: 'Shops' }, path: 'plural' },
  Namespace: { reason: 'a DNS label', in: { namespace: 'a_b' }, path: 'namespace' },
  TtlTooShort: { reason: 'nobody gets a loop by accident', in: { ttlSeconds: 5 }, path: 'ttlSeconds' },
  TtlNoNumber: { reason: 'NaN is no time', in: { ttlSeconds: Number.NaN }, path: 'ttlSeconds' },
  NoSizes: { reason: 'the first one is the default', in: { sizes: {} }, path: 'sizes' },
  SizeName: {
    reason: 'it becomes a folder and an enum value',
    in: { sizes: { 'x/y': {} } },
    path: 'sizes.x/y',
  },
  NoModes: {
    reason: 'it has to run somewhere',
    in: { placement: { modes: [], default: 'x' } },
    path: 'placement.modes',
  },
  OtherDefault: {
    reason: 'the default must be allowed',
    in: { placement: { modes: ['single-region'], default: 'active-active' } },
    path: 'placement.default',
  },
  RegionsReversed: {
    reason: 'no number fits',
    in: { placement: { modes: ['active-active'], default: 'active-active', minRegions: 4, maxRegions: 3 } },
    path: 'placement',
  },
  OneRegionForMany: {
    reason: 'active-active needs two',
    in: { placement: { modes: ['single-region', 'active-active'], default: 'single-region', maxRegions: 1 } },
    path: 'placement.maxRegions',
  },
  Alias: {
    reason: 'an alias is a property name',
    in: { depends: { 'a-b': { version: '^1' } } },
    path: 'depends.a-b',
  },
  EdgeName: {
    reason: 'the short name',
    in: { depends: { a: { blueprint: 'bp-a', version: '^1' } } },
    path: 'depends.a.blueprint',
  },
  Self: {
    reason: 'would wait for itself',
    in: { depends: { shop: { version: '^1' } } },
    path: 'depends.shop.blueprint',
  },
  Range: { reason: 'a range', in: { depends: { a: { version: 'latest' } } }, path: 'depends.a.version' },
  WhenPlain: { reason: 'cannot be written down', in: { depends: when(() => true) }, path: 'depends.a.when' },
  WhenText: {
    reason: 'is written as code',
    in: { depends: when("{{ .config.a == 'x' }}") },
    path: 'depends.a.when',
  },
  WhenThrows: {
    reason: 'nothing is known yet when it is read',
    in: {
      depends: when(() => {
        throw new Error('boom');
      }),
    },
    path: 'depends.a.when',
  },
  AfterStranger: {
    reason: 'a typo would be no order at all',
    in: { members: { a: { version: '^1', after: ['b'] } } },
    path: 'members.a.after',
  },
  AfterInherited: {
    reason: 'nothing inherited is a member',
    in: { members: { a: { version: '^1', after: ['constructor'] } } },
    path: 'members.a.after',
  },
  Cycle: {
    reason: 'would never start',
    in: {
      members: {
        a: { version: '^1', after: ['c'] },
        b: { version: '^1', after: ['a'] },
        c: { version: '^1', after: ['b'] },
      },
    },
    path: 'members',
  },
  SelfAfter: {
    reason: 'the shortest cycle',
    in: { members: { a: { version: '^1', after: ['a'] } } },
    path: 'members',
  },
  OnePath: {
    reason: 'both would be the composed resource "a-b"',
    in: { members: { aB: { version: '^1' }, aBAlso: { version: '^1' }, AB: { version: '^1' } } },
    path: 'members.AB',
  },
  UpgradesFrom: { reason: 'a range', in: { upgrades: { from: ['^1', 'old'] } }, path: 'upgrades.from[1]' },
  UpgradesBlocks: { reason: 'a range', in: { upgrades: { blocks: [''] } }, path: 'upgrades.blocks[0]' },
  Rotation: {
    reason: 'a duration',
    in: { rotation: [{ kind: 'api-token', name: 'x', ttl: '1w' }] },
    path: 'rotation[0].ttl',
  },
  ReservedStatus: {
    reason: 'would overwrite what every XR has',
    in: { status: { phase: output.string('mine') } },
    path: 'status.phase',
  },
};

describe('defineBlueprint() refuses', () => {
  test.for(Object.entries(faults))('%s', async ([, tc]) => {
    const error = await refusal(() => define(tc.in));
    expect(error, tc.reason).toMatchObject({ name: 'ToolkitError', code: 'invalid' });
    const paths = error.message
      .split('\n')
      .slice(1)
      .map((line) => line.slice(0, line.indexOf(': ')));
    expect(paths, tc.reason).toContain(tc.path);
  });

  test('everything at once, under the name of the Blueprint', async () => {
    const error = await refusal(() =>
      define({
        version: '1',
        sizes: {},
        ttlSeconds: 0,
        depends: { web: { version: 'latest', when: () => 1 } },
      }),
    );
    expect(error.message).toBe(
      [
        'Cannot define Blueprint "shop":',
        'version: must be a semantic version such as 1.4.0 or 1.4.0-rc.1',
        'ttlSeconds: must be 10 or more',
        'sizes: must declare at least one size',
        'depends.web.version: is not a version range such as ^1.2, ~1.4 or >=1.0 <2',
        'depends.web.when: Cannot build the predicate: it must return one comparison',
      ].join('\n'),
    );
  });

  test('a cycle by naming its way round', async () => {
    const error = await refusal(() => define(faults.Cycle?.in ?? {}));
    expect(error.message).toContain('a → c → b → a');
  });
});

test('defineBlueprint() fills in what follows from the name', () => {
  const blueprint = defineBlueprint({ ...common, name: 'web-shop', compose });
  expect(blueprint).toMatchObject({
    artifact: 'bp-web-shop',
    kind: 'WebShop',
    plural: 'webshops',
    namespace: 'web-shop',
    createNamespace: true,
    defaultSize: 'small',
    ttlSeconds: DEFAULT_TTL_SECONDS,
    depends: [],
    members: [],
  });
});

test.for(['kube-system', 'default'])('a Blueprint in %s does not compose it', (namespace) => {
  expect(defineBlueprint({ ...common, namespace, compose }).createNamespace).toBe(false);
});

test('an alias means the Blueprint of its name in kebab-case', () => {
  const { members } = defineBlueprint({
    ...common,
    members: {
      llmGateway: { version: '^1', when: (config) => config.mode.is('embedded') },
      chat: { blueprint: 'librechat', version: '^1', after: ['llmGateway'] },
    },
    compose,
  });
  expect(members.map((m) => [m.alias, m.blueprint, m.after, m.when && formatPredicate(m.when)])).toEqual([
    ['llmGateway', 'llm-gateway', [], "{{ .config.mode == 'embedded' }}"],
    ['chat', 'librechat', ['llmGateway'], undefined],
  ]);
});

test('a definition is read without running compose', () => {
  let runs = 0;
  defineBlueprint({
    ...common,
    compose: () => {
      runs++;
      return undefined;
    },
  });
  expect([runs, buildPredicate<{ a: string }>((c) => c.a.is('x')).operator]).toEqual([0, '==']);
});

describe('helmChart()', () => {
  const chart = { repository: 'https://charts.example.org/', chart: 'shop', version: '1.2.3' };
  test.for([
    ['http repository', { ...chart, repository: 'http://charts.example.org' }],
    ['file repository', { ...chart, repository: 'file:///etc' }],
    ['repository with a space', { ...chart, repository: 'https://a b' }],
    ['range', { ...chart, version: '^1.2' }],
    ['x-range', { ...chart, version: '1.2.x' }],
    ['latest', { ...chart, version: 'latest' }],
  ] as const)('refuses a %s', ([, props]) => {
    expect(() => helmChart(props)).toThrow(expect.objectContaining({ code: 'invalid' }));
  });

  test('takes exact versions, also with v and build, and trims the slash', () => {
    expect(helmChart(chart).repository).toBe('https://charts.example.org');
    expect(helmChart({ ...chart, version: 'v1.2.3-rc.1+5' }).version).toBe('v1.2.3-rc.1+5');
  });
});
