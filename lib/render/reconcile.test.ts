import { describe, expect, test } from 'vitest';
import type { FunctionResponse } from '../function/protocol.ts';
import type { JsonObject } from '../internal/json.ts';
import { composition, configMap, existing, input, raw, resources, step, UID, xr } from './fixtures/build.ts';
import { renderComposite } from './reconcile.ts';

const emit = (entries: Record<string, JsonObject>, ready?: 'true' | 'false'): FunctionResponse => ({
  resources: resources(entries, ready),
});
const metadata = (object: JsonObject | undefined): JsonObject => object?.metadata as JsonObject;
const conditions = (object: JsonObject): JsonObject[] =>
  (object.status as { conditions: JsonObject[] }).conditions;
const condition = (object: JsonObject, type: string): JsonObject | undefined =>
  conditions(object).find((c) => c.type === type);

describe('composed resources', () => {
  test('are named, labelled, annotated and owned', async () => {
    const { composed } = await renderComposite(input({ fn: emit({ database: configMap() }) }));
    expect(metadata(composed[0]?.object)).toEqual({
      generateName: 'shop-',
      name: 'shop-38ce86992a27',
      annotations: { 'crossplane.io/composition-resource-name': 'database' },
      labels: { 'crossplane.io/composite': 'shop' },
      ownerReferences: [
        {
          apiVersion: 'example.org/v1',
          kind: 'App',
          name: 'shop',
          uid: UID,
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
    });
  });

  test('of a nested XR carry the label of the outermost one, and their names begin with it', async () => {
    const nested = xr({ metadata: { labels: { 'crossplane.io/composite': 'platform' } } });
    const { composed } = await renderComposite(
      input({ fn: emit({ database: configMap() }) }, { composite: nested }),
    );
    expect(metadata(composed[0]?.object)).toMatchObject({
      generateName: 'platform-',
      name: 'platform-38ce86992a27',
      labels: { 'crossplane.io/composite': 'platform' },
    });
  });

  test('keep a name, labels and other owners that the function gave', async () => {
    const owner = { apiVersion: 'v1', kind: 'X', name: 'x', uid: 'other' };
    const given = configMap('own', {
      metadata: { name: 'own', labels: { a: 'b' }, ownerReferences: [owner] },
    });
    const { composed } = await renderComposite(input({ fn: emit({ a: given }) }));
    const meta = metadata(composed[0]?.object);
    expect(meta.name).toBe('own');
    expect(meta).not.toHaveProperty('generateName');
    expect(meta.labels).toEqual({ a: 'b', 'crossplane.io/composite': 'shop' });
    expect(meta.ownerReferences).toMatchObject([owner, { uid: UID }]);
  });

  test('keep their owners in order, with what the XR says of itself', async () => {
    const owner = { apiVersion: 'v1', kind: 'X', name: 'x', uid: 'other' };
    const own = { apiVersion: 'stale/v1', kind: 'App', name: 'shop', uid: UID };
    const given = configMap('own', { metadata: { name: 'own', ownerReferences: [own, owner] } });
    const { composed } = await renderComposite(input({ fn: emit({ a: given }) }));
    expect(metadata(composed[0]?.object).ownerReferences).toMatchObject([
      { uid: UID, apiVersion: 'example.org/v1', controller: true },
      owner,
    ]);
  });

  test('that exist keep name, namespace and generateName, whatever the function asks', async () => {
    const old = existing('a', 'shop-abc', { generateName: 'old-', namespace: 'here' });
    const asked = configMap('new', { metadata: { name: 'new', namespace: 'there' } });
    const { composed } = await renderComposite(input({ fn: emit({ a: asked }) }, { observed: [old] }));
    expect(metadata(composed[0]?.object)).toMatchObject({
      name: 'shop-abc',
      namespace: 'here',
      generateName: 'old-',
    });
    expect(composed[0]?.exists).toBe(true);
  });

  test.for([
    ['Bad_Name', 'v1', 'ConfigMap', /invalid name "Bad_Name"\. Must be a valid RFC 1123 subdomain name/],
    ['a:b', 'rbac.authorization.k8s.io/v1', 'ClusterRole', undefined],
  ] as const)('explicit name %s of %s %s', async ([name, apiVersion, kind, want]) => {
    const object = { apiVersion, kind, metadata: { name } };
    const { failure } = await renderComposite(input({ fn: emit({ a: object }) }));
    if (want === undefined) expect(failure).toBeUndefined();
    else expect(failure?.message).toMatch(want);
  });

  test('with another controller are an error, and nothing is applied', async () => {
    const ownerReferences = [{ apiVersion: 'v1', kind: 'Other', name: 'o', uid: 'u', controller: true }];
    const owned = configMap('x', { metadata: { name: 'x', ownerReferences } });
    const result = await renderComposite(input({ fn: emit({ a: configMap(), z: owned }) }));
    expect(result.failure?.message).toBe(
      'cannot render metadata for composed resource "z": cannot set controller reference: x is already controlled by Other o (UID u)',
    );
    expect(result.composed).toEqual([]);
  });

  test('are sorted by resource name, whatever order the functions gave', async () => {
    const all = resources({ b: configMap(), a: configMap() });
    const entries = [...all].map(([name, r]) => [name, { ...r, ready: 'true' as const }] as const);
    const fn = raw(() => ({ desired: { composite: undefined, resources: new Map(entries) } }));
    const { composed } = await renderComposite(input({ fn }));
    expect(composed.map((c) => c.name)).toEqual(['a', 'b']);
  });

  test('two names for one object and a desired status are pointed out', async () => {
    const twice = configMap('same');
    const { findings } = await renderComposite(
      input({ fn: emit({ a: twice, b: twice, c: { ...configMap(), status: {} } }) }),
    );
    expect(findings.map((f) => f.path)).toEqual(['resources.b', 'resources.c.status']);
  });
});

describe('a namespaced XR', () => {
  const composite = xr({ metadata: { namespace: 'team' } });
  const scopeOf = (_: string, kind: string) => (kind === 'Namespace' ? 'Cluster' : 'Namespaced');

  test('cannot compose cluster-scoped resources', async () => {
    const object = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'n' } };
    const result = await renderComposite(
      input(
        { fn: { ...emit({ a: object }), results: [{ severity: 'normal', message: 'lost' }] } },
        { composite, scopeOf },
      ),
    );
    expect(result.failure?.message).toBe(
      'cannot apply cluster scoped composed resource "a" (a Namespace named n) for a namespaced composite resource.',
    );
    expect(result.events.map((e) => e.message).join()).not.toContain('lost');
    const known = await renderComposite(input({ fn: emit({ a: object }) }, { composite }));
    expect(known.failure, 'kinds that we know need no port').toEqual(result.failure);
    const inCluster = await renderComposite(input({ fn: emit({ a: object }) }, { scopeOf }));
    expect(inCluster.failure, 'a cluster-scoped XR may').toBeUndefined();
  });

  test('overrides another namespace and says so', async () => {
    const object = configMap('x', { metadata: { name: 'x', namespace: 'elsewhere' } });
    const { composed, events } = await renderComposite(
      input({ fn: emit({ a: object, b: configMap() }) }, { composite, scopeOf }),
    );
    expect(composed.map((c) => metadata(c.object).namespace)).toEqual(['team', 'team']);
    expect(events.filter((e) => e.type === 'Warning').map((e) => e.message)).toEqual([
      'cannot create composed resource "a" in namespace "elsewhere", using XR namespace "team" instead',
    ]);
  });

  test('has references without namespace; a cluster-scoped one has them', async () => {
    const object = configMap('x', { metadata: { name: 'x', namespace: 'team' } });
    const refs = async (xr?: JsonObject) =>
      (await renderComposite(input({ fn: emit({ a: object }) }, xr && { composite: xr }))).composite.spec;
    const ref = { apiVersion: 'v1', kind: 'ConfigMap', name: 'x' };
    expect(await refs(composite)).toEqual({ crossplane: { resourceRefs: [ref] } });
    expect(await refs()).toEqual({ crossplane: { resourceRefs: [{ ...ref, namespace: 'team' }] } });
  });
});

