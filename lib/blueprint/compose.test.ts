import { ApiObject } from 'cdk8s';
import * as plus from 'cdk8s-plus-28';
import { describe, expect, test } from 'vitest';
import { decodeRequest, encodeRequest, encodeResponse } from '../function/codec/index.ts';
import type { JsonObject } from '../internal/json.ts';
import { ConfigMap, Namespace, Secret } from '../kinds/core.ts';
import { HelmRelease as FluxHelmRelease } from '../kinds/flux.ts';
import { catalogueOf } from './catalogue.ts';
import { composeFunction } from './compose.ts';
import { type Blueprint, defineBlueprint } from './define.ts';
import {
  call,
  common,
  installed,
  other,
  READY,
  refusal,
  requestOf,
  type ShopConfig,
} from './fixture.test-helper.ts';
import { HelmRelease } from './helm-release.ts';
import { output } from './output.ts';
import { readyWhen } from './readiness.ts';
import { helmChart } from './upstream.ts';

const chart = helmChart({ repository: 'https://charts.example.org', chart: 'shop', version: '1.0.0' });
const ready: JsonObject = { status: { conditions: READY } };
const unready: JsonObject = { status: { conditions: [{ type: 'Ready', status: 'False', reason: 'No' }] } };

describe('config', () => {
  const seen = async (definition: object, spec: JsonObject): Promise<ShopConfig> => {
    let config: ShopConfig | undefined;
    const blueprint = defineBlueprint({
      ...common,
      sizes: { small: {}, large: { replicas: 3, tls: { enabled: true } } },
      ...definition,
      compose(context) {
        config = context.config;
        return undefined;
      },
    });
    await call(blueprint, { spec });
    if (config === undefined) throw new Error('compose was not called');
    return config;
  };

  test('schema defaults < values < size < user, key by key', async () => {
    const values = { replicas: 2, tls: { issuer: 'ours' } };
    expect(await seen({}, {})).toEqual({ replicas: 1, mode: 'embedded', tls: { enabled: false }, tags: [] });
    expect(await seen({ values }, {})).toMatchObject({
      replicas: 2,
      tls: { enabled: false, issuer: 'ours' },
    });
    expect(await seen({ values }, { size: 'large' })).toMatchObject({
      replicas: 3,
      tls: { enabled: true, issuer: 'ours' },
    });
    expect(
      await seen({ values }, { size: 'large', config: { replicas: 5, tls: { enabled: false } } }),
    ).toMatchObject({
      replicas: 5,
      tls: { enabled: false, issuer: 'ours' },
    });
  });

  test('lists are replaced, not joined', async () => {
    expect(await seen({ values: { tags: ['a', 'b'] } }, { config: { tags: ['c'] } })).toMatchObject({
      tags: ['c'],
    });
  });

  test('everything that breaks the schema is listed, with paths below spec', async () => {
    const blueprint = defineBlueprint({ ...common, compose: () => undefined });
    const error = await refusal(() =>
      call(blueprint, {
        spec: {
          config: { replicas: 9, mode: 'both', tls: { enabled: 'yes' }, extra: 1 },
          size: 'huge',
          placement: { mode: 'active-active', regions: ['a', 'a'] },
        },
      }),
    );
    expect(error).toMatchObject({ code: 'invalid' });
    for (const path of ['replicas', 'mode', 'tls.enabled', 'extra'].map((p) => `spec.config.${p}`))
      expect(error.message).toContain(path);
    for (const path of [
      'spec.size: "huge" is not one of small',
      'spec.placement.mode: ',
      'spec.placement.regions: names',
    ])
      expect(error.message).toContain(path);
  });

  test.for([
    ['spec.config', { config: [] }],
    ['spec.size', { size: 1 }],
    ['spec.placement.regions', { placement: { regions: 'a' } }],
    ['spec.placement.regions[1]', { placement: { regions: ['a', 2] } }],
    ['spec.dependencies.db', { dependencies: { db: 1 } }],
  ] as const)('an XR that no XRD has checked: %s is named', async ([path, spec]) => {
    const blueprint = defineBlueprint({ ...common, compose: () => undefined });
    expect((await refusal(() => call(blueprint, { spec }))).message).toContain(
      `Cannot compose: ${path} must be `,
    );
  });

  test('a key __proto__ pollutes nothing', async () => {
    const blueprint = defineBlueprint({ ...common, compose: () => undefined });
    const spec = { config: JSON.parse('{"__proto__":{"polluted":true}}') as JsonObject };
    await call(blueprint, { spec }).catch(() => undefined);
    expect('polluted' in {}).toBe(false);
  });
});

