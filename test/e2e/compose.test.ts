import { afterAll, beforeAll, describe, expect, onTestFailed, test } from 'vitest';
import type { JsonObject } from '../../lib/internal/json.ts';
import { describeStatus, hasCondition, refOf } from '../../lib/testing/cluster/index.ts';
import { missingParts } from './support/binaries.ts';
import { differences } from './support/compare.ts';
import { listAt, nameOf, objectAt, objectKey, textAt } from './support/objects.ts';
import { composedRefs, type Operators, startOperators } from './support/operators.ts';
import { type Platform, startPlatform } from './support/platform.ts';
import { predict } from './support/predict.ts';
import { isReadyAt } from './support/whole-set.ts';

// In this order what a Blueprint depends on is there before it.
const PLATFORM = ['cert-manager', 'cnpg', 'external-secrets', 'keycloak', 'valkey', 'kserve'] as const;
const QUIET_MS = 3000;

describe.skipIf(missingParts)('core composes what bp render predicts', () => {
  let platform: Platform;
  let operators: Operators;

  beforeAll(async () => {
    platform = await startPlatform();
    const { cluster, project } = platform;
    operators = startOperators(cluster, project);
    for (const name of ['acme', 'shop', 'sovereign'])
      await cluster.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    await cluster.apply({
      apiVersion: 'apiextensions.crossplane.io/v1beta1',
      kind: 'EnvironmentConfig',
      metadata: { name: 'catalyst-cluster' },
      data: { region: 'hz-fsn-rtz-prod', domain: 'acme.example.org', storageClass: 'fast' },
    });
  });
  afterAll(async () => {
    await operators?.stop();
    await platform?.stop();
  });

  /**
   * Applies an XR and waits until it is Ready and quiet. Ready alone comes too early after a change: functions see the
   * objects as they were before they are applied, so one reconcile still says Ready of what it is about to change.
   */
  async function ready(xr: JsonObject): Promise<JsonObject> {
    const { cluster } = platform;
    const applied = await cluster.apply(xr, { manager: 'person' });
    const generation = Number(objectAt(applied, 'metadata').generation);
    let version = '';
    let since = 0;
    return cluster.wait(
      refOf(applied),
      (o) => {
        const now = textAt(o, 'metadata', 'resourceVersion');
        if (now !== version) [version, since] = [now, Date.now()];
        const isReady = textAt(o, 'status', 'phase') === 'Ready' && isReadyAt(o, generation);
        return isReady && Date.now() - since > QUIET_MS;
      },
      { timeoutMs: 90_000 },
    );
  }

  const cases = PLATFORM.flatMap((name) => ['small', 'large'].map((size) => [name, size] as const));
  test.for(cases)('%s, %s', async ([name, size]) => {
    onTestFailed(() => void process.stderr.write(`${platform.report()}\n`));
    const { cluster, project } = platform;
    const example = project.blueprints.get(name)?.examples.get(size);
    if (example === undefined) throw new Error(`${name} has no example of size ${size}`);
    const xr = await ready(example);
    const root = (await predict(cluster, project, xr)).get(objectKey(xr));
    expect(root?.failure).toBeUndefined();

    const predicted = new Map((root?.composed ?? []).map((c) => [objectKey(c.object), c.object]));
    const refs = composedRefs(xr);
    const live = await Promise.all(refs.map((ref) => cluster.get(ref)));
    const there = live.filter((o) => o !== undefined);
    expect(there.map(objectKey).sort()).toEqual([...predicted.keys()].sort());
    const all = there.flatMap((object) => {
      const want = predicted.get(objectKey(object)) ?? {};
      return differences(want, object).map((d) => `${objectKey(object)} ${d}`);
    });
    expect(all).toEqual([]);

    const want = objectAt(root?.composite, 'status');
    const have = objectAt(xr, 'status');
    for (const field of ['phase', 'outputs', 'installed', 'components'])
      expect(have[field], field).toEqual(want[field]);
    const states = (o: JsonObject): readonly string[] =>
      listAt(o, 'conditions').map(
        (c) => `${textAt(c, 'type')}=${textAt(c, 'status')} ${textAt(c, 'reason')}`,
      );
    expect([...states(have)].sort()).toEqual([...states(want)].sort());
  });

  test('every XR of the run is Ready in the end', async () => {
    const { cluster, project } = platform;
    const unready: string[] = [];
    for (const name of PLATFORM) {
      const kind = project.blueprints.get(name)?.blueprint.kind ?? '';
      for (const xr of await cluster.list('compose.openova.io/v1alpha1', kind))
        if (!hasCondition(xr, 'Ready')) unready.push(`${nameOf(xr)}: ${describeStatus(xr)}`);
    }
    expect(unready).toEqual([]);
  });
});
