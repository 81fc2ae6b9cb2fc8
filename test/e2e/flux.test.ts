import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, onTestFailed, test } from 'vitest';
import { isObject, type JsonObject } from '../../lib/internal/json.ts';
import { formatYaml, parseYaml } from '../../lib/internal/yaml.ts';
import { COMPOSE_API_VERSION } from '../../lib/model/names.ts';
import { digestTag } from '../../lib/oci/index.ts';
import {
  createKeylessSigner,
  createKeySigner,
  generateKeyPair,
  type Signer,
} from '../../lib/signing/index.ts';
import { DEFAULT_ISSUER, DEFAULT_SUBJECT, type Sigstore, startSigstore } from '../../lib/sigstore/index.ts';
import {
  describeStatus,
  FLUX_NAMESPACE,
  hasCondition,
  type ObjectRef,
  refOf,
} from '../../lib/testing/cluster/index.ts';
import { fencesOf } from '../support/markdown.ts';
import { readText, root } from '../support/repository.ts';
import { missingFlux, PLACES } from './support/binaries.ts';
import {
  type FluxPlatform,
  RELEASE_KEY,
  SOURCES,
  startFluxPlatform,
  TRUSTED_ROOT,
} from './support/flux-platform.ts';
import { listAt, objectAt, textAt } from './support/objects.ts';
import { pushFiles, readFiles } from './support/push-files.ts';
import { type SignedBuilds, signedBuilds } from './support/signed-builds.ts';

const KUSTOMIZATIONS = 'kustomize.toolkit.fluxcd.io/v1';
const EXAMPLE = join(root, 'examples', 'cluster', 'flux.ts');
const EXAMPLE_TIMEOUT_MS = 180_000;
const PATIENCE = { timeoutMs: 120_000 };

const BY_KEY: JsonObject = { provider: 'cosign', secretRef: { name: RELEASE_KEY } };
const keylessBy = (subject: string, issuer: string = DEFAULT_ISSUER): JsonObject => ({
  provider: 'cosign',
  trustedRootSecretRef: { name: TRUSTED_ROOT },
  matchOIDCIdentity: [{ issuer: exactly(issuer), subject: exactly(subject) }],
});
const exactly = (text: string): string => `^${text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`;

const NAMESPACE = 'cnpg-system';
const inNamespace = (apiVersion: string, kind: string, name: string): ObjectRef => ({
  apiVersion,
  kind,
  name,
  namespace: NAMESPACE,
});
const kustomization = (name: string): ObjectRef => ({
  apiVersion: KUSTOMIZATIONS,
  kind: 'Kustomization',
  name,
  namespace: FLUX_NAMESPACE,
});
const sourceOf = (name: string, namespace: string = FLUX_NAMESPACE): ObjectRef => ({
  apiVersion: SOURCES,
  kind: 'OCIRepository',
  name,
  namespace,
});
const CHART_SOURCE = sourceOf('cnpg-operator-source', NAMESPACE);
const RELEASE = inNamespace('helm.toolkit.fluxcd.io/v2', 'HelmRelease', 'cnpg-operator');
const SETTINGS = inNamespace('v1', 'ConfigMap', 'cnpg-settings');
const MONITOR = inNamespace('monitoring.coreos.com/v1', 'PodMonitor', 'cnpg-metrics');
const NAMESPACE_REF: ObjectRef = { apiVersion: 'v1', kind: 'Namespace', name: NAMESPACE };
const XR: ObjectRef = { apiVersion: COMPOSE_API_VERSION, kind: 'Cnpg', name: 'cnpg' };

interface Signers {
  readonly key: Signer;
  readonly otherKey: Signer;
  readonly keyless: Signer;
  /** With a certificate of another Sigstore. */
  readonly stranger: Signer;
}