describe('names and metadata', () => {
  const blueprint = defineBlueprint({
    ...common,
    compose({ scope }) {
      new ConfigMap(scope, 'settings', { data: { a: 'b' } });
      new ConfigMap(scope, 'fixed', { metadata: { name: 'exactly-so', labels: { mine: 'yes' } } });
      new ApiObject(scope, 'plain', { apiVersion: 'example.org/v1', kind: 'Thing', spec: { size: 1 } });
      new plus.ConfigMap(scope, 'plus', { data: { k: 'v' } });
      const web = new plus.Deployment(scope, 'web', { replicas: 2, containers: [{ image: 'nginx:1.27' }] });
      web.podMetadata.addLabel('x', 'y');
      return undefined;
    },
  });

  test('resource names are construct paths; objects are called after XR and path, in the namespace of the XR', async () => {
    const answer = await call(blueprint);
    expect(Object.keys(answer.shown)).toEqual([
      'settings',
      'fixed',
      'plain',
      'plus/Resource',
      'web/Resource',
    ]);
    const named = Object.keys(answer.shown).map((n) => (answer.object(n).metadata as JsonObject).name);
    expect(named).toEqual(['my-settings', 'exactly-so', 'my-plain', 'my-plus', 'my-web']);
    for (const name of Object.keys(answer.shown))
      expect(answer.object(name)).toMatchObject({ metadata: { namespace: 'apps' } });
  });

  test('every object carries the labels, also of plain cdk8s and cdk8s-plus constructs', async () => {
    const labels = { 'openova.io/organization': 'acme', 'openova.io/unknown': 'x', team: 'x' };
    const answer = await call(blueprint, { metadata: { labels } });
    for (const name of Object.keys(answer.shown)) {
      const found = (answer.object(name).metadata as JsonObject).labels;
      expect(found, name).toMatchObject({
        'app.kubernetes.io/name': 'shop',
        'app.kubernetes.io/instance': 'my',
        'app.kubernetes.io/managed-by': 'crossplane',
        'openova.io/blueprint': 'bp-shop',
        'openova.io/blueprint-version': '1.2.0',
        'openova.io/organization': 'acme',
      });
      expect(found, 'labels of others are not handed on').not.toHaveProperty('team');
    }
    expect(answer.object('fixed')).toMatchObject({ metadata: { labels: { mine: 'yes' } } });
  });

  test('cdk8s-plus resolves its lazy values', async () => {
    const answer = await call(blueprint);
    expect(answer.object('web/Resource')).toMatchObject({
      kind: 'Deployment',
      spec: { replicas: 2, template: { metadata: { labels: { x: 'y' } } } },
    });
    expect(answer.object('plus/Resource')).toMatchObject({ data: { k: 'v' } });
  });

  test('a name over 63 characters is an error that names the construct', async () => {
    const long = defineBlueprint({
      ...common,
      compose({ scope }) {
        new ConfigMap(scope, 'a'.repeat(60), {});
        return undefined;
      },
    });
    const error = await refusal(() => call(long, { metadata: { name: 'shop' } }));
    expect(error).toMatchObject({ code: 'limit', message: expect.stringContaining('has 65 characters') });
  });

  test.for([
    [
      'ids that differ by a sign',
      (scope: never) => {
        new ConfigMap(scope, 'a-b', {});
        new ConfigMap(scope, 'a_b', {});
      },
    ],
    [
      'one explicit name',
      (scope: never) => {
        new Secret(scope, 'one', { metadata: { name: 'x' } });
        new Secret(scope, 'two', { metadata: { name: 'x' } });
      },
    ],
  ] as const)('two constructs that mean one object are refused: %s', async ([, build]) => {
    const twins = defineBlueprint({
      ...common,
      compose({ scope }) {
        build(scope as never);
        return undefined;
      },
    });
    expect(await refusal(() => call(twins))).toMatchObject({
      code: 'compose',
      message: expect.stringContaining('is composed as'),
    });
  });
});

