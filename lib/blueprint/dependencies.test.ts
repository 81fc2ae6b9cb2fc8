import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../internal/json.ts';
import { defineBlueprint } from './define.ts';
import { call, common, installed, other } from './fixture.test-helper.ts';

const message = (conditions: readonly { type: string; message?: string }[] | undefined, type: string) =>
  conditions?.find((c) => c.type === type)?.message;

describe('dependencies', () => {
  const seen: unknown[] = [];
  const blueprint = defineBlueprint({
    ...common,
    depends: {
      database: { version: '^1.2' },
      issuer: { blueprint: 'cert-manager', version: '^1', when: (config) => config.tls.enabled.is(true) },
    },
    compose({ dependencies }) {
      seen.push(dependencies);
      return undefined;
    },
  });
  const catalogue = [other('database', { version: '1.2.0' }), other('cert-manager', { scope: 'Cluster' })];
  const db = (name: string, status: JsonObject = {}): JsonObject =>
    installed('Database', name, status, 'apps');
  const notReady = {
    conditions: [
      { type: 'Synced', status: 'True' },
      { type: 'Ready', status: 'False', reason: 'Creating' },
    ],
  };

  const rows: readonly [string, readonly JsonObject[] | undefined, JsonObject, string | undefined][] = [
    ['not looked up yet: the first call of a loop', undefined, {}, 'Database has not been looked up yet'],
    ['none', [], {}, 'there is no Database yet'],
    [
      'none of the chosen name',
      [],
      { dependencies: { database: 'main' } },
      'there is no Database "main" yet',
    ],
    ['one', [db('any')], {}, undefined],
    [
      'several, nothing to tell them apart',
      [db('a'), db('b')],
      {},
      'there are 2 of Database (apps/a, apps/b): choose one in spec.dependencies.database',
    ],
    ['several, one named after its Blueprint', [db('a'), db('database')], {}, undefined],
    [
      'one that is not ready says why',
      [db('any', notReady)],
      {},
      'Database "apps/any": Ready is False (Creating)',
    ],
    [
      'one of a wrong version',
      [db('any', { installed: { version: '1.1.0' } })],
      {},
      'Database "apps/any" is 1.1.0, but ^1.2 is needed',
    ],
    [
      'a development build counts as its release',
      [db('any', { installed: { version: '1.2.0-dev.ab' } })],
      {},
      undefined,
    ],
  ];
  test.for(rows)('%s', async ([reason, found, spec, waits]) => {
    const required = found === undefined ? {} : { 'dependency/database': found };
    const answer = await call(blueprint, { catalogue, required, spec });
    expect(answer.conditions.DependenciesReady, reason).toBe(waits === undefined ? 'True' : 'False');
    const told = message(answer.response.conditions, 'DependenciesReady');
    expect(told, reason).toBe(waits === undefined ? undefined : `database: ${waits}`);
    expect(answer.conditions.BlueprintsAvailable).toBe('True');
  });

  test('while it waits it asks again soon, since a required resource is not watched', async () => {
    const waiting = await call(blueprint, { catalogue, required: { 'dependency/database': [] } });
    const found = await call(blueprint, { catalogue, required: { 'dependency/database': [db('any')] } });
    expect([waiting.response.ttlSeconds, found.response.ttlSeconds]).toEqual([15, 600]);
  });

  test('a conditional one is undefined, not asked for and not reported unless its condition holds', async () => {
    seen.length = 0;
    const off = await call(blueprint, { catalogue });
    const on = await call(blueprint, { catalogue, spec: { config: { tls: { enabled: true } } } });
    expect(seen.map((d) => (d as { issuer?: object }).issuer !== undefined)).toEqual([false, true]);
    expect(Object.keys(off.response.requirements?.resources ?? {})).toEqual(['dependency/database']);
    expect(Object.keys(on.response.requirements?.resources ?? {})).toEqual([
      'dependency/database',
      'dependency/issuer',
    ]);
  });

  test.for([
    ['namespaced: those of the own namespace', {}, { kind: 'Database', namespace: 'apps' }],
    [
      'a name alone is one of the own namespace',
      { database: 'main' },
      { matchName: 'main', namespace: 'apps' },
    ],
    ['a path names another namespace', { database: 'data/main' }, { matchName: 'main', namespace: 'data' }],
  ] as const)('asks for %s', async ([, dependencies, want]) => {
    const answer = await call(blueprint, { catalogue, spec: { dependencies } });
    expect(answer.response.requirements?.resources?.['dependency/database']).toMatchObject({
      apiVersion: 'compose.openova.io/v1alpha1',
      ...want,
    });
  });

  test('asks for a cluster-scoped one without namespace', async () => {
    const spec = { config: { tls: { enabled: true } }, dependencies: { issuer: 'a/main' } };
    const answer = await call(blueprint, { catalogue, spec });
    expect(answer.response.requirements?.resources?.['dependency/issuer']).toEqual({
      apiVersion: 'compose.openova.io/v1alpha1',
      kind: 'CertManager',
      matchName: 'main',
    });
  });

  test('asks the same whatever was found, or the loop would never settle', async () => {
    const asked = async (found: readonly JsonObject[] | undefined) =>
      (
        await call(blueprint, {
          catalogue,
          required: found === undefined ? {} : { 'dependency/database': found },
        })
      ).response.requirements;
    const first = await asked(undefined);
    for (const found of [[], [db('a')], [db('a'), db('b')]]) expect(await asked(found)).toEqual(first);
  });

  test('nothing is asked for a Blueprint that does not exist: an unknown kind fails the whole reconcile', async () => {
    const answer = await call(blueprint);
    expect(answer.data.requirements).toBeUndefined();
    expect(message(answer.response.conditions, 'BlueprintsAvailable')).toBe(
      'left out, because the catalogue has no such Blueprint: database',
    );
  });

  test('a Blueprint without dependencies and members has no such conditions', async () => {
    const alone = defineBlueprint({ ...common, compose: () => undefined });
    expect((await call(alone)).conditions).toEqual({});
  });
});

