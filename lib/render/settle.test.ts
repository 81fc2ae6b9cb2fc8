import { describe, expect, test } from 'vitest';
import type { ComposeFunction, ResourceView } from '../function/protocol.ts';
import type { JsonObject } from '../internal/json.ts';
import { composition, configMap, existing, input, step } from './fixtures/build.ts';
import { describe as describeObject } from './objects.ts';
import { settle } from './settle.ts';
import { formatRound, formatSettled } from './summary.ts';

const helmRelease = (name: string, spec: JsonObject = {}): JsonObject => ({
  apiVersion: 'helm.toolkit.fluxcd.io/v2',
  kind: 'HelmRelease',
  metadata: { name, namespace: 'apps' },
  spec,
});

function conditionTrue(view: ResourceView | undefined, type = 'Ready'): boolean {
  const conditions = view?.get('status', 'conditions');
  return Array.isArray(conditions) && conditions.some((c) => c.type === type && c.status === 'True');
}

/** Operator first, instance only when that is ready: the classic withheld resource. */
const ordered: ComposeFunction = ({ observed }) => {
  const operator = conditionTrue(observed.resources.get('operator'));
  const instance = conditionTrue(observed.resources.get('instance'));
  return {
    resources: new Map([
      ['operator', { object: helmRelease('operator'), ready: operator ? 'true' : 'false' }],
      ...(operator
        ? [['instance', { object: helmRelease('instance'), ready: instance ? 'true' : 'false' }] as const]
        : []),
    ]),
    // The XR says for itself that more is to come; else it would be Ready with the operator alone.
    composite: {
      status: { phase: instance ? 'Ready' : 'Installing' },
      ready: operator && instance ? 'true' : 'false',
    },
  };
};

const told = (rounds: Awaited<ReturnType<typeof settle>>['rounds']): string[][] =>
  rounds.map((r) => r.changes.map((c) => `${c.what} ${describeObject(c.object)}`));

describe('settle()', () => {
  test('reconciles until withheld resources are there and ready', async () => {
    const result = await settle(input({ ordered }));
    expect(told(result.rounds)).toEqual([
      ['created HelmRelease apps/operator', 'changed App shop', 'ready HelmRelease apps/operator'],
      ['created HelmRelease apps/instance', 'changed App shop', 'ready HelmRelease apps/instance'],
      ['changed App shop', 'ready App shop'],
    ]);
    expect([result.settled, result.ready, result.waitingFor]).toEqual([true, true, []]);
  });

  test('tells what it still waits for, and why', async () => {
    const failing = (object: JsonObject): JsonObject | undefined =>
      object.kind === 'HelmRelease'
        ? {
            conditions: [
              { type: 'Ready', status: 'False', reason: 'InstallFailed', message: 'chart not found' },
            ],
          }
        : undefined;
    const result = await settle(input({ ordered }), { becomeReady: failing });
    expect([result.settled, result.ready]).toEqual([true, false]);
    expect(result.waitingFor).toMatchObject([
      { path: ['App shop', 'operator'], why: 'Ready is False: chart not found' },
    ]);
    expect(told(result.rounds)[0], 'a status that is not ready is a change').toContain(
      'changed HelmRelease apps/operator',
    );
    expect(formatSettled(result)).toBe(
      'not ready, settled after 1 round\n  … App shop › operator (HelmRelease apps/operator): Ready is False: chart not found\n',
    );
  });

  test('stops after the given rounds when nothing comes to rest', async () => {
    let n = 0;
    const restless: ComposeFunction = () => ({
      resources: new Map([['a', { object: configMap('a', { data: { n: String(n++) } }) }]]),
    });
    const result = await settle(input({ restless }), { maxRounds: 4 });
    expect([result.settled, result.rounds.length]).toEqual([false, 4]);
    expect(formatRound(result.rounds[1] ?? { round: 0, changes: [] })).toBe(
      'round 2\n  ~ ConfigMap a data.n\n',
    );
  });

  test('collects what is no longer desired, with what it controlled', async () => {
    const nothing: ComposeFunction = () => ({});
    const old = existing('old', 'old', { uid: 'u-old' });
    const child = configMap('child', {
      metadata: {
        name: 'child',
        annotations: { 'crossplane.io/composition-resource-name': 'x' },
        ownerReferences: [{ kind: 'ConfigMap', name: 'old', uid: 'u-old', controller: true }],
      },
    });
    const result = await settle(input({ nothing }, {}), {});
    expect(result.objects.map(describeObject)).toEqual(['App shop']);
    const collected = await settle({ ...input({ nothing }), observed: [old, child] });
    expect(told(collected.rounds)[0]).toEqual([
      'deleted ConfigMap old',
      'deleted ConfigMap child',
      'changed App shop',
      'ready App shop',
    ]);
  });

  test('a FATAL result is what it waits for', async () => {
    const fatal: ComposeFunction = () => ({ results: [{ severity: 'fatal', message: 'no region' }] });
    const result = await settle(input({ fatal }));
    expect(result.waitingFor).toMatchObject([
      { path: ['App shop'], why: 'pipeline step "fatal" returned a fatal result: no region' },
    ]);
  });

  test('functions find required objects, given ones and those that other XRs composed', async () => {
    const asking: ComposeFunction = (request) => ({
      resources: new Map([['a', { object: configMap('a'), ready: 'true' }]]),
      composite: {
        status: {
          found: (request.requiredResources.get('all') ?? []).map((r) => r.get('metadata', 'name') ?? ''),
        },
      },
      requirements: { resources: { all: { apiVersion: 'v1', kind: 'ConfigMap' } } },
    });
    const result = await settle(input({ asking }, { required: [configMap('given')] }));
    expect(result.objects.find((o) => o.kind === 'App')?.status).toMatchObject({ found: ['a', 'given'] });
  });

  test('is the same every time', async () => {
    const run = async () => JSON.stringify((await settle(input({ ordered }))).rounds);
    expect(await run()).toBe(await run());
  });
});

