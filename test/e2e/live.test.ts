import { afterAll, beforeAll, describe, expect, onTestFailed, test } from 'vitest';
import { hostFunctionName } from '../../lib/generate/coordinates.ts';
import type { JsonObject } from '../../lib/internal/json.ts';
import { COMPOSE_API_VERSION } from '../../lib/model/names.ts';
import {
  describeStatus,
  hasCondition,
  type ObjectRef,
  refOf,
  waitFor,
} from '../../lib/testing/cluster/index.ts';
import { missingParts } from './support/binaries.ts';
import { HERALD_API_VERSION, herald, heraldApi } from './support/herald.ts';
import { listAt, objectAt, textAt } from './support/objects.ts';
import { unsynced } from './support/observe.ts';
import { composedRefs, type Operators, startOperators } from './support/operators.ts';
import { type Platform, startPlatform } from './support/platform.ts';

const VALKEY: ObjectRef = {
  apiVersion: COMPOSE_API_VERSION,
  kind: 'Valkey',
  name: 'cache',
  namespace: 'shop',
};
const RELEASE: ObjectRef = {
  apiVersion: 'helm.toolkit.fluxcd.io/v2',
  kind: 'HelmRelease',
  name: 'cache-server',
  namespace: 'shop',
};
const MONITOR: ObjectRef = {
  apiVersion: 'monitoring.coreos.com/v1',
  kind: 'PodMonitor',
  name: 'cache-metrics',
  namespace: 'shop',
};

const xrOf = (ref: ObjectRef, spec: JsonObject): JsonObject => ({
  apiVersion: ref.apiVersion,
  kind: ref.kind,
  metadata: { name: ref.name, ...(ref.namespace === undefined ? {} : { namespace: ref.namespace }) },
  spec,
});