describe('members', () => {
  const product = defineBlueprint({
    ...common,
    name: 'hub',
    sizes: { small: {}, huge: {} },
    placement: { modes: ['single-region', 'active-active'], default: 'single-region' },
    members: {
      webShop: { version: '^1', values: { mode: 'external', tls: { issuer: 'ours' } } },
      chat: { version: '^1', after: ['webShop', 'absent'] },
      absent: { version: '^1' },
      extra: { blueprint: 'chat', version: '^1', when: (config) => config.tls.enabled.is(true) },
    },
    compose({ members, config }) {
      members.webShop.configure({ config: { replicas: config.replicas, tls: { enabled: true } } });
      members.absent.configure({ config: { a: 1 } });
      members.extra?.configure({ size: 'small', namespace: 'elsewhere' });
      return undefined;
    },
  });
  const catalogue = [other('web-shop'), other('chat')];

  test('are nested XRs: own values below what compose hands down, size and placement where they have them', async () => {
    const answer = await call(product, { catalogue, spec: { config: { replicas: 2 } } });
    expect(answer.object('web-shop')).toMatchObject({
      apiVersion: 'compose.openova.io/v1alpha1',
      kind: 'WebShop',
      metadata: { name: 'my-web-shop', namespace: 'apps' },
      spec: {
        config: { replicas: 2, mode: 'external', tls: { enabled: true, issuer: 'ours' } },
        size: 'small',
        placement: { mode: 'single-region' },
      },
    });
  });

  test('a size or placement that a member does not have is not handed on', async () => {
    const spec = { size: 'huge', placement: { mode: 'active-active', regions: ['b', 'a'] } };
    const answer = await call(product, { catalogue, spec });
    expect(answer.object('web-shop').spec).not.toHaveProperty('size');
    expect(answer.object('web-shop').spec).not.toHaveProperty('placement');
  });

  test('come in their order; one that does not exist is left out, reported, and waited for by nobody', async () => {
    const first = await call(product, { catalogue });
    expect(first.shown).toEqual({ 'web-shop': false });
    expect(first.waiting).toEqual({
      'web-shop': 'is not there yet',
      chat: 'waits for web-shop',
      absent: 'no Blueprint of this name in the catalogue: left out',
    });
    expect(first.conditions).toEqual({ BlueprintsAvailable: 'False' });
    const second = await call(product, {
      catalogue,
      observed: { 'web-shop': installed('WebShop', 'my-web-shop') },
    });
    expect(second.shown).toEqual({ 'web-shop': true, chat: false });
  });

  test('after a member that is left out comes what it came after: the order is not lost', async () => {
    const chain = defineBlueprint({
      ...common,
      name: 'hub',
      members: {
        webShop: { version: '^1' },
        absent: { version: '^1', after: ['webShop'] },
        chat: { version: '^1', after: ['absent'] },
      },
      compose: () => undefined,
    });
    const answer = await call(chain, { catalogue });
    expect([answer.shown, answer.waiting.chat]).toEqual([{ 'web-shop': false }, 'waits for web-shop']);
  });

  test('configured twice, the second call adds to the first', async () => {
    const twice = defineBlueprint({
      ...common,
      name: 'hub',
      members: { chat: { version: '^1' } },
      compose({ members }) {
        members.chat.configure({ config: { replicas: 2 }, size: 'small' });
        members.chat.configure({ config: { mode: 'external' } });
        return undefined;
      },
    });
    const answer = await call(twice, { catalogue });
    expect(answer.object('chat').spec).toMatchObject({
      config: { replicas: 2, mode: 'external' },
      size: 'small',
    });
  });

  test('a conditional one appears with its condition, configured', async () => {
    const answer = await call(product, { catalogue, spec: { config: { tls: { enabled: true } } } });
    expect(answer.object('extra')).toMatchObject({
      kind: 'Chat',
      metadata: { namespace: 'elsewhere' },
      spec: { size: 'small' },
    });
  });
});
