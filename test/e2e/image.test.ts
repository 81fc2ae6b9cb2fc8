import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, onTestFailed, test } from 'vitest';
import type { Blueprint } from '../../lib/blueprint/define.ts';
import { HOST_PACKAGE, hostFunctionName } from '../../lib/generate/coordinates.ts';
import type { JsonObject } from '../../lib/internal/json.ts';
import { COMPOSE_API_VERSION } from '../../lib/model/names.ts';
import { pushHostImage } from '../../lib/pipeline/image/index.ts';
import type { ProjectBlueprint } from '../../lib/project/index.ts';
import {
  type AttachedFunction,
  type Cluster,
  describeStatus,
  hasCondition,
  type ObjectRef,
  startCluster,
} from '../../lib/testing/cluster/index.ts';
import {
  buildImageHere,
  type RunningImage,
  runImage,
  unpackImage,
  writeServerCertificates,
} from '../interop/image-container.ts';
import { clusterBinaries, missingParts } from './support/binaries.ts';
import { objectAt, textAt } from './support/objects.ts';
import { composedRefs } from './support/operators.ts';
import {
  defineComposedKinds,
  install,
  type Published,
  packageName,
  publishAll,
  waitInstalled,
} from './support/platform.ts';

const ROOT: string = join(import.meta.dirname, '..', '..');
const PACKAGES = 'pkg.crossplane.io/v1';
const CACHE: ObjectRef = {
  apiVersion: COMPOSE_API_VERSION,
  kind: 'Valkey',
  name: 'cache',
  namespace: 'default',
};
const COMPOSITION = { apiVersion: 'apiextensions.crossplane.io/v1', kind: 'Composition' };
const BUILD_TIMEOUT_MS = 600_000; // compresses 2 × 120 MB with pako, the first time

/** A version that the image does not carry: valkey's folder with another number in it, and another note in its outputs. */
async function nextVersion(valkey: ProjectBlueprint, directory: string): Promise<ProjectBlueprint> {
  cpSync(valkey.directory, directory, { recursive: true });
  const file = join(directory, 'blueprint.ts');
  const source = readFileSync(file, 'utf8');
  expect(source).toContain("version: '1.0.0'");
  writeFileSync(file, source.replace("version: '1.0.0'", "version: '1.1.0'"));
  const module = (await import(pathToFileURL(file).href)) as { default: Blueprint };
  return { ...valkey, directory, path: relative(ROOT, directory), blueprint: module.default };
}

