import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, onTestFailed, test } from 'vitest';
import type { JsonObject } from '../../lib/internal/json.ts';
import { COMPOSE_API_VERSION } from '../../lib/model/names.ts';
import { hasCondition, type ObjectRef, refOf, waitFor } from '../../lib/testing/cluster/index.ts';
import { missingParts } from './support/binaries.ts';
import { originals } from './support/chart.ts';
import { annotationOf, labelOf, listAt, objectAt, textAt } from './support/objects.ts';
import { composedRefs, type Operators, startOperators } from './support/operators.ts';
import { type Platform, startPlatform } from './support/platform.ts';

const USAGES = 'protection.crossplane.io/v1beta1';
// Set by Crossplane's webhook on what it refused to delete.
const REFUSED = 'usage.crossplane.io/deletion-attempt-with-policy';
const HELD = 'example.org/held'; // as a finalizer: what takes its time to go, such as a release that is uninstalled
// Core replays a deletion two seconds after the last Usage, if it does: nothing tells that it did not.
const REPLAY_MS = 5000;
const VALKEY: ObjectRef = {
  apiVersion: COMPOSE_API_VERSION,
  kind: 'Valkey',
  name: 'cache',
  namespace: 'shop',
};
const KSERVE: ObjectRef = { apiVersion: COMPOSE_API_VERSION, kind: 'Kserve', name: 'kserve' };
const MONITOR = { apiVersion: 'monitoring.coreos.com/v1', kind: 'PodMonitor', name: 'cache-metrics' };
const RELEASE = { apiVersion: 'helm.toolkit.fluxcd.io/v2', kind: 'HelmRelease', name: 'cache-server' };