describe('the XR', () => {
  test('comes back as identity, sorted references and status', async () => {
    const fn: FunctionResponse = {
      ...emit({
        a: configMap('z'),
        b: configMap('y'),
        c: { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'd' } },
      }),
      composite: { status: { url: 'https://x' } },
    };
    const { composite } = await renderComposite(
      input({ fn }, { composite: xr({ spec: { size: 'small' } }) }),
    );
    expect(composite).toMatchObject({
      apiVersion: 'example.org/v1',
      kind: 'App',
      metadata: { name: 'shop' },
      spec: {
        crossplane: {
          resourceRefs: [
            { apiVersion: 'apps/v1', kind: 'Deployment', name: 'd' },
            { apiVersion: 'v1', kind: 'ConfigMap', name: 'y' },
            { apiVersion: 'v1', kind: 'ConfigMap', name: 'z' },
          ],
        },
      },
      status: { url: 'https://x' },
    });
    expect(Object.keys(composite.spec as JsonObject), 'the input spec is not part of it').toEqual([
      'crossplane',
    ]);
  });

  test.for([
    [{ apiVersion: 'apiextensions.crossplane.io/v2', spec: { scope: 'LegacyCluster' } }, 'legacy'],
    [{ apiVersion: 'apiextensions.crossplane.io/v1', spec: {} }, 'legacy'],
    [{ apiVersion: 'apiextensions.crossplane.io/v2', spec: {} }, 'modern'],
    [{ apiVersion: 'apiextensions.crossplane.io/v1', spec: { scope: 'Cluster' } }, 'modern'],
  ] as const)('under XRD %j is laid out %s', async ([xrd, layout]) => {
    const full = {
      ...xrd,
      kind: 'CompositeResourceDefinition',
      spec: { ...xrd.spec, group: 'example.org', names: { kind: 'App' } },
    };
    const { composite } = await renderComposite(input({ fn: {} }, { xrd: full }));
    expect(composite.spec).toEqual(
      layout === 'legacy' ? { resourceRefs: [] } : { crossplane: { resourceRefs: [] } },
    );
  });

  test('takes the defaults of its XRD version before functions see it', async () => {
    const openAPIV3Schema = {
      properties: {
        spec: {
          properties: {
            size: { default: 'small' },
            given: { default: 1 },
            deep: { default: {}, properties: { x: { default: true } } },
          },
        },
      },
    };
    const xrd = {
      apiVersion: 'apiextensions.crossplane.io/v2',
      spec: {
        group: 'example.org',
        names: { kind: 'App' },
        versions: [{ name: 'v1', schema: { openAPIV3Schema } }],
      },
    };
    let seen: unknown;
    await renderComposite(
      input(
        {
          fn: (request) => {
            seen = request.observed.composite?.get('spec');
            return {};
          },
        },
        { xrd, composite: xr({ spec: { given: 2 } }) },
      ),
    );
    expect(seen).toMatchObject({ size: 'small', given: 2, deep: { x: true } });
  });

  test('without uid gets one from its identity; functions see it, the label and resourceVersion 999', async () => {
    let seen: JsonObject | undefined;
    const { uid: _, ...rest } = metadata(xr());
    await renderComposite(
      input(
        {
          fn: (request) => {
            seen = request.observed.composite?.object;
            return {};
          },
        },
        { composite: { ...xr(), metadata: rest } },
      ),
    );
    expect(metadata(seen)).toMatchObject({
      uid: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/),
      resourceVersion: '999',
      labels: { 'crossplane.io/composite': 'shop' },
    });
    expect(seen?.spec).toEqual({ crossplane: { compositionRef: { name: 'app' } } });
  });

  test('has its Responsive condition before functions see it', async () => {
    let seen: JsonObject | undefined;
    const fn = raw((request) => {
      seen = request.observed.composite?.object;
      return {};
    });
    await renderComposite(input({ fn }, { composite: xr({ metadata: { generation: 4 } }) }));
    expect(conditions(seen ?? {}).map((c) => [c.type, c.observedGeneration])).toEqual([['Responsive', 4]]);
  });

  test('that was asked to reconcile says so once', async () => {
    const metadata = { annotations: { 'crossplane.io/reconcile-requested-at': 'now' } };
    const handled = { lastHandledReconcileAt: 'now' };
    let seen: unknown;
    const fn = raw((request) => {
      seen = request.observed.composite?.object.status;
      return {};
    });
    const first = await renderComposite(input({ fn }, { composite: xr({ metadata }) }));
    expect(first.events[0]).toMatchObject({
      reason: 'ReconcileRequestHandled',
      message: 'Handling reconcile request',
    });
    expect(seen).toMatchObject(handled);
    const again = await renderComposite(input({ fn }, { composite: xr({ metadata, status: handled }) }));
    expect(again.events.map((e) => e.reason)).toEqual(['SelectComposition']);
  });

  test.for([
    [{ name: 'app' }, 0, 'it names this Composition'],
    [{ name: 'other' }, 1, 'it names another'],
    [{ name: 'app', kind: 'Composition' }, 1, 'it says more than Crossplane writes'],
    [{}, 1, 'it names none'],
  ] as const)('with compositionRef %j: %i events, as %s', async ([compositionRef, count]) => {
    const composite = xr({ spec: { crossplane: { compositionRef } } });
    const { events } = await renderComposite(input({ fn: {} }, { composite }));
    expect(events.filter((e) => e.reason === 'SelectComposition')).toHaveLength(count);
  });

  test('keeps no status that nobody desires any more, but all of its conditions', async () => {
    const kept = { type: 'Kept', status: 'True', reason: 'Earlier' };
    const status = { old: 1, conditions: [kept, { type: 'Mine', status: 'False', reason: 'Earlier' }] };
    const composite = xr({ status });
    const nothing = await renderComposite(input({ fn: {} }, { composite }));
    expect(Object.keys(nothing.composite.status as JsonObject)).toEqual(['conditions']);
    const own = { conditions: [{ type: 'Mine', status: 'True', reason: 'Desired' }] };
    const fn = raw(() => ({
      desired: { composite: { object: { status: own }, ready: 'unspecified' }, resources: new Map() },
    }));
    const desired = await renderComposite(input({ fn }, { composite }));
    expect(conditions(desired.composite).map((c) => `${c.type} ${c.reason}`)).toEqual([
      'Mine Earlier',
      'Kept Earlier',
      'Responsive WatchCircuitClosed',
      'Synced ReconcileSuccess',
      'Ready Available',
    ]);
  });

  test('says its generation where the API server keeps it; conditions of functions never do', async () => {
    const fn: FunctionResponse = { conditions: [{ type: 'Mine', status: 'True', reason: 'Said' }] };
    const composite = xr({ metadata: { generation: 3 } });
    const said = async (keepsGeneration: boolean) => {
      const result = await renderComposite(input({ fn }, { composite, keepsGeneration }));
      return conditions(result.composite).map((c) => [c.type, c.observedGeneration]);
    };
    expect(await said(true)).toEqual([
      ['Responsive', 3],
      ['Mine', undefined],
      ['Synced', 3],
      ['Ready', 3],
    ]);
    expect(await said(false), "Crossplane's render engine loses it").toEqual([
      ['Responsive', 3],
      ['Mine', undefined],
      ['Synced', undefined],
      ['Ready', undefined],
    ]);
  });

  test('of a legacy XRD tells which conditions its claim shows', async () => {
    const xrd = {
      apiVersion: 'apiextensions.crossplane.io/v1',
      spec: { group: 'example.org', names: { kind: 'App' } },
    };
    const fn: FunctionResponse = {
      conditions: [
        { type: 'Shown', status: 'True', reason: 'Said', target: 'composite-and-claim' },
        { type: 'Hidden', status: 'True', reason: 'Said' },
      ],
    };
    const legacy = await renderComposite(input({ fn }, { xrd }));
    expect(legacy.composite.status).toMatchObject({ claimConditionTypes: ['Shown'] });
    const modern = await renderComposite(input({ fn }));
    expect(modern.composite.status).not.toHaveProperty('claimConditionTypes');
  });

  test('comes back whole after a failure, as its API server has it', async () => {
    const fn: FunctionResponse = { results: [{ severity: 'fatal', message: 'no' }] };
    const { composite } = await renderComposite(
      input({ fn }, { composite: xr({ spec: { size: 1 }, status: { old: 1 } }) }),
    );
    expect(composite).toMatchObject({
      metadata: { uid: UID, resourceVersion: '999', labels: { 'crossplane.io/composite': 'shop' } },
      spec: { size: 1, crossplane: { compositionRef: { name: 'app' } } },
      status: { old: 1 },
    });
    const labelled = xr({ metadata: { labels: { 'crossplane.io/composite': 'root' } } });
    const other = await renderComposite(input({ fn }, { composite: labelled }));
    expect(other.composite.spec, 'only the label is written at once').toEqual({});
  });

  test('that is paused or being deleted runs no function', async () => {
    const fn = () => {
      throw new Error('must not be called');
    };
    const paused = xr({ metadata: { annotations: { 'crossplane.io/paused': 'true' } } });
    const result = await renderComposite(input({ fn }, { composite: paused }));
    expect(condition(result.composite, 'Synced')).toMatchObject({
      status: 'False',
      reason: 'ReconcilePaused',
    });
    const deleted = xr({ metadata: { deletionTimestamp: '2024-01-01T00:00:00Z' } });
    const gone = await renderComposite(input({ fn }, { composite: deleted }));
    expect(condition(gone.composite, 'Ready')).toMatchObject({ status: 'False', reason: 'Deleting' });
    expect([result.steps, gone.steps]).toEqual([[], []]);
  });
});

