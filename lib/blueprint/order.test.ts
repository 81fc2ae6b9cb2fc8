import { Construct } from 'constructs';
import { describe, expect, test } from 'vitest';
import { compareBytes, type JsonObject } from '../internal/json.ts';
import { ClusterIssuer } from '../kinds/cert-manager.ts';
import { ConfigMap, Namespace, ServiceAccount } from '../kinds/core.ts';
import { HelmRelease } from '../kinds/flux.ts';
import { inProcessFunction } from '../render/in-process.ts';
import { renderComposite } from '../render/reconcile.ts';
import { composeFunction } from './compose.ts';
import { defineBlueprint } from './define.ts';
import { call, common, installed, other, READY } from './fixture.test-helper.ts';

const ready: JsonObject = { status: { conditions: READY } };
const unready: JsonObject = { status: { conditions: [{ type: 'Ready', status: 'False', reason: 'No' }] } };

/** operator ← instance ← route, the classic chain; `extra` depends on a toggle. */
const chain = defineBlueprint({
  ...common,
  compose({ scope, config }) {
    const operator = new HelmRelease(scope, 'operator', { spec: { interval: '1h' } });
    const instance = new HelmRelease(scope, 'instance', { spec: { interval: '1h' } }).after(operator);
    new ConfigMap(scope, 'route', {}).after(instance);
    if (config.tls.enabled) new ConfigMap(scope, 'extra', {}).after(operator);
    return undefined;
  },
});

const USAGE = 'usage/instance//operator';

describe('after()', () => {
  const rows = [
    ['only the first is shown', {}, { operator: false }],
    ['an unready one holds the next back', { operator: unready }, { operator: false }],
    ['a ready one lets it through', { operator: ready }, { operator: true, instance: false }],
    [
      'what exists is never withheld, for that would delete it',
      { operator: unready, instance: unready, route: {} },
      { operator: false, instance: false, route: true, [USAGE]: true, 'usage/route//instance': true },
    ],
    [
      'nor is it when what it came after is gone',
      { instance: ready },
      { operator: false, instance: true, route: true },
    ],
  ] as const;
  test.for(rows)('%s', async ([reason, observed, want]) => {
    const shown = (await call(chain, { observed })).shown;
    // A new ConfigMap is not there yet, so it is shown and not ready.
    const expected = 'route' in want && !('route' in observed) ? { ...want, route: false } : want;
    expect(shown, reason).toEqual(expected);
  });

  test('what is withheld says what it waits for, and keeps the XR from being ready', async () => {
    const answer = await call(chain, { observed: { operator: ready } });
    expect(answer.waiting).toEqual({ instance: 'is not there yet', route: 'waits for instance' });
    expect(answer.response.composite?.ready).toBe('false');
  });

  test('holds for everything below a construct, on both ends', async () => {
    const grouped = defineBlueprint({
      ...common,
      compose({ scope }) {
        const first = new Construct(scope, 'first');
        const second = new Construct(scope, 'second');
        new ConfigMap(first, 'a', {});
        new ConfigMap(first, 'b', {});
        new ConfigMap(second, 'c', {});
        second.node.addDependency(first);
        return undefined;
      },
    });
    expect((await call(grouped)).shown).toEqual({ 'first/a': false, 'first/b': false });
    const both = { 'first/a': {}, 'first/b': {} };
    expect((await call(grouped, { observed: both })).shown).toEqual({
      'first/a': true,
      'first/b': true,
      'second/c': false,
    });
    expect((await call(grouped, { observed: { 'first/a': {} } })).waiting).toMatchObject({
      'second/c': 'waits for first/b',
    });
  });

  test('a part of the whole it comes after does not wait for itself', async () => {
    const inner = defineBlueprint({
      ...common,
      compose({ scope }) {
        const whole = new Construct(scope, 'whole');
        const a = new ConfigMap(whole, 'a', {});
        new ConfigMap(whole, 'b', {}).after(a);
        return undefined;
      },
    });
    expect((await call(inner)).shown).toEqual({ 'whole/a': false });
  });
});

describe('an unready dependency', () => {
  const blueprint = defineBlueprint({
    ...common,
    depends: { database: { version: '^1' } },
    compose({ scope }) {
      new ConfigMap(scope, 'old', {});
      new ConfigMap(scope, 'new', {});
      return undefined;
    },
  });
  const catalogue = [other('database')];

  test('holds everything new back, and nothing that exists', async () => {
    const required = { 'dependency/database': [] };
    const answer = await call(blueprint, { catalogue, required, observed: { old: {} } });
    expect(answer.shown).toEqual({ old: true });
    expect(answer.waiting).toEqual({ new: 'waits for dependency database' });
  });

  test('holds nothing back when its Blueprint does not exist: it would wait for ever', async () => {
    const answer = await call(blueprint);
    expect(answer.shown).toEqual({ old: false, new: false });
    expect(answer.conditions).toEqual({ BlueprintsAvailable: 'False', DependenciesReady: 'True' });
  });
});

