import { afterAll, beforeAll, describe, expect, onTestFailed, test } from 'vitest';
import type { JsonObject } from '../../lib/internal/json.ts';
import { COMPOSE_API_VERSION } from '../../lib/model/names.ts';
import { hasCondition, type ObjectRef } from '../../lib/testing/cluster/index.ts';
import { missingParts } from './support/binaries.ts';
import { differences } from './support/compare.ts';
import { listAt, objectAt, objectKey, textAt } from './support/objects.ts';
import { composedRefs, type Operators, startOperators } from './support/operators.ts';
import { type Platform, startPlatform } from './support/platform.ts';
import { predict } from './support/predict.ts';

const CORTEX: ObjectRef = { apiVersion: COMPOSE_API_VERSION, kind: 'Cortex', name: 'cortex' };

// Cortex nests one Blueprint of this repository (KServe); the other members are left out and reported.
describe.skipIf(missingParts)('a product composes its members as XRs', () => {
  let platform: Platform;
  let operators: Operators;
  let member: ObjectRef;

  beforeAll(async () => {
    platform = await startPlatform();
    const { cluster, project } = platform;
    operators = startOperators(cluster, project);
    operators.hold((o) => textAt(o, 'metadata', 'namespace') === 'kserve');
    for (const name of ['cert-manager', 'cnpg']) {
      const example = project.blueprints.get(name)?.examples.get('small') ?? {};
      await cluster.apply(example, { manager: 'person' });
      const { apiVersion, kind } = example;
      await cluster.wait({ apiVersion: String(apiVersion), kind: String(kind), name }, (o) =>
        hasCondition(o, 'Ready'),
      );
    }
  });
  afterAll(async () => {
    await operators?.stop();
    await platform?.stop();
  });

  const note = (): void => {
    onTestFailed(() => void process.stderr.write(`${platform.report()}\n`));
  };
  const example = (size: string): JsonObject =>
    platform.project.blueprints.get('cortex')?.examples.get(size) ?? {};

  test('the member is an XR of its own, owned by the product, with the values it hands down', async () => {
    note();
    const { cluster } = platform;
    await cluster.apply(example('small'), { manager: 'person' });
    const product = await cluster.wait(CORTEX, (o) => composedRefs(o).some((r) => r.kind === 'Kserve'));
    member = composedRefs(product).find((r) => r.kind === 'Kserve') ?? CORTEX;
    const nested = await cluster.wait(member, () => true);
    expect(listAt(nested, 'metadata', 'ownerReferences')).toMatchObject([
      { kind: 'Cortex', name: 'cortex', controller: true, uid: textAt(product, 'metadata', 'uid') },
    ]);
    expect(textAt(nested, 'spec', 'config', 'deploymentMode')).not.toBe('');
    expect(textAt(nested, 'spec', 'config', 'domain')).toMatch(/^models\./);
  });

  test('it is not ready before its member is, and says which', async () => {
    note();
    const { cluster } = platform;
    const unready = (o: JsonObject): boolean =>
      listAt(o, 'status', 'components').some((c) => c.kind === 'Kserve' && c.ready === false);
    const product = await cluster.wait(CORTEX, (o) => hasCondition(o, 'Synced') && unready(o));
    expect(hasCondition(product, 'Ready', 'False')).toBe(true);
    expect(hasCondition(product, 'BlueprintsAvailable', 'False')).toBe(true);
  });

  test('the member that became ready is ready in the product, with its outputs', async () => {
    note();
    const { cluster } = platform;
    operators.release();
    await cluster.wait(member, (o) => hasCondition(o, 'Ready'), { timeoutMs: 90_000 });
    const product = await cluster.wait(CORTEX, (o) =>
      listAt(o, 'status', 'components').some((c) => c.kind === 'Kserve' && c.ready === true),
    );
    expect(textAt(product, 'status', 'outputs', 'models')).toMatch(/^models\./);
  });

  test('product and member are what bp render predicted, object by object', async () => {
    note();
    const { cluster, project } = platform;
    const product = (await cluster.get(CORTEX)) ?? {};
    const reconciles = await predict(cluster, project, product, { ready: false });
    const root = reconciles.get(objectKey(product));
    const wanted = root?.composed ?? [];
    const whole = (count: number) => (o: JsonObject) => composedRefs(o).length === count;
    for (const ref of composedRefs(await cluster.wait(CORTEX, whole(wanted.length)))) {
      const object = (await cluster.get(ref)) ?? {};
      const want = wanted.find((c) => objectKey(c.object) === objectKey(object))?.object ?? {};
      expect(differences(want, object), objectKey(object)).toEqual([]);
    }
    // The member's uid is the cluster's own, so its objects are predicted from the live one.
    const live = (await cluster.get(member)) ?? {};
    const nested = (await predict(cluster, project, live)).get(objectKey(live));
    const settled = await cluster.wait(member, whole(nested?.composed.length ?? 0));
    const below = await Promise.all(composedRefs(settled).map((ref) => cluster.get(ref)));
    const problems = below.flatMap((o) => {
      const want = nested?.composed.find((c) => objectKey(c.object) === objectKey(o ?? {}))?.object;
      return want === undefined || o === undefined
        ? [`${objectKey(o ?? {})} was not predicted`]
        : differences(want, o);
    });
    expect(problems).toEqual([]);
    expect(below.length).toBeGreaterThan(0);
  });

  test('a change of the product reaches the objects of its member', async () => {
    note();
    const { cluster } = platform;
    const spec = objectAt(example('small'), 'spec');
    const config = { ...objectAt(spec, 'config'), domain: 'ai.example.net' };
    await cluster.apply({ ...example('small'), spec: { ...spec, config } }, { manager: 'person' });
    await cluster.wait(member, (o) => textAt(o, 'spec', 'config', 'domain') === 'models.ai.example.net');
    await cluster.wait(CORTEX, (o) => textAt(o, 'status', 'outputs', 'models') === 'models.ai.example.net');
  });

  test('deleting the product deletes the member and what is below it', async () => {
    note();
    const { cluster } = platform;
    const below = composedRefs((await cluster.get(member)) ?? {});
    expect(below.length).toBeGreaterThan(0);
    await cluster.delete(CORTEX, { propagation: 'Foreground' });
    await cluster.waitGone(CORTEX);
    await cluster.waitGone(member);
    for (const ref of below.filter((r) => r.kind !== 'Namespace')) await cluster.waitGone(ref);
  });
});