describe.skipIf(missingParts)('what is used is not deleted before its user', () => {
  let platform: Platform;
  let operators: Operators;

  beforeAll(async () => {
    platform = await startPlatform({ webhooks: true });
    const { cluster, project } = platform;
    operators = startOperators(cluster, project);
    await cluster.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
    for (const name of ['cert-manager', 'external-secrets', 'kserve'])
      await ready(project.blueprints.get(name)?.examples.get('small') ?? {});
  });
  afterAll(async () => {
    await operators?.stop();
    await platform?.stop();
  });

  const note = (): void => {
    onTestFailed(() => void process.stderr.write(`${platform.report()}\n`));
  };
  const isReady = (o: JsonObject): boolean => hasCondition(o, 'Ready') && hasCondition(o, 'Synced');
  const going = (o: JsonObject | undefined): boolean => textAt(o, 'metadata', 'deletionTimestamp') !== '';
  const inShop = (ref: ObjectRef): ObjectRef => ({ ...ref, namespace: 'shop' });

  async function ready(xr: JsonObject): Promise<JsonObject> {
    const { cluster } = platform;
    return cluster.wait(refOf(await cluster.apply(xr, { manager: 'person' })), isReady);
  }
  const valkey = (monitored: boolean): JsonObject => ({
    apiVersion: VALKEY.apiVersion,
    kind: VALKEY.kind,
    metadata: { name: VALKEY.name, namespace: 'shop' },
    spec: { size: 'small', config: { monitoring: { podMonitorEnabled: monitored } } },
  });

  /** `user > used` of every Usage of a namespace, once Crossplane enforces them all. */
  async function usages(namespace: string, count: number): Promise<readonly string[]> {
    const { cluster } = platform;
    return waitFor(`${count} Usages in ${namespace}`, async () => {
      const found = await cluster.list(USAGES, 'Usage', { namespace });
      const pairs = found.map(
        (u) =>
          `${textAt(u, 'spec', 'by', 'resourceRef', 'name')} > ${textAt(u, 'spec', 'of', 'resourceRef', 'name')}`,
      );
      const enforced = found.every((u) => hasCondition(u, 'Ready'));
      return enforced && found.length === count ? { value: pairs.sort() } : { state: pairs.join(', ') };
    });
  }

  const hold = (ref: ObjectRef): Promise<void> => changeFinalizers(ref, (now) => [...now, HELD]);
  const letGo = (ref: ObjectRef): Promise<void> =>
    changeFinalizers(ref, (now) => now.filter((f) => f !== HELD));

  /** Of the object as it was read, and once more where the garbage collector was faster. */
  async function changeFinalizers(
    ref: ObjectRef,
    change: (now: readonly string[]) => readonly string[],
  ): Promise<void> {
    const { cluster } = platform;
    await waitFor(`the finalizers of ${ref.name} to be changed`, async () => {
      const object = await cluster.get(ref);
      const resourceVersion = textAt(object, 'metadata', 'resourceVersion');
      const finalizers = change(finalizersOf(object));
      return { value: await cluster.patch(ref, { metadata: { finalizers, resourceVersion } }) };
    });
  }
  function finalizersOf(object: JsonObject | undefined): readonly string[] {
    const { finalizers } = objectAt(object, 'metadata');
    return Array.isArray(finalizers) ? finalizers.map(String) : [];
  }

  /** Core looks every half minute whether the user of a Usage that is to go is gone; a change has it look now. */
  async function look(namespace: string): Promise<void> {
    const { cluster } = platform;
    for (const usage of await cluster.list(USAGES, 'Usage', { namespace })) {
      const annotations = { 'example.org/look': textAt(usage, 'metadata', 'resourceVersion') };
      // It may be gone by now.
      await cluster.patch(refOf(usage), { metadata: { annotations } }).catch(() => undefined);
    }
  }

  /** Deletes an XR in the foreground while each of these takes its time to go, users first. */
  async function deletedInOrder(xr: ObjectRef, order: readonly ObjectRef[]): Promise<void> {
    const { cluster } = platform;
    for (const ref of order) await hold(ref);
    await cluster.delete(xr, { propagation: 'Foreground' });
    for (const [i, ref] of order.entries()) {
      await cluster.wait(ref, going, { what: `${ref.name} to be deleted`, timeoutMs: 90_000 });
      for (const used of order.slice(i + 1)) {
        const object = await cluster.wait(used, (o) => annotationOf(o, REFUSED) !== '', {
          what: `the deletion of ${used.name} to be refused`,
        });
        expect(going(object), `${used.name} while ${ref.name} is there`).toBe(false);
      }
      await letGo(ref);
      await cluster.waitGone(ref);
      await look(ref.namespace ?? '');
    }
    await cluster.waitGone(xr);
  }

  test('the webhook of the fixture is that of Crossplane, at an address that is served here', async () => {
    const [original] = originals('crossplane-webhooks', 'ValidatingWebhookConfiguration');
    const found = await platform.cluster.get(refOf(original ?? {}));
    const { clientConfig: _, ...wanted } = listAt(original, 'webhooks')[0] ?? {};
    expect(listAt(found, 'webhooks')).toMatchObject([wanted]);
  });

  test('the orders that an author declared are Usages, and Crossplane enforces them', async () => {
    note();
    await ready(valkey(true));
    const pairs = await usages('shop', 2);
    expect(pairs).toEqual(['cache-metrics > cache-server', 'cache-server > cache-users']);
    const release = await platform.cluster.get(inShop(RELEASE));
    expect(labelOf(release ?? {}, 'crossplane.io/in-use')).toBe('true');
  });

  test('what is used cannot be deleted by hand, and the answer names its user', async () => {
    note();
    const refused = platform.cluster.delete(inShop(RELEASE));
    await expect(refused).rejects.toMatchObject({
      status: 409,
      message: expect.stringMatching(/in-use by 1 usage\(s\).*by resource PodMonitor\/cache-metrics/),
    });
    expect(going(await platform.cluster.get(inShop(RELEASE)))).toBe(false);
  });

  test('a deletion that was refused does not come true when the user goes', async () => {
    note();
    const { cluster } = platform;
    const before = textAt(await cluster.get(inShop(RELEASE)), 'metadata', 'uid');
    await ready(valkey(false));
    await cluster.waitGone(inShop(MONITOR));
    await usages('shop', 1);
    await delay(REPLAY_MS);
    const release = await cluster.get(inShop(RELEASE));
    expect(going(release)).toBe(false);
    expect(textAt(release, 'metadata', 'uid')).toBe(before);
  });

  test('a deletion in the foreground takes the user first, and nothing is left behind', async () => {
    note();
    const { cluster } = platform;
    await ready(valkey(true));
    await usages('shop', 2);
    await usages('kserve', 2);
    const chains = [
      {
        xr: VALKEY,
        order: ['PodMonitor/cache-metrics', 'HelmRelease/cache-server', 'ExternalSecret/cache-users'],
      },
      // Cluster-scoped, with a namespace of its own that goes along.
      { xr: KSERVE, order: ['runtimes', 'controller', 'crds'].map((name) => `HelmRelease/kserve-${name}`) },
    ];
    await Promise.all(
      chains.map(async ({ xr, order }) => {
        const composed = composedRefs((await cluster.get(xr)) ?? {});
        const members = order.map((one) => composed.find((r) => `${r.kind}/${r.name}` === one) ?? xr);
        await deletedInOrder(xr, members);
        for (const ref of composed) await cluster.waitGone(ref);
      }),
    );
    expect(await cluster.list(USAGES, 'Usage')).toEqual([]);
  });
});
