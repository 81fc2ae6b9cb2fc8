import { afterAll, beforeAll, describe, expect, onTestFailed, test } from 'vitest';
import type { JsonObject } from '../../lib/internal/json.ts';
import { COMPOSE_API_VERSION } from '../../lib/model/names.ts';
import type { ProjectBlueprint } from '../../lib/project/index.ts';
import {
  type Cluster,
  describeStatus,
  hasCondition,
  type ObjectRef,
  startCluster,
  waitFor,
} from '../../lib/testing/cluster/index.ts';
import { clusterBinaries, missingParts } from './support/binaries.ts';
import { listAt, nameOf, objectAt, textAt } from './support/objects.ts';
import { unsynced } from './support/observe.ts';
import { composedRefs } from './support/operators.ts';
import {
  defineComposedKinds,
  install,
  type Published,
  packageName,
  publishAll,
  type RunningHost,
  serveBlueprints,
  waitInstalled,
} from './support/platform.ts';

const PACKAGES = 'pkg.crossplane.io/v1';
const CACHE: ObjectRef = {
  apiVersion: COMPOSE_API_VERSION,
  kind: 'Valkey',
  name: 'cache',
  namespace: 'default',
};

describe.skipIf(missingParts)('packages on a real core, from a real registry', () => {
  let published: Published;
  let cluster: Cluster;
  let host: RunningHost;
  let minor: ProjectBlueprint;
  let major: ProjectBlueprint;

  beforeAll(async () => {
    published = await publishAll();
    const { project } = published;
    const valkey = project.blueprints.get('valkey');
    if (valkey === undefined) throw new Error('there is no valkey');
    const { blueprint } = valkey;
    const facts = { ...blueprint.facts, upgrades: { from: ['^1.5'] } };
    minor = { ...valkey, blueprint: { ...blueprint, version: '1.1.0' } };
    major = { ...valkey, blueprint: { ...blueprint, version: '2.0.0', facts } };
    cluster = await startCluster({ binaries: clusterBinaries() });
    await defineComposedKinds(cluster, project);
    host = await serveBlueprints(cluster, project, [minor.blueprint, major.blueprint]);
  });
  afterAll(async () => {
    await host?.stop();
    await cluster?.stop();
    await published?.close();
  });

  const note = (): void => {
    onTestFailed(
      () =>
        void process.stderr.write(`${cluster.logs('crossplane', 40)}\n${host.log.slice(-20).join('\n')}\n`),
    );
  };
  const repository = (name: string): string => `${published.project.coordinates.prefix}/bp-${name}`;
  const configurations = (): Promise<readonly JsonObject[]> => cluster.list(PACKAGES, 'Configuration');

  test('a product pulls in what it depends on, and the host, under the names that Compositions use', async () => {
    note();
    await install(cluster, 'openova-bp-cortex', `${repository('cortex')}:1.0.0`);
    const expected = ['cert-manager', 'cnpg', 'cortex', 'kserve'];
    await waitInstalled(cluster, expected, published.project);
    expect((await configurations()).map(nameOf).sort()).toEqual(expected.map((n) => `openova-bp-${n}`));
    const functions = await cluster.list(PACKAGES, 'Function');
    expect(functions.map(nameOf)).toEqual(['openova-function-blueprints']);
  });

  test('every other published Blueprint installs beside them', async () => {
    note();
    const names = [...published.project.blueprints.keys()];
    const there = new Set((await configurations()).map(nameOf));
    for (const name of names) {
      if (!there.has(`openova-bp-${name}`))
        await install(cluster, `openova-bp-${name}`, `${repository(name)}:1.0.0`);
    }
    await waitInstalled(cluster, names, published.project);
    const lock = await cluster.get({ apiVersion: 'pkg.crossplane.io/v1beta1', kind: 'Lock', name: 'lock' });
    const sources = listAt(lock, 'packages')
      .map((p) => textAt(p, 'source'))
      .sort();
    expect(sources).toEqual([
      ...names.map(repository).sort(),
      `${published.project.coordinates.prefix}/function-blueprints`,
    ]);
  });

  test('what core installed is what was published: XRD and Composition field by field, the digest too', async () => {
    const { project, results } = published;
    for (const result of results) {
      const one = project.blueprints.get(result.name);
      const name = `${one?.blueprint.plural}.compose.openova.io`;
      const composition = await cluster.get({
        apiVersion: 'apiextensions.crossplane.io/v1',
        kind: 'Composition',
        name,
      });
      const step = listAt(composition, 'spec', 'pipeline')[0];
      expect(objectAt(step, 'input'), result.name).toMatchObject({
        blueprint: result.name,
        version: '1.0.0',
        bundle: { repository: result.repository },
      });
      expect(textAt(step, 'functionRef', 'name')).toBe('openova-function-blueprints');
      const revisions = await cluster.list(PACKAGES, 'ConfigurationRevision', {
        labels: { 'pkg.crossplane.io/package': `openova-bp-${result.name}` },
      });
      const [revision] = revisions;
      expect(nameOf(revision ?? {})).toContain(result.digest?.slice('sha256:'.length, 'sha256:'.length + 12));
      const events = listAt(revision, 'status', 'objectRefs')
        .map((ref) => textAt(ref, 'kind'))
        .sort();
      expect(events).toEqual(['CompositeResourceDefinition', 'Composition']);
    }
  });

  test('the printer columns and the schema arrive in the CRD', async () => {
    const crd = await cluster.get({
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      name: 'valkeys.compose.openova.io',
    });
    const version = listAt(crd, 'spec', 'versions')[0];
    const columns = listAt(version, 'additionalPrinterColumns').map((c) => textAt(c, 'name'));
    expect(columns.slice(0, 3)).toEqual(['PHASE', 'SIZE', 'VERSION']);
    const properties = ['schema', 'openAPIV3Schema', 'properties', 'spec', 'properties'];
    expect(Object.keys(objectAt(version, ...properties)).sort()).toEqual(
      expect.arrayContaining(['config', 'crossplane', 'placement', 'size']),
    );
  });

  test('another version upgrades in place, and its XRs move along', async () => {
    note();
    const xr = {
      apiVersion: CACHE.apiVersion,
      kind: CACHE.kind,
      metadata: { name: 'cache', namespace: 'default' },
      spec: { size: 'small', config: { auth: { enabled: false } } },
    };
    await cluster.apply(xr, { manager: 'person' });
    const installed = (o: JsonObject): string => textAt(o, 'status', 'installed', 'version');
    const before = await cluster.wait(CACHE, (o) => installed(o) === '1.0.0');
    const uids = await uidsOf(before);

    await published.publish([minor]);
    await install(cluster, packageName(minor), `${repository('valkey')}:1.1.0`);
    const after = await cluster.wait(CACHE, (o) => installed(o) === '1.1.0', { timeoutMs: 90_000 });
    expect(await uidsOf(after), 'nothing was replaced').toEqual(uids);
  });

  test('a step that upgrades forbids is a FATAL on that XR, and nothing is applied', async () => {
    note();
    await published.publish([major]); // by now nothing moves any more
    const before = await versionsOf((await cluster.get(CACHE)) ?? {});
    await install(cluster, packageName(major), `${repository('valkey')}:2.0.0`);
    const forbidden = /fatal result: .*Cannot upgrade Valkey "cache" from 1\.1\.0 to 2\.0\.0/;
    const xr = await cluster.wait(CACHE, unsynced(forbidden), { timeoutMs: 90_000 });
    expect(textAt(xr, 'status', 'installed', 'version')).toBe('1.1.0');
    expect(await versionsOf(xr)).toEqual(before);
    const package_ = { apiVersion: PACKAGES, kind: 'Configuration', name: packageName(major) };
    await cluster.wait(package_, (o) => hasCondition(o, 'Healthy'), {
      what: 'the package, which itself is fine',
    });
  });

  test('going back to the version before heals it', async () => {
    note();
    await install(cluster, packageName(minor), `${repository('valkey')}:1.1.0`);
    await cluster.wait(CACHE, (o) => hasCondition(o, 'Synced'), { timeoutMs: 90_000 });
  });

  test('a version that does not exist says so, and the one that runs stays', async () => {
    note();
    await install(cluster, packageName(minor), `${repository('valkey')}:9.9.9`);
    const reason = await waitFor('the package to say why', async () => {
      const found = await cluster.get({
        apiVersion: PACKAGES,
        kind: 'Configuration',
        name: packageName(minor),
      });
      const text = describeStatus(found ?? {});
      return hasCondition(found ?? {}, 'Installed', 'False') || /9\.9\.9/.test(text)
        ? { value: text }
        : { state: text };
    });
    expect(reason).toMatch(/9\.9\.9|MANIFEST_UNKNOWN|not found|cannot unpack/i);
    expect(hasCondition((await cluster.get(CACHE)) ?? {}, 'Synced')).toBe(true);
  });

  async function composed(xr: JsonObject): Promise<readonly JsonObject[]> {
    const found = await Promise.all(composedRefs(xr).map((ref) => cluster.get(ref)));
    return found.filter((o) => o !== undefined);
  }
  const pairs = async (xr: JsonObject, field: string): Promise<readonly string[]> =>
    (await composed(xr)).map((o) => `${nameOf(o)} ${textAt(o, 'metadata', field)}`).sort();
  const uidsOf = (xr: JsonObject): Promise<readonly string[]> => pairs(xr, 'uid');
  const versionsOf = (xr: JsonObject): Promise<readonly string[]> => pairs(xr, 'resourceVersion');
});