describe('scope', () => {
  const cluster = (build: (scope: never) => void, more: object = {}): Blueprint =>
    defineBlueprint({
      ...common,
      scope: 'Cluster',
      namespace: 'shop-system',
      ...more,
      compose({ scope }) {
        build(scope as never);
        return undefined;
      },
    });

  test('a cluster-scoped kind in a namespaced XR is refused before Crossplane does', async () => {
    const wrong = defineBlueprint({
      ...common,
      compose({ scope }) {
        new Namespace(scope, 'ns', {});
        return undefined;
      },
    });
    expect(await refusal(() => call(wrong))).toMatchObject({
      code: 'compose',
      message: 'Cannot compose Namespace "ns": it is cluster-scoped, and this XR is namespaced',
    });
  });

  test('a cluster-scoped Blueprint gets its namespace, and what lies in it waits for it', async () => {
    const blueprint = cluster((scope) => new ConfigMap(scope, 'a', {}));
    const first = await call(blueprint);
    expect(first.shown).toEqual({ namespace: false });
    expect(first.object('namespace')).toMatchObject({ kind: 'Namespace', metadata: { name: 'shop-system' } });
    expect(first.object('namespace').metadata).not.toHaveProperty('namespace');
    expect(first.waiting).toEqual({ a: 'waits for namespace', namespace: 'is not there yet' });
    const second = await call(blueprint, { observed: { namespace: { status: { phase: 'Active' } } } });
    expect(second.shown).toEqual({ a: false, namespace: true });
    expect(second.object('a')).toMatchObject({ metadata: { namespace: 'shop-system' } });
  });

  test.for([
    [
      'createNamespace is off',
      (scope: never) => new ConfigMap(scope, 'a', {}),
      { createNamespace: false },
      ['a'],
    ],
    [
      'the author composes it',
      (scope: never) => {
        new Namespace(scope, 'own', { metadata: { name: 'shop-system' } });
      },
      {},
      ['own'],
    ],
    [
      'nothing lies in it',
      (scope: never) => new Namespace(scope, 'x', { metadata: { name: 'x' } }),
      {},
      ['x'],
    ],
    ['it is not ours', (scope: never) => new ConfigMap(scope, 'a', {}), { namespace: 'kube-system' }, ['a']],
  ] as const)('no namespace is added when %s', async ([, build, more, want]) => {
    expect(Object.keys((await call(cluster((scope) => void build(scope), more))).shown)).toEqual(want);
  });
});

describe('phases', () => {
  const blueprint = defineBlueprint({
    ...common,
    depends: { database: { version: '^1' } },
    compose({ scope }) {
      new FluxHelmRelease(scope, 'server', { spec: { interval: '1h' } });
      return undefined;
    },
  });
  const catalogue = [other('database')];
  const there = { 'dependency/database': [installed('Database', 'database', {}, 'apps')] };
  const gone = { 'dependency/database': [] };
  const rows = [
    ['Pending', 'the dependency is not there', gone, {}, undefined],
    ['Provisioning', 'the release is created now', there, {}, 'Pending'],
    ['Provisioning', 'the release is not ready yet', there, { server: unready }, 'Provisioning'],
    ['Ready', 'all is ready', there, { server: ready }, 'Provisioning'],
    ['Degraded', 'what was ready is not', there, { server: unready }, 'Ready'],
    ['Degraded', 'it stays so until it is ready again', there, { server: unready }, 'Degraded'],
    ['Degraded', 'what it builds on is gone', gone, { server: ready }, 'Ready'],
    ['Ready', 'it came back', there, { server: ready }, 'Degraded'],
  ] as const;
  test.for(rows)('%s: %s', async ([phase, reason, required, observed, before]) => {
    const status = before === undefined ? {} : { phase: before };
    const answer = await call(blueprint, { catalogue, required, observed, status });
    expect(answer.status.phase, reason).toBe(phase);
    expect(answer.response.composite?.ready, reason).toBe(phase === 'Ready' ? 'true' : 'false');
  });
});