describe('Usages', () => {
  test('protect what others came after, between objects that both exist', async () => {
    const observed = { operator: ready, instance: ready };
    const answer = await call(chain, { observed });
    expect(Object.keys(answer.shown).filter((n) => n.startsWith('usage/'))).toEqual([USAGE]);
    expect(answer.object(USAGE)).toMatchObject({
      apiVersion: 'protection.crossplane.io/v1beta1',
      kind: 'Usage',
      metadata: { namespace: 'apps' },
      spec: {
        of: {
          apiVersion: 'helm.toolkit.fluxcd.io/v2',
          kind: 'HelmRelease',
          resourceRef: { name: 'my-operator' },
        },
        by: {
          apiVersion: 'helm.toolkit.fluxcd.io/v2',
          kind: 'HelmRelease',
          resourceRef: { name: 'my-instance' },
        },
      },
    });
    const { spec } = answer.object(USAGE);
    expect(spec, 'a refused deletion stays refused').not.toHaveProperty('replayDeletion');
    expect((await call(chain, { observed: { operator: ready } })).shown).not.toHaveProperty(USAGE);
  });

  test('exist only where Crossplane can hold them: one scope, one namespace', async () => {
    const mixed = defineBlueprint({
      ...common,
      scope: 'Cluster',
      createNamespace: false,
      compose({ scope }) {
        const release = new HelmRelease(scope, 'release', { spec: { interval: '1h' } });
        const issuer = new ClusterIssuer(scope, 'issuer', { spec: {} }).after(release);
        new ClusterIssuer(scope, 'second', { spec: {} }).after(issuer);
        new ServiceAccount(scope, 'elsewhere', { metadata: { namespace: 'other' } }).after(release);
        new Namespace(scope, 'ns', {}).after(release);
        return undefined;
      },
    });
    const observed = {
      release: ready,
      issuer: ready,
      second: ready,
      elsewhere: {},
      ns: { status: { phase: 'Active' } },
    };
    const answer = await call(mixed, { observed });
    const usages = Object.keys(answer.shown).filter((n) => n.startsWith('usage/'));
    expect(usages).toEqual(['usage/second//issuer']);
    expect(answer.object('usage/second//issuer')).toMatchObject({ kind: 'ClusterUsage' });
    expect(answer.object('usage/second//issuer').metadata).not.toHaveProperty('namespace');
  });
});

test('an optional part that is turned off is collected, with its Usage', async () => {
  const uid = '75e4a668-035f-4ce8-8c45-f4d3ac850155';
  const owner = {
    apiVersion: 'compose.openova.io/v1alpha1',
    kind: 'Shop',
    name: 'my',
    uid,
    controller: true,
  };
  const composed = (resource: string, apiVersion: string, kind: string, status: JsonObject): JsonObject => ({
    apiVersion,
    kind,
    metadata: {
      name: `my-${resource}`,
      namespace: 'apps',
      annotations: { 'crossplane.io/composition-resource-name': resource },
      ownerReferences: [owner],
    },
    ...status,
  });
  const observed = [
    composed('operator', 'helm.toolkit.fluxcd.io/v2', 'HelmRelease', ready),
    composed('extra', 'v1', 'ConfigMap', {}),
  ];
  const render = (enabled: boolean) =>
    renderComposite({
      composite: {
        apiVersion: 'compose.openova.io/v1alpha1',
        kind: 'Shop',
        metadata: { name: 'my', namespace: 'apps', uid },
        spec: { config: { tls: { enabled } } },
      },
      composition: {
        apiVersion: 'apiextensions.crossplane.io/v1',
        kind: 'Composition',
        metadata: { name: 'shop' },
        spec: {
          compositeTypeRef: { apiVersion: 'compose.openova.io/v1alpha1', kind: 'Shop' },
          mode: 'Pipeline',
          pipeline: [{ step: 'compose', functionRef: { name: 'host' } }],
        },
      },
      functions: new Map([['host', inProcessFunction(composeFunction(chain, { catalogue: new Map() }))]]),
      observed,
    });
  const names = (list: readonly JsonObject[]): string[] =>
    list.map((o) => `${String(o.kind)}/${String((o.metadata as JsonObject).name)}`).sort(compareBytes);

  const on = await render(true);
  expect([on.failure, names(on.deleted)]).toEqual([undefined, []]);
  expect(on.composed.map((c) => c.name)).toContain('usage/extra//operator');
  const off = await render(false);
  expect(names(off.deleted)).toEqual(['ConfigMap/my-extra']);
  expect(off.composed.map((c) => c.name)).toEqual(['instance', 'operator']);
});

test('a dependency that is ready lets the whole through', async () => {
  const blueprint = defineBlueprint({
    ...common,
    depends: { database: { version: '^1' } },
    compose({ scope, dependencies }) {
      new ConfigMap(scope, 'a', { data: { host: String(dependencies.database.outputs.host) } });
      return undefined;
    },
  });
  const answer = await call(blueprint, {
    catalogue: [other('database')],
    required: {
      'dependency/database': [installed('Database', 'db', { outputs: { host: 'db.apps' } }, 'apps')],
    },
  });
  expect(answer.object('a')).toMatchObject({ data: { host: 'db.apps' } });
});