describe('readiness', () => {
  const rows = [
    { reason: 'an empty desired set is ready', entries: {}, ready: 'True' },
    { reason: 'all ready', entries: { a: 'true', b: 'true' }, ready: 'True' },
    {
      reason: 'unspecified is not ready',
      entries: { a: 'true', b: 'unspecified' },
      ready: 'False',
      message: 'Unready resources: b',
    },
    {
      reason: 'false is not ready',
      entries: { a: 'false' },
      ready: 'False',
      message: 'Unready resources: a',
    },
    { reason: 'composite true overrides', entries: { a: 'false' }, composite: 'true', ready: 'True' },
    { reason: 'composite false overrides', entries: { a: 'true' }, composite: 'false', ready: 'False' },
    {
      reason: 'three are listed',
      entries: { c: 'false', a: 'false', b: 'false' },
      ready: 'False',
      message: 'Unready resources: a, b, and c',
    },
    {
      reason: 'more than three are counted',
      entries: { e: 'false', d: 'false', c: 'false', a: 'false', b: 'false' },
      ready: 'False',
      message: 'Unready resources: a, b, c, and 2 more',
    },
  ] as const;
  test.for(rows)('$reason', async (row) => {
    const all = new Map(
      Object.entries(row.entries).map(([name, ready]) => [name, { object: configMap(), ready }]),
    );
    const composite = 'composite' in row ? { composite: { ready: row.composite } } : {};
    const result = await renderComposite(input({ fn: { resources: all, ...composite } }));
    const want = { status: row.ready, reason: row.ready === 'True' ? 'Available' : 'Creating' };
    expect(condition(result.composite, 'Ready')).toMatchObject(want);
    expect(condition(result.composite, 'Ready')?.message).toBe('message' in row ? row.message : undefined);
    expect(condition(result.composite, 'Synced')).toMatchObject({
      status: 'True',
      reason: 'ReconcileSuccess',
    });
    expect(condition(result.composite, 'Responsive')).toMatchObject({
      status: 'True',
      reason: 'WatchCircuitClosed',
    });
    expect(result.ready).toBe(row.ready === 'True');
  });

  test('each resource that is not ready is an event, in order', async () => {
    const { events } = await renderComposite(input({ fn: emit({ b: configMap(), a: configMap() }) }));
    expect(events.slice(1).map((e) => e.message)).toEqual([
      'Composed resource "a" is not yet ready',
      'Composed resource "b" is not yet ready',
    ]);
  });
});