// One after the other: each goes on where the one before ended, as a person's day does.
describe.skipIf(missingParts)('an XR on a real core', () => {
  let platform: Platform;
  let operators: Operators;

  beforeAll(async () => {
    platform = await startPlatform({ functions: [herald] });
    const { cluster, project } = platform;
    operators = startOperators(cluster, project);
    await cluster.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
  });
  afterAll(async () => {
    await operators?.stop();
    await platform?.stop();
  });

  const apply = (ref: ObjectRef, spec: JsonObject): Promise<JsonObject> =>
    platform.cluster.apply(xrOf(ref, spec), { manager: 'person' });
  const isReady = (o: JsonObject): boolean => hasCondition(o, 'Ready') && hasCondition(o, 'Synced');
  const kindsOf = (o: JsonObject): readonly string[] => composedRefs(o).map((r) => r.kind);
  const phase = (o: JsonObject): string => textAt(o, 'status', 'phase');
  const note = (): void => {
    onTestFailed(() => void process.stderr.write(`${platform.report()}\n`));
  };

  test('waits for what it builds on, and says so', async () => {
    note();
    const { cluster } = platform;
    await apply(VALKEY, { size: 'small', config: { monitoring: { podMonitorEnabled: true } } });
    const waiting = await cluster.wait(VALKEY, (o) => hasCondition(o, 'DependenciesReady', 'False'));
    expect(hasCondition(waiting, 'Synced')).toBe(true);
    expect(hasCondition(waiting, 'Ready', 'False')).toBe(true);
    expect(describeStatus(waiting)).toMatch(/DependenciesReady=False .*externalSecrets/);
    expect(composedRefs(waiting)).toEqual([]);
  });

  test('goes on by itself once that is ready: required resources are not watched, the ttl brings it back', async () => {
    note();
    const { cluster, project } = platform;
    operators.hold((o) => o.kind === 'HelmRelease' && textAt(o, 'metadata', 'namespace') === 'shop');
    for (const name of ['cert-manager', 'external-secrets']) {
      const example = project.blueprints.get(name)?.examples.get('small') ?? {};
      await cluster.wait(refOf(await cluster.apply(example, { manager: 'person' })), isReady);
    }
    await cluster.wait(VALKEY, (o) => hasCondition(o, 'DependenciesReady'));
    // Not in the same reconcile: the release waits for the Secret that it reads.
    await cluster.wait(VALKEY, (o) => kindsOf(o).includes('HelmRelease'));
  });

  test('withholds what comes after, and releases it when its predecessor is ready', async () => {
    note();
    const { cluster } = platform;
    const release = await cluster.wait(RELEASE, () => true);
    expect(await cluster.get(MONITOR)).toBeUndefined();
    const withheld = (o: JsonObject): boolean =>
      listAt(o, 'status', 'components').some(
        (c) => c.name === 'metrics' && c.ready === false && /server/.test(textAt(c, 'message')),
      );
    const before = await cluster.wait(VALKEY, withheld);
    expect(hasCondition(before, 'Ready', 'False')).toBe(true);

    operators.release();
    const ready = await cluster.wait(VALKEY, isReady);
    expect(phase(ready)).toBe('Ready');
    expect(await cluster.get(MONITOR)).toBeDefined();
    expect(textAt(release, 'metadata', 'uid')).toBe(textAt(await cluster.get(RELEASE), 'metadata', 'uid'));
    expect(objectAt(ready, 'status', 'outputs')).toMatchObject({ host: 'cache', port: 6379 });
  });

  test('an object that stops being ready takes the XR along', async () => {
    note();
    const { cluster } = platform;
    operators.hold((o) => o.kind === 'HelmRelease');
    const generation = objectAt(await cluster.get(RELEASE), 'metadata').generation ?? 1;
    const failed = { type: 'Ready', status: 'False', reason: 'UpgradeFailed', message: 'no such image' };
    const condition = {
      ...failed,
      observedGeneration: generation,
      lastTransitionTime: new Date(0).toISOString(),
    };
    await cluster.patch(RELEASE, { status: { conditions: [condition] } }, { subresource: 'status' });
    const xr = await cluster.wait(VALKEY, (o) => hasCondition(o, 'Ready', 'False'));
    const server = listAt(xr, 'status', 'components').find((c) => c.name === 'server');
    expect(server).toMatchObject({ ready: false, message: expect.stringContaining('no such image') });
    // What came after it stays: withholding it would delete it.
    expect(await cluster.get(MONITOR)).toBeDefined();
    const healed = { ...condition, status: 'True', reason: 'UpgradeSucceeded', message: '' };
    await cluster.patch(RELEASE, { status: { conditions: [healed] } }, { subresource: 'status' });
    await cluster.wait(VALKEY, isReady);
    operators.release();
  });

  test('drift is undone, and what others own is left alone', async () => {
    note();
    const { cluster } = platform;
    const chart = textAt(await cluster.get(RELEASE), 'spec', 'interval');
    await cluster.patch(RELEASE, {
      spec: { interval: '77m' },
      metadata: { annotations: { 'example.org/mine': 'yes' } },
    });
    const back = await cluster.wait(RELEASE, (o) => textAt(o, 'spec', 'interval') === chart);
    expect(textAt(back, 'metadata', 'annotations', 'example.org/mine')).toBe('yes');
  });

  test('a deleted object comes back', async () => {
    note();
    const { cluster } = platform;
    const old = textAt(await cluster.get(MONITOR), 'metadata', 'uid');
    await cluster.delete(MONITOR);
    await cluster.wait(MONITOR, (o) => textAt(o, 'metadata', 'uid') !== old);
    await cluster.wait(VALKEY, isReady);
  });

  test('a config change reaches the objects', async () => {
    note();
    const { cluster } = platform;
    const config = { monitoring: { podMonitorEnabled: true }, storage: '9Gi' };
    await apply(VALKEY, { size: 'small', config });
    const storage = ['spec', 'values', 'dataStorage', 'requestedSize'];
    await cluster.wait(RELEASE, (o) => textAt(o, ...storage) === '9Gi');
    await cluster.wait(VALKEY, isReady);
  });

  test('an optional part that is switched off is deleted, the rest is not touched', async () => {
    note();
    const { cluster } = platform;
    const before = textAt(await cluster.get(RELEASE), 'metadata', 'uid');
    await apply(VALKEY, { size: 'small', config: { storage: '9Gi' } });
    await cluster.waitGone(MONITOR);
    // Core deletes first, and forgets afterwards.
    await cluster.wait(VALKEY, (o) => isReady(o) && !kindsOf(o).includes('PodMonitor'));
    expect(textAt(await cluster.get(RELEASE), 'metadata', 'uid')).toBe(before);
  });

  test('the apiserver refuses what the schema refuses', async () => {
    const wrong = apply({ ...VALKEY, name: 'wrong' }, { size: 'gigantic', config: { storage: '1Gi' } });
    await expect(wrong).rejects.toMatchObject({ status: 422 });
  });

  test('results of a function are Events of the XR, with reason and message', async () => {
    note();
    const { cluster, project } = platform;
    for (const object of heraldApi(hostFunctionName(project.coordinates))) await cluster.apply(object);
    const xr: ObjectRef = { apiVersion: HERALD_API_VERSION, kind: 'Herald', name: 'mine', namespace: 'shop' };
    const crd = {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      name: 'heralds.herald.example.org',
    };
    await cluster.wait(crd, (o) => hasCondition(o, 'Established'));
    const say = [
      { severity: 'normal', reason: 'Certified', message: 'a certificate was issued' },
      { severity: 'warning', reason: 'Deprecated', message: 'mode "old" goes in 2.0' },
      { severity: 'normal', message: 'no reason given' },
    ];
    await apply(xr, { say });
    const healthy = await cluster.wait(xr, isReady);
    expect(listAt(healthy, 'status', 'conditions')).toContainEqual(
      expect.objectContaining({ type: 'Heard', status: 'True', reason: 'Said', message: 'all of it' }),
    );
    await apply(xr, { say: [...say, { severity: 'fatal', message: 'no such region' }] });
    const failed = await cluster.wait(xr, unsynced('no such region'));
    const told = await waitFor('the event of the fatal result', async () => {
      const events = await eventsOf(failed);
      return events.some((e) => e.includes('no such region'))
        ? { value: events }
        : { state: events.join('\n') };
    });
    expect(told).toEqual(
      expect.arrayContaining([
        'Normal Certified: Pipeline step "speak": a certificate was issued',
        'Warning Deprecated: Pipeline step "speak": mode "old" goes in 2.0',
        'Normal ComposeResources: Pipeline step "speak": no reason given',
        'Warning ComposeResources: cannot compose resources: pipeline step "speak" returned a fatal result: no such region',
      ]),
    );
    await cluster.delete(xr);
    await cluster.waitGone(xr);
  });

  /** `Type Reason: message` of each Event about an object. */
  async function eventsOf(object: JsonObject): Promise<readonly string[]> {
    const namespace = textAt(object, 'metadata', 'namespace');
    const all = await platform.cluster.list('v1', 'Event', { namespace });
    return all
      .filter((e) => textAt(e, 'involvedObject', 'uid') === textAt(object, 'metadata', 'uid'))
      .map((e) => `${textAt(e, 'type')} ${textAt(e, 'reason')}: ${textAt(e, 'message')}`);
  }

  test('deletion takes everything along', async () => {
    note();
    const { cluster } = platform;
    const refs = composedRefs((await cluster.get(VALKEY)) ?? {});
    expect(refs.length).toBeGreaterThan(2);
    await cluster.delete(VALKEY, { propagation: 'Foreground' });
    await cluster.waitGone(VALKEY);
    for (const ref of refs) await cluster.waitGone(ref);
  });
});