describe.skipIf(missingParts)('the host image on a real core', () => {
  let published: Published;
  let cluster: Cluster;
  let root: string;
  let scratch: string;
  let running: RunningImage;
  let attached: AttachedFunction;
  let digest: string;

  beforeAll(async () => {
    published = await publishAll();
    const { project, client } = published;
    const built = await buildImageHere(project, { version: '1.9.0', architectures: ['amd64', 'arm64'] });
    if ('missing' in built) throw new Error(built.missing);
    const target = client.target(`${project.coordinates.prefix}/${HOST_PACKAGE}`);
    const pushed = await pushHostImage(target, built.image);
    digest = pushed.digest;
    await target.tag(pushed, '1.9.0');

    root = mkdtempSync(join(tmpdir(), 'image-'));
    // Inside the repository, so that the copy finds the toolkit by its name.
    mkdirSync(join(ROOT, '.cache'), { recursive: true });
    scratch = mkdtempSync(join(ROOT, '.cache', 'e2e-image-'));
    unpackImage(built.image, root);
    cluster = await startCluster({ binaries: clusterBinaries() });
    writeServerCertificates(root, cluster.crossplane.issue(['localhost']));
    writeTrust(root);
    running = await runImage(built.image, root);
    attached = cluster.attach(hostFunctionName(project.coordinates), `dns:///localhost:${running.port}`);
    await defineComposedKinds(cluster, project);
  }, BUILD_TIMEOUT_MS);
  afterAll(async () => {
    await attached?.stop();
    await running?.stop();
    await cluster?.stop();
    await published?.close();
    for (const folder of [root, scratch])
      if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  });

  /** What a platform team mounts at /etc/blueprints: whom to believe. */
  function writeTrust(at: string): void {
    const folder = join(at, 'etc', 'blueprints');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'trusted_root.json'), JSON.stringify(published.sigstore.trustedRoot));
    const key = published.publicKey.trim().replaceAll('\n', '\n          ');
    writeFileSync(
      join(folder, 'trust.yaml'),
      `apiVersion: trust.compose.openova.io/v1alpha1
kind: TrustPolicy
trustedRoot: trusted_root.json
rules:
  - repositories: ['${published.registry.host}/openova/*']
    keys:
      - name: release
        publicKey: |
          ${key}
`,
    );
  }

  const note = (): void => {
    onTestFailed(
      () => void process.stderr.write(`${cluster.logs('crossplane', 40)}\n${running.log().slice(-4000)}\n`),
    );
  };
  const repository = (name: string): string => `${published.project.coordinates.prefix}/bp-${name}`;

  test('installs as the Function that Configurations depend on, out of an index of two platforms', async () => {
    note();
    const { project } = published;
    await install(cluster, 'openova-bp-valkey', `${repository('valkey')}:1.0.0`);
    await waitInstalled(cluster, ['valkey'], project);
    const name = hostFunctionName(project.coordinates);
    await cluster.wait({ apiVersion: PACKAGES, kind: 'Function', name }, (o) => hasCondition(o, 'Healthy'));
    const [revision] = await cluster.list(PACKAGES, 'FunctionRevision', {
      labels: { 'pkg.crossplane.io/package': name },
    });
    expect(textAt(revision, 'spec', 'image')).toContain(':1.9.0');
    // Named after the index, although what it unpacked is the manifest of linux/amd64.
    expect(textAt(revision, 'metadata', 'name')).toContain(
      digest.slice('sha256:'.length, 'sha256:'.length + 12),
    );
    expect(objectAt(revision, 'status').capabilities).toEqual(['composition']);
  });

  test('its process, as core would start it, composes what it carries', async () => {
    note();
    await cluster.apply(
      {
        apiVersion: CACHE.apiVersion,
        kind: CACHE.kind,
        metadata: { name: 'cache', namespace: 'default' },
        spec: { size: 'small', config: { auth: { enabled: false } } },
      },
      { manager: 'person' },
    );
    const xr = await cluster.wait(CACHE, (o) => textAt(o, 'status', 'installed', 'version') === '1.0.0');
    expect(composedRefs(xr).length).toBeGreaterThan(0);
    expect(running.log()).not.toContain('Bundle');
  });

  test('and a version that it does not carry: the signed bundle that the Composition names', async () => {
    note();
    const valkey = published.project.blueprints.get('valkey');
    if (valkey === undefined) throw new Error('there is no valkey');
    const next = await nextVersion(valkey, join(scratch, 'valkey'));
    await published.publish([next]);
    const before = uids(await cluster.get(CACHE));
    await install(cluster, packageName(next), `${repository('valkey')}:1.1.0`);
    const xr = await cluster.wait(
      CACHE,
      (o) => textAt(o, 'status', 'installed', 'version') === '1.1.0' && hasCondition(o, 'Synced'),
      { timeoutMs: 90_000 },
    );
    expect(uids(xr), 'nothing was replaced').toEqual(before);
    expect(running.log()).toContain('Bundle loaded');
  });

  test('a bundle that nobody signed is a FATAL on that XR; what was composed stays', async () => {
    note();
    const composition = await cluster.get({ ...COMPOSITION, name: 'valkeys.compose.openova.io' });
    const before = uids(await cluster.get(CACHE));
    // Somebody who may write Compositions, but has no key: another repository, the same everything else. In an object
    // of their own, because the package manager writes its Composition anew whenever it looks at the package.
    const text = JSON.stringify(composition).replaceAll(repository('valkey'), repository('vandal'));
    const { spec } = JSON.parse(text) as { spec: JsonObject };
    await cluster.apply({ ...COMPOSITION, metadata: { name: 'vandal' }, spec }, { manager: 'vandal' });
    await cluster.apply(
      {
        apiVersion: CACHE.apiVersion,
        kind: CACHE.kind,
        metadata: { name: 'cache', namespace: 'default' },
        spec: { crossplane: { compositionRef: { name: 'vandal' } } },
      },
      { manager: 'vandal' },
    );
    const xr = await cluster.wait(CACHE, (o) => describeStatus(o).includes('fatal result'), {
      timeoutMs: 60_000,
    });
    expect(describeStatus(xr)).toMatch(/fatal result: .*bp-vandal/);
    expect(uids(xr)).toEqual(before);
  });

  const uids = (xr: JsonObject | undefined): readonly string[] =>
    composedRefs(xr ?? {}).map((ref) => `${ref.kind} ${ref.name}`);
});