test('conditions of functions: system types are dropped, earlier ones stay, later ones win', async () => {
  const status = { conditions: [{ type: 'Kept', status: 'True', reason: 'Earlier' }] };
  const said = (type: string, value: 'True' | 'False') => ({ type, status: value, reason: 'Said' });
  const one = {
    conditions: [
      said('Ready', 'False'),
      said('Synced', 'False'),
      said('Responsive', 'False'),
      said('Healthy', 'False'),
      said('UpToDate', 'False'),
      said('Mine', 'False'),
    ],
  };
  const two = { conditions: [said('Mine', 'True')] };
  const result = await renderComposite(
    input({ one, two }, { composite: xr({ status, metadata: { generation: 3 } }) }),
  );
  expect(conditions(result.composite).map((c) => `${c.type} ${c.status} ${c.reason}`)).toEqual([
    'Kept True Earlier',
    'Responsive True WatchCircuitClosed',
    'Mine True Said',
    'Synced True ReconcileSuccess',
    'Ready True Available',
  ]);
  expect(condition(result.composite, 'Ready')).toMatchObject({ lastTransitionTime: '2024-01-01T00:00:00Z' });
});

describe('observed resources', () => {
  test('reach functions by their resource name', async () => {
    let seen: readonly string[] = [];
    await renderComposite(
      input(
        {
          fn: (request) => {
            seen = [...request.observed.resources.keys()];
            return {};
          },
        },
        { observed: [existing('db', 'x'), existing('cache', 'y')] },
      ),
    );
    expect(seen).toEqual(['cache', 'db']);
  });

  test('no longer desired are collected; renaming a key deletes and creates', async () => {
    const observed = [existing('old', 'shop-1'), existing('kept', 'shop-2')];
    const { deleted, composed } = await renderComposite(
      input({ fn: emit({ new: configMap(), kept: configMap() }) }, { observed }),
    );
    expect(deleted.map((o) => metadata(o).name)).toEqual(['shop-1']);
    expect(composed.map((c) => [c.name, c.exists])).toEqual([
      ['kept', true],
      ['new', false],
    ]);
  });

  test('are all collected when the last function leaves desired out', async () => {
    const nothing = raw(() => ({ desired: undefined }));
    const { deleted } = await renderComposite(
      input({ first: emit({ a: configMap() }), nothing }, { observed: [existing('a', 'x')] }),
    );
    expect(deleted).toHaveLength(1);
  });

  test('lose the labels of their XR when they are collected', async () => {
    const labels = { 'crossplane.io/composite': 'shop', 'crossplane.io/claim-name': 'c', app: 'x' };
    const { deleted } = await renderComposite(
      input({ fn: {} }, { observed: [existing('a', 'x', { labels }), existing('b', 'y')] }),
    );
    expect(deleted.map((o) => metadata(o).labels)).toEqual([{ app: 'x' }, undefined]);
  });

  describe('are found by the references of the XR', () => {
    const refer = (...names: readonly string[]) =>
      xr({
        spec: {
          crossplane: {
            resourceRefs: names.map((name) => ({ apiVersion: 'v1', kind: 'ConfigMap', name })),
          },
        },
      });
    const seenBy = async (composite: JsonObject, required: readonly JsonObject[]) => {
      const fn = raw(() => ({}));
      const result = await renderComposite(input({ fn }, { composite, required }));
      return { names: [...(fn.requests[0]?.observed.resources.keys() ?? [])], result };
    };
    const foreign = { kind: 'B', name: 'b', uid: 'u', controller: true };

    test('among what else is in the cluster', async () => {
      const { names } = await seenBy(refer('x', 'gone', ''), [existing('a', 'x'), existing('b', 'y')]);
      expect(names).toEqual(['a']);
    });

    test('unless another controls them', async () => {
      const owned = existing('a', 'x', { ownerReferences: [foreign] });
      expect((await seenBy(refer('x'), [owned])).names).toEqual([]);
    });

    test('and what is observed replaces the references', async () => {
      const fn = raw(() => ({}));
      await renderComposite(
        input(
          { fn },
          { composite: refer('x'), observed: [existing('b', 'y')], required: [existing('a', 'x')] },
        ),
      );
      expect([...(fn.requests[0]?.observed.resources.keys() ?? [])]).toEqual(['b']);
    });
  });

  test('bring the connection details of the Secret that they name', async () => {
    const data = { password: Buffer.from('s3cr3t').toString('base64') };
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's', namespace: 'here' }, data };
    const ref = { name: 's', namespace: 'here' };
    const object = { ...existing('a', 'x'), spec: { writeConnectionSecretToRef: ref } };
    const fn = raw(() => ({}));
    await renderComposite(input({ fn }, { observed: [object], required: [secret] }));
    const details = fn.requests[0]?.observed.resources.get('a')?.connectionDetails;
    expect(Buffer.from(details?.get('password') ?? []).toString()).toBe('s3cr3t');
  });

  test('without the annotation are a hard error', async () => {
    const result = await renderComposite(input({ fn: {} }, { observed: [configMap('x')] }));
    expect(result.failure?.message).toContain(
      'encountered composed resource without required "crossplane.io/composition-resource-name" annotation',
    );
  });

  test.for([
    [
      'controlled by another',
      existing('a', 'x', { ownerReferences: [{ kind: 'B', name: 'b', uid: 'u', controller: true }] }),
      xr(),
    ],
    [
      'in another namespace',
      existing('a', 'x', { namespace: 'there' }),
      xr({ metadata: { namespace: 'here' } }),
    ],
    ['without the namespace of their XR', existing('a', 'x'), xr({ metadata: { namespace: 'here' } })],
  ] as const)('%s are refused', async ([, object, composite]) => {
    await expect(renderComposite(input({ fn: {} }, { observed: [object], composite }))).rejects.toMatchObject(
      { code: 'invalid' },
    );
  });

  test('are frozen: a function that writes into them fails, and nobody else sees it', async () => {
    const result = await renderComposite(
      input(
        {
          fn: (request) => {
            (request.observed.resources.get('a')?.object as { data?: unknown }).data = 1;
            return {};
          },
        },
        { observed: [existing('a', 'x')] },
      ),
    );
    expect(result.failure?.message).toMatch(/pipeline step "fn" returned a fatal result: .*not extensible/);
  });
});