// One after the other: the later ones install with what the earlier ones brought.
describe.skipIf(missingFlux())('Flux and our artifacts, on one apiserver with core', () => {
  let platform: FluxPlatform;
  let builds: SignedBuilds;
  let elsewhere: Sigstore;
  let signers: Signers;

  beforeAll(async () => {
    platform = await startFluxPlatform();
    const { published } = platform;
    builds = signedBuilds(published);
    elsewhere = await startSigstore();
    const keyless = ({ url, identityToken }: Sigstore): Signer =>
      createKeylessSigner({ fulcioUrl: url, identityToken: identityToken() });
    signers = {
      key: published.signer,
      otherKey: await createKeySigner({ key: (await generateKeyPair()).privateKey }),
      keyless: keyless(published.sigstore),
      stranger: keyless(elsewhere),
    };
  });
  afterAll(async () => {
    await platform?.stop();
    await elsewhere?.close();
  });

  const note = (): void => {
    onTestFailed(() => void process.stderr.write(`${platform.report()}\n`));
  };

  async function source(name: string, url: string, tag: string, verify: JsonObject): Promise<void> {
    await platform.cluster.apply(
      {
        apiVersion: SOURCES,
        kind: 'OCIRepository',
        metadata: { name, namespace: FLUX_NAMESPACE },
        spec: { interval: '10m', url: `oci://${url}`, ref: { tag }, insecure: true, verify },
      },
      { manager: 'person' },
    );
  }
  // Flux writes `status.observedGeneration` only when all went well, but each condition has one of its own.
  const says = (o: JsonObject, status: string): boolean =>
    listAt(o, 'status', 'conditions').some(
      (c) =>
        c.type === 'Ready' &&
        c.status === status &&
        c.observedGeneration === objectAt(o, 'metadata').generation,
    );
  // Verified is ready for a moment before anything is stored.
  const isDecided = (o: JsonObject): boolean =>
    says(o, 'False') || (says(o, 'True') && objectAt(o, 'status').artifact !== undefined);

  async function verdict(name: string, verify: JsonObject): Promise<JsonObject> {
    note();
    await source(name, builds.at(name), '1.0.0', verify);
    return platform.cluster.wait(sourceOf(name), isDecided, PATIENCE);
  }
  async function refused(name: string, verify: JsonObject, reason: RegExp): Promise<void> {
    const found = await verdict(name, verify);
    const verified = listAt(found, 'status', 'conditions').find((c) => c.type === 'SourceVerified');
    expect(verified, describeStatus(found)).toMatchObject({ status: 'False', reason: 'VerificationError' });
    expect(verified?.message).toMatch(reason);
    expect(hasCondition(found, 'Ready', 'False')).toBe(true);
    expect(objectAt(found, 'status').artifact, 'nothing of it is stored').toBeUndefined();
  }
  async function accepted(name: string, verify: JsonObject, digest: string): Promise<void> {
    const found = await verdict(name, verify);
    expect(hasCondition(found, 'SourceVerified'), describeStatus(found)).toBe(true);
    expect(textAt(found, 'status', 'artifact', 'revision')).toBe(`1.0.0@${digest}`);
  }

  describe('an OCIRepository that verifies with a key', () => {
    const NO_MATCH = /no matching signatures/;

    test('takes what bp publish left, under the digest that was published', async () => {
      note();
      const cnpg = platform.published.results.find((r) => r.name === 'cnpg');
      await source('published', cnpg?.repository ?? '', '1.0.0', BY_KEY);
      const found = await platform.cluster.wait(sourceOf('published'), isDecided, PATIENCE);
      expect(hasCondition(found, 'SourceVerified'), describeStatus(found)).toBe(true);
      expect(textAt(found, 'status', 'artifact', 'revision')).toBe(`1.0.0@${cnpg?.digest}`);
    });

    test('takes a signature that is in no log, which core does not', async () => {
      const { digest } = await builds.put('no-log', { signers: [signers.key], noTlog: true });
      await accepted('no-log', BY_KEY, digest);
    });

    test('refuses what nobody signed, and takes it once it is signed', async () => {
      const subject = await builds.put('later');
      await refused('later', BY_KEY, NO_MATCH);
      await builds.sign('later', subject, { signers: [signers.key] });
      await platform.poke(sourceOf('later'));
      const revision = `1.0.0@${subject.digest}`;
      const stored = (o: JsonObject): boolean => textAt(o, 'status', 'artifact', 'revision') === revision;
      const found = await platform.cluster.wait(sourceOf('later'), stored, PATIENCE);
      expect(hasCondition(found, 'SourceVerified')).toBe(true);
    });

    test('refuses what another key signed', async () => {
      await builds.put('other-key', { signers: [signers.otherKey] });
      await refused('other-key', BY_KEY, NO_MATCH);
    });

    test('refuses what a person signed', async () => {
      await builds.put('person', { signers: [signers.keyless] });
      await refused('person', BY_KEY, NO_MATCH);
    });

    test('refuses a tag that was moved after it was signed', async () => {
      await builds.put('moved', { signers: [signers.key] });
      await builds.put('moved');
      await refused('moved', BY_KEY, NO_MATCH);
    });

    test('refuses signatures of another digest in the place of its own, in both formats', async () => {
      const signed = await builds.put('swapped', { signers: [signers.key] });
      const other = await builds.put('swapped');
      const target = builds.target('swapped');
      for (const suffix of ['', '.sig'] as const)
        await target.tag(
          await target.resolve(digestTag(signed.digest, suffix)),
          digestTag(other.digest, suffix),
        );
      await refused('swapped', BY_KEY, NO_MATCH);
    });
  });

  describe('an OCIRepository that asks for an identity of our own Sigstore', () => {
    const RELEASE_WORKFLOW = keylessBy(DEFAULT_SUBJECT);

    test('takes what that identity signed', async () => {
      const { digest } = await builds.put('workflow', { signers: [signers.keyless] });
      await accepted('workflow', RELEASE_WORKFLOW, digest);
    });

    test('refuses another subject', async () => {
      await builds.put('subject', { signers: [signers.keyless] });
      await refused(
        'subject',
        keylessBy('https://example.org/somebody-else'),
        /no matching CertificateIdentity.*expected SAN/,
      );
    });

    test('refuses another issuer', async () => {
      await builds.put('issuer', { signers: [signers.keyless] });
      await refused(
        'issuer',
        keylessBy(DEFAULT_SUBJECT, 'https://accounts.example.org'),
        /no matching CertificateIdentity.*expected issuer/,
      );
    });

    test('refuses the same identity with a certificate of another authority', async () => {
      await builds.put('stranger', { signers: [signers.stranger] });
      await refused('stranger', RELEASE_WORKFLOW, /certificate/i);
    });

    test('refuses a signature that is in no log', async () => {
      await builds.put('logless', { signers: [signers.keyless], logless: true });
      await refused('logless', RELEASE_WORKFLOW, /not enough verified log entries/);
    });

    test('refuses what nobody signed, and what a key signed', async () => {
      await builds.put('nobody');
      await refused('nobody', RELEASE_WORKFLOW, /no signatures found/);
      await builds.put('key-only', { signers: [signers.key] });
      await refused('key-only', RELEASE_WORKFLOW, /signature|certificate|key/i);
    });
  });

  describe('what our pages show', () => {
    test("the README's OCIRepository is one of Flux's", async () => {
      const { cluster } = platform;
      const [fence] = fencesOf(readText('README.md')).filter((f) => f.language === 'yaml');
      const [object] = parseYaml(fence?.text ?? '', 'README.md').filter(isObject);
      const taken = await cluster.apply(object ?? {}, { dryRun: true });
      expect(objectAt(taken, 'spec')).toMatchObject(objectAt(object, 'spec'));
    });

    test('the example of docs/testing.md runs, on a control plane of its own', async () => {
      const { stdout, stderr } = await promisify(execFile)(process.execPath, [EXAMPLE, ...PLACES], {
        timeout: EXAMPLE_TIMEOUT_MS,
      });
      expect(stdout, stderr).toMatch(/Ready=False .*cache-source/);
    });
  });

  const readyFlux = (name: string): Promise<JsonObject> =>
    platform.cluster.wait(kustomization(name), (o) => says(o, 'True'), PATIENCE);
  /** The first layer of a version of bp-cnpg. */
  const layerOf = (version: string): Promise<ReadonlyMap<string, string>> =>
    readFiles(platform.published.client.target(cnpgRepository()), version);
  const cnpgRepository = (): string => `${platform.published.project.coordinates.prefix}/bp-cnpg`;
  const objectsIn = (files: ReadonlyMap<string, string>, path: string): readonly JsonObject[] =>
    parseYaml(files.get(path) ?? '', path).filter(isObject);

  describe('a cluster without Crossplane: the overlay', () => {
    test('a later step waits for the earlier one, whose release has no chart yet', async () => {
      note();
      const { cluster } = platform;
      await source('bp-cnpg', cnpgRepository(), '1.1.0', BY_KEY);
      for (const step of objectsIn(await layerOf('1.1.0'), 'manifests/flux/large.yaml'))
        await cluster.apply(step, { manager: 'person' });
      await cluster.wait(RELEASE, (o) => hasCondition(o, 'Ready', 'False'), PATIENCE);
      const waits = (o: JsonObject): boolean => /dependency .*bp-cnpg.* is not ready/.test(describeStatus(o));
      await cluster.wait(kustomization('bp-cnpg-1'), waits, PATIENCE);
      expect(await cluster.get(MONITOR), 'its kind comes with the chart').toBeUndefined();
    });

    test('both are ready once the chart is there, with exactly the objects of the artifact', async () => {
      note();
      const { cluster } = platform;
      await platform.pushChartTo('charts');
      await platform.poke(CHART_SOURCE);
      await cluster.wait(RELEASE, (o) => hasCondition(o, 'Ready'), PATIENCE);
      const [first, second] = [await readyFlux('bp-cnpg'), await readyFlux('bp-cnpg-1')];
      const files = await layerOf('1.1.0');
      const below = (...folders: readonly string[]): readonly string[] =>
        [...files.keys()]
          .filter((path) => folders.some((f) => path.replace(/[^/]*$/, '') === `manifests/${f}/`))
          .flatMap((path) => objectsIn(files, path))
          .filter((o) => o.apiVersion !== 'kustomize.config.k8s.io/v1beta1')
          .map(inventoryId)
          .sort();
      const inventory = (o: JsonObject): readonly string[] =>
        listAt(o, 'status', 'inventory', 'entries')
          .map((e) => textAt(e, 'id'))
          .sort();
      expect(inventory(first)).toEqual(below('base', 'overlays/large'));
      expect(inventory(second)).toEqual(below('overlays/large/steps/1'));
      expect(objectAt(await cluster.get(SETTINGS), 'data'), 'the values of size large').toEqual({
        replicas: '3',
        memory: '512Mi',
      });
    });

    test('deleting the Kustomizations takes everything away, what the chart installed too', async () => {
      note();
      const { cluster } = platform;
      expect(await cluster.get(SETTINGS)).toBeDefined();
      for (const name of ['bp-cnpg-1', 'bp-cnpg']) {
        await cluster.delete(kustomization(name));
        await cluster.waitGone(kustomization(name));
      }
      for (const ref of [MONITOR, RELEASE, SETTINGS, NAMESPACE_REF]) await cluster.waitGone(ref);
    });
  });

  describe('a cluster with Crossplane: the package, then an XR from a repository of its own', () => {
    const xr = (config: JsonObject): JsonObject => ({
      apiVersion: XR.apiVersion,
      kind: XR.kind,
      metadata: { name: XR.name },
      spec: { size: 'large', config },
    });
    const WITH_MONITOR: JsonObject = { monitoring: { podMonitorEnabled: true } };
    const gitOps = (): string => `${platform.published.registry.host}/shop/gitops`;
    const commit = async (revision: string, ...objects: readonly JsonObject[]): Promise<void> => {
      const files = [{ path: 'cnpg.yaml', content: formatYaml(...objects) }];
      await pushFiles(platform.published.client.target(gitOps()), files, revision);
      await platform.cluster.apply({
        apiVersion: SOURCES,
        kind: 'OCIRepository',
        metadata: { name: 'shop', namespace: FLUX_NAMESPACE },
        spec: { interval: '10m', url: `oci://${gitOps()}`, ref: { tag: revision }, insecure: true },
      });
    };

    test('the package installs from the artifact; the XR waits until its kind is served', async () => {
      note();
      const { cluster } = platform;
      await commit('1', xr(WITH_MONITOR));
      await cluster.apply({
        apiVersion: KUSTOMIZATIONS,
        kind: 'Kustomization',
        metadata: { name: 'shop', namespace: FLUX_NAMESPACE },
        spec: {
          interval: '10m',
          prune: true,
          wait: true,
          sourceRef: { kind: 'OCIRepository', name: 'shop' },
          dependsOn: [{ name: 'bp-cnpg' }],
          healthCheckExprs: [
            {
              apiVersion: XR.apiVersion,
              kind: XR.kind,
              current: "status.conditions.exists(c, c.type == 'Ready' && c.status == 'True')",
            },
          ],
        },
      });
      await cluster.wait(kustomization('shop'), (o) => hasCondition(o, 'Ready', 'False'), PATIENCE);
      await source('bp-cnpg', cnpgRepository(), '1.2.0', BY_KEY);
      // Until it is fetched, Flux would install the version before.
      const fetched = (o: JsonObject): boolean =>
        textAt(o, 'status', 'artifact', 'revision').startsWith('1.2.0@');
      await cluster.wait(sourceOf('bp-cnpg'), fetched, PATIENCE);
      for (const object of objectsIn(await layerOf('1.2.0'), 'crossplane/flux.yaml'))
        await cluster.apply(object, { manager: 'person' });
      await readyFlux('bp-cnpg');
      const found = await cluster.wait(XR, (o) => hasCondition(o, 'Synced'), PATIENCE);
      expect(textAt(found, 'status', 'installed', 'version')).toBe('1.2.0');
    });

    test('the XR is not ready while its release has nothing to install, and says so', async () => {
      note();
      const { cluster } = platform;
      const release = await cluster.wait(RELEASE, (o) => hasCondition(o, 'Ready', 'False'), PATIENCE);
      expect(listAt(release, 'metadata', 'ownerReferences')).toMatchObject([
        { kind: XR.kind, controller: true },
      ]);
      // Not before the release was looked at: until then it is unready for not being there.
      const repeats = (o: JsonObject): boolean =>
        /SourceNotReady|ArtifactFailed/.test(textAt(saysOf(o, 'HelmRelease'), 'message'));
      const found = await cluster.wait(XR, repeats, PATIENCE);
      expect(saysOf(found, 'HelmRelease')).toMatchObject({ ready: false });
      expect(hasCondition(found, 'Ready', 'False')).toBe(true);
      expect(await cluster.get(MONITOR), 'withheld until the release is ready').toBeUndefined();
      expect(hasCondition((await cluster.get(kustomization('shop'))) ?? {}, 'Ready')).toBe(false);
    });

    test('with the chart the release turns ready, then the XR, then the Kustomization', async () => {
      note();
      const { cluster } = platform;
      await platform.pushChartTo('late');
      await platform.poke(CHART_SOURCE);
      await cluster.wait(RELEASE, (o) => hasCondition(o, 'Ready'), PATIENCE);
      expect(objectAt(await cluster.get(SETTINGS), 'data')).toEqual({ replicas: '3', memory: '512Mi' });
      const found = await cluster.wait(XR, (o) => hasCondition(o, 'Ready'), PATIENCE);
      expect(saysOf(found, 'HelmRelease')).toMatchObject({ ready: true });
      expect(await cluster.get(MONITOR)).toBeDefined();
      await readyFlux('shop');
    });

    test('a change of the XR in its repository reaches what the chart installed', async () => {
      note();
      const { cluster } = platform;
      await commit('2', xr({ ...WITH_MONITOR, replicas: 2 }));
      const changed = (o: JsonObject): boolean => textAt(o, 'data', 'replicas') === '2';
      await cluster.wait(SETTINGS, changed, PATIENCE);
      await cluster.wait(XR, (o) => hasCondition(o, 'Ready'), PATIENCE);
    });

    test('taking the XR out of its repository takes it away, and what the chart installed', async () => {
      note();
      const { cluster } = platform;
      expect(await cluster.get(SETTINGS)).toBeDefined();
      await commit('3', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
      for (const ref of [XR, RELEASE, SETTINGS]) await cluster.waitGone(ref);
    });
  });
});

/** What an XR's status says of its first component of a kind. */
function saysOf(object: JsonObject, kind: string): JsonObject | undefined {
  return listAt(object, 'status', 'components').find((c) => c.kind === kind);
}

/** As Flux writes it: `namespace_name_group_kind`. */
function inventoryId(object: JsonObject): string {
  const { name, namespace = '', apiVersion, kind } = refOf(object);
  const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
  return [namespace, name, group, kind].join('_');
}