describe('nested XRs', () => {
  const nested = (kind: string): JsonObject => ({ apiVersion: 'example.org/v1', kind, metadata: {} });
  const product: ComposeFunction = ({ observed }) => {
    const db = observed.resources.get('db');
    const [ready, url] = [conditionTrue(db), db?.get('status', 'url')];
    return {
      resources: new Map([['db', { object: nested('Database'), ready: ready ? 'true' : 'false' }]]),
      composite: { status: url === undefined ? {} : { url } },
    };
  };
  const database: ComposeFunction = ({ observed }) => ({
    resources: new Map([
      [
        'release',
        {
          object: helmRelease('db'),
          ready: conditionTrue(observed.resources.get('release')) ? 'true' : 'false',
        },
      ],
    ]),
    composite: { status: { url: 'postgres://db' } },
  });
  const base = input({ product, database });
  const databaseComposition = {
    ...composition(step('database')),
    metadata: { name: 'database' },
    spec: {
      compositeTypeRef: { apiVersion: 'example.org/v1', kind: 'Database' },
      pipeline: [step('database')],
    },
  };
  const whole = {
    ...base,
    composition: composition(step('product')),
    compositionFor: (_: string, kind: string) =>
      kind === 'Database' ? { composition: databaseComposition } : undefined,
  };

  test('are reconciled in turn; their readiness and status reach the parent', async () => {
    const result = await settle(whole);
    expect([result.settled, result.ready]).toEqual([true, true]);
    const root = result.objects.find((o) => o.kind === 'App');
    expect(root?.status).toMatchObject({ url: 'postgres://db' });
    expect([...result.reconciles.values()].map((r) => r.composite.kind)).toEqual(['App', 'Database']);
    const release = result.objects.find((o) => o.kind === 'HelmRelease');
    expect(release?.metadata, 'labelled with the outermost XR').toMatchObject({
      labels: { 'crossplane.io/composite': 'shop' },
      ownerReferences: [{ kind: 'Database' }],
    });
  });

  test('keep their own references when the parent applies them again', async () => {
    const result = await settle(whole);
    const db = result.objects.find((o) => o.kind === 'Database');
    expect(db?.spec).toMatchObject({ crossplane: { resourceRefs: [{ kind: 'HelmRelease', name: 'db' }] } });
  });

  test('that are not ready are named by what stops them, not by themselves', async () => {
    const result = await settle(whole, { becomeReady: () => undefined });
    expect(result.waitingFor).toMatchObject([
      { path: ['App shop', 'db', 'release'], why: 'has no status yet' },
    ]);
  });
});