test('a function passes on what it does not mention, and can take away', async () => {
  const first = emit({ a: configMap('a'), b: configMap('b') }, 'true');
  const second: FunctionResponse = { ...emit({ c: configMap('c') }, 'true'), removed: ['a'] };
  const result = await renderComposite(input({ first, second }));
  expect(result.steps.map((s) => [...s.desired.resources.keys()])).toEqual([
    ['a', 'b'],
    ['b', 'c'],
  ]);
  expect(result.ready, 'readiness passes through too').toBe(true);
});

test.for([
  [
    'kind',
    {
      composition: {
        ...composition(),
        spec: { compositeTypeRef: { apiVersion: 'example.org/v1', kind: 'Other' } },
      },
    },
    'invalid',
  ],
  [
    'apiVersion',
    {
      composition: {
        ...composition(),
        spec: { compositeTypeRef: { apiVersion: 'example.org/v2', kind: 'App' } },
      },
    },
    'invalid',
  ],
  ['function', { composition: composition(step('nobody')) }, 'not-found'],
  [
    'selector',
    { composite: xr({ spec: { crossplane: { compositionSelector: { matchLabels: { a: 'b' } } } } }) },
    'invalid',
  ],
  ['XRD', { xrd: { spec: { group: 'other.org', names: { kind: 'App' } } } }, 'invalid'],
] as const)('input that does not fit together: %s', async ([, more, code]) => {
  await expect(renderComposite(input({ fn: {} }, more))).rejects.toMatchObject({ code });
});

test('the same input gives the same result, byte for byte', async () => {
  const fn = emit({ b: configMap(), a: configMap() });
  const run = async () =>
    JSON.stringify(await renderComposite(input({ fn }, { observed: [existing('z', 'x')] })));
  expect(await run()).toBe(await run());
});