describe('status', () => {
  test('holds version, bundle, outputs and components', async () => {
    const blueprint = defineBlueprint({
      ...common,
      outputs: { url: output.string('URL') },
      status: { shards: output.integer('Shards') },
      compose({ scope }) {
        new ConfigMap(scope, 'a', {});
        return { outputs: { url: 'https://a' }, status: { shards: 3 } };
      },
    });
    const input = { bundle: { repository: 'ghcr.io/a/bp-shop', digest: 'sha256:00' } };
    const { status } = await call(blueprint, { input, observed: { a: {} } });
    expect(status).toEqual({
      phase: 'Ready',
      outputs: { url: 'https://a' },
      shards: 3,
      installed: { version: '1.2.0', bundle: 'sha256:00' },
      components: [{ name: 'a', kind: 'ConfigMap', ready: true }],
    });
  });

  test.for([
    ['an undeclared field', { status: { surprise: 1 } }, 'status.surprise'],
    ['an undeclared output', { outputs: { surprise: 1 } }, 'status.outputs.surprise'],
    ['an output of another type', { outputs: { url: 1 } }, 'status.outputs.url'],
  ] as const)('refuses %s: Crossplane would fail after it applied everything', async ([, result, path]) => {
    const blueprint = defineBlueprint({
      ...common,
      outputs: { url: output.string('URL') },
      compose: (() => result) as never,
    });
    const error = await refusal(() => call(blueprint));
    expect(error).toMatchObject({ code: 'compose', remedy: expect.stringContaining('declare the field') });
    expect(error.message).toContain(path);
  });
});

describe('upgrades', () => {
  const blueprint = defineBlueprint({
    ...common,
    version: '2.0.0',
    upgrades: { from: ['^1.8'] },
    compose: () => undefined,
  });

  test('a forbidden step is refused with both versions and the way out', async () => {
    const error = await refusal(() => call(blueprint, { status: { installed: { version: '1.2.0' } } }));
    expect(error).toMatchObject({
      code: 'conflict',
      message:
        'Cannot upgrade Shop "my" from 1.2.0 to 2.0.0: 2.0.0 can be reached from "^1.8" only: go to such a version first',
    });
  });

  test.for([undefined, '1.9.0', '2.0.0'])('installed %s may become 2.0.0', async (version) => {
    const status = version === undefined ? {} : { installed: { version } };
    expect((await call(blueprint, { status })).status.installed).toEqual({ version: '2.0.0' });
  });
});

describe('faults of an author', () => {
  const failing = (build: (scope: never) => void): Blueprint =>
    defineBlueprint({
      ...common,
      compose({ scope }) {
        build(scope as never);
        return undefined;
      },
    });

  test('a throw becomes one error that names the Blueprint and keeps its cause', async () => {
    const error = await refusal(() =>
      call(
        failing(() => {
          throw new TypeError('x is not a function');
        }),
      ),
    );
    expect(error).toMatchObject({ code: 'compose', message: 'Cannot compose "shop": x is not a function' });
    expect(error.cause).toBeInstanceOf(TypeError);
  });

  test.for(['a text', undefined, null])('throwing %s is an error too', async (thrown) => {
    const error = await refusal(() =>
      call(
        failing(() => {
          throw thrown;
        }),
      ),
    );
    expect(error.message).toBe(`Cannot compose "shop": ${String(thrown)}`);
  });

  test('what cdk8s-plus finds wrong is reported with the path', async () => {
    const error = await refusal(() => call(failing((scope) => void new plus.Ingress(scope, 'door'))));
    expect(error).toMatchObject({
      code: 'compose',
      message: expect.stringContaining('door: ingress with no rules'),
    });
  });

  test('what cannot be written is reported with its construct', async () => {
    const error = await refusal(() =>
      call(failing((scope) => void new plus.Deployment(scope, 'web', { containers: [] }))),
    );
    expect(error.message).toContain('Cannot compose Deployment "web/Resource": ');
  });

  test('objects that wait for each other', async () => {
    const error = await refusal(() =>
      call(
        failing((scope) => {
          const a = new ConfigMap(scope, 'a', {});
          const b = new ConfigMap(scope, 'b', {}).after(a);
          a.after(b);
        }),
      ),
    );
    expect(error.message).toContain('they wait for each other: a → b → a');
  });
});

test('readyWhen() overrides the rule of the kind, also through a wrapper of cdk8s-plus', async () => {
  const blueprint = defineBlueprint({
    ...common,
    compose({ scope, observed }) {
      const settings = new ConfigMap(scope, 'settings', {});
      const web = new plus.Deployment(scope, 'web', { containers: [{ image: 'nginx:1.27' }] });
      readyWhen(settings, (read) =>
        read('data', 'done') === 'yes' ? { ready: true } : { ready: false, message: 'is not done' },
      );
      readyWhen(web, () => ({ ready: true }));
      expect(observed.get(web, 'status', 'replicas')).toBe(4);
      return undefined;
    },
  });
  const observed = { settings: { data: {} }, 'web/Resource': { status: { replicas: 4 } } };
  const answer = await call(blueprint, { observed });
  expect(answer.shown).toEqual({ settings: false, 'web/Resource': true });
  expect(answer.waiting).toEqual({ settings: 'is not done' });
});

describe('purity', () => {
  const blueprint = defineBlueprint({
    ...common,
    depends: { database: { version: '^1' } },
    compose({ scope, config }) {
      const server = new HelmRelease(scope, 'server', { chart, values: { replicas: config.replicas } });
      new plus.ConfigMap(scope, 'extra', { data: { b: '2', a: '1' } });
      new ConfigMap(scope, 'late', {}).after(server);
      return undefined;
    },
  });
  const situation = {
    catalogue: [other('database')],
    spec: { config: { replicas: 2, tls: { enabled: true } } },
    observed: { server: ready, 'server-source': ready, late: {} },
    required: { 'dependency/database': [installed('Database', 'database', {}, 'apps')] },
  };

  test('the same request gives the same answer, to the byte', async () => {
    const [a, b] = [await call(blueprint, situation), await call(blueprint, situation)];
    expect(b.response).toEqual(a.response);
    expect(Buffer.from(b.bytes).equals(Buffer.from(a.bytes))).toBe(true);
  });

  test('one request can be answered twice: it is not changed', async () => {
    const data = requestOf(blueprint, situation);
    const before = encodeRequest(data);
    const request = decodeRequest(before);
    const compose = composeFunction(blueprint, {
      catalogue: catalogueOf([blueprint, ...situation.catalogue]),
    });
    const context = { signal: new AbortController().signal };
    const encode = async (): Promise<Buffer> =>
      Buffer.from(encodeResponse(request, await compose(request, context), { defaultTtlSeconds: 60 }));
    expect((await encode()).equals(await encode())).toBe(true);
    expect(Buffer.from(encodeRequest(data)).equals(Buffer.from(before))).toBe(true);
  });
});

test('the answer carries the declared ttl, and no XR is an error', async () => {
  const blueprint = defineBlueprint({ ...common, ttlSeconds: 30, compose: () => undefined });
  expect((await call(blueprint)).data.ttlSeconds).toBe(30);
  const request = decodeRequest(encodeRequest({ tag: 'x' }));
  const compose = composeFunction(blueprint, { catalogue: new Map() });
  expect(await refusal(() => compose(request, { signal: new AbortController().signal }))).toMatchObject({
    code: 'invalid',
  });
});
