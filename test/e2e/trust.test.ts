import { afterAll, beforeAll, describe, expect, onTestFailed, test } from 'vitest';
import type { JsonObject } from '../../lib/internal/json.ts';
import { copy, type Target } from '../../lib/oci/index.ts';
import {
  createKeylessSigner,
  createKeySigner,
  generateKeyPair,
  predicateTypeOf,
  type Signer,
} from '../../lib/signing/index.ts';
import { legacyTag } from '../../lib/signing/legacy-manifest.ts';
import { DEFAULT_ISSUER, DEFAULT_SUBJECT } from '../../lib/sigstore/index.ts';
import {
  type Cluster,
  CROSSPLANE_NAMESPACE,
  describeStatus,
  hasCondition,
  startCluster,
  waitFor,
} from '../../lib/testing/cluster/index.ts';
import { clusterBinaries, missingParts } from './support/binaries.ts';
import { nameOf } from './support/objects.ts';
import { type Published, publishAll } from './support/platform.ts';
import { type SignedBuilds, signedBuilds } from './support/signed-builds.ts';
import { installTrustRoot } from './support/trust-root.ts';

const PACKAGES = 'pkg.crossplane.io/v1';

/** What core made of a package, before it was deleted again. */
interface Judged {
  readonly object: JsonObject;
  readonly xrds: readonly string[];
}
const ATTESTATIONS = ['slsaprovenance1', 'spdxjson', 'cyclonedx'] as const;

describe.skipIf(missingParts)('core with --enable-signature-verification and our own trust root', () => {
  let published: Published;
  let cluster: Cluster;
  let key: Signer;
  let keyless: Signer;
  let stranger: Signer;
  let builds: SignedBuilds;

  beforeAll(async () => {
    published = await publishAll();
    builds = signedBuilds(published);
    const { sigstore, signer } = published;
    key = signer;
    keyless = createKeylessSigner({ fulcioUrl: sigstore.url, identityToken: sigstore.identityToken() });
    stranger = await createKeySigner({ key: (await generateKeyPair()).privateKey });
    cluster = await startCluster({ binaries: clusterBinaries() });
    await installTrustRoot(sigstore, cluster.crossplane.packageCache);
    await cluster.crossplane.restart({ flags: ['--enable-signature-verification'] });
    await cluster.apply({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'release-key', namespace: CROSSPLANE_NAMESPACE },
      stringData: { 'cosign.pub': published.publicKey },
    });
  });
  afterAll(async () => {
    await cluster?.stop();
    await published?.close();
  });

  const KEY: JsonObject = {
    name: 'release',
    key: { secretRef: { name: 'release-key', key: 'cosign.pub' }, hashAlgorithm: 'sha256' },
  };
  const keylessOf = (subject: string): JsonObject => ({
    name: 'ci',
    keyless: { identities: [{ issuer: DEFAULT_ISSUER, subject }] },
  });
  const asking = (authority: JsonObject, ...types: readonly string[]): JsonObject => ({
    ...authority,
    attestations: types.map((predicateType) => ({ name: predicateType, predicateType })),
  });

  const targetOf = (name: string): Target => builds.target(name);

  /**
   * Installs what lies below a path, under a policy for exactly that path; resolves once core has taken it, or has given
   * the reason. What it says before it has looked is neither.
   */
  async function verdict(name: string, authority: JsonObject, reason?: RegExp): Promise<JsonObject> {
    onTestFailed(() => {
      for (const part of ['crossplane', 'kube-controller-manager'])
        process.stderr.write(`${part}:\n${cluster.logs(part, 30)}\n`);
    });
    const prefix = `${published.registry.host}/${name}/`;
    await cluster.apply({
      apiVersion: 'pkg.crossplane.io/v1beta1',
      kind: 'ImageConfig',
      metadata: { name },
      spec: {
        matchImages: [{ type: 'Prefix', prefix }],
        verification: { provider: 'Cosign', cosign: { authorities: [authority] } },
      },
    });
    await cluster.apply({
      apiVersion: PACKAGES,
      kind: 'Configuration',
      metadata: { name },
      spec: { package: `${builds.at(name)}:1.0.0`, skipDependencyResolution: true, revisionHistoryLimit: 1 },
    });
    const ref = { apiVersion: PACKAGES, kind: 'Configuration', name };
    return waitFor(
      `core's verdict on ${name}`,
      async () => {
        const found = (await cluster.get(ref)) ?? {};
        const said = describeStatus(found);
        return hasCondition(found, 'Healthy') || reason?.test(said) === true
          ? { value: found }
          : { state: said };
      },
      { timeoutMs: 60_000 },
    );
  }

  async function refused(name: string, authority: JsonObject, reason: RegExp): Promise<void> {
    const { object, xrds } = await judged(name, authority, reason);
    expect(hasCondition(object, 'Healthy'), describeStatus(object)).toBe(false);
    expect(xrds, 'nothing of a refused package is there').toEqual([]);
  }
  // Not asserted: `status.appliedImageConfigRefs` with reason VerifyImage. Core 2.3 verifies on a miss of its package
  // cache only, and takes the reference away again with the next reconcile, which hits it.
  async function accepted(name: string, authority: JsonObject): Promise<void> {
    const { xrds } = await judged(name, authority);
    expect(xrds).toEqual(['cnpgs.compose.openova.io']);
  }
  /** The verdict and the XRDs that were there then. An XRD has one owner, so the next package must find none. */
  async function judged(name: string, authority: JsonObject, reason?: RegExp): Promise<Judged> {
    const xrds = (): Promise<readonly JsonObject[]> =>
      cluster.list('apiextensions.crossplane.io/v2', 'CompositeResourceDefinition');
    try {
      const object = await verdict(name, authority, reason);
      return { object, xrds: (await xrds()).map(nameOf) };
    } finally {
      const ref = { apiVersion: PACKAGES, kind: 'Configuration', name };
      await cluster.delete(ref, { propagation: 'Foreground' });
      await cluster.waitGone(ref);
    }
  }
  const statements = ATTESTATIONS.map((type) => ({
    predicateType: predicateTypeOf(type),
    predicate: { note: type },
  }));

  test('unsigned: refused', async () => {
    await builds.put('unsigned');
    await refused('unsigned', KEY, /no signatures found/);
  });

  test('signed by another key: refused', async () => {
    await builds.put('stranger', { signers: [stranger] });
    await refused('stranger', KEY, /comparing public key PEMs|invalid signature|no matching signatures/);
  });

  test('the right key, but in no log: refused', async () => {
    await builds.put('nolog', { signers: [key], noTlog: true });
    await refused('nolog', KEY, /rekor|tlog|log/i);
  });

  test('signed, then the tag moved to something else: refused', async () => {
    await builds.put('retagged', { signers: [key] });
    await builds.put('retagged');
    await refused('retagged', KEY, /no signatures found/);
  });

  test('the signature of another digest in the place of its own: refused', async () => {
    const signed = await builds.put('tampered', { signers: [key] });
    const other = await builds.put('tampered');
    const target = targetOf('tampered');
    const signature = await target.resolve(legacyTag(signed.digest, 'sig'));
    await target.tag(signature, legacyTag(other.digest, 'sig'));
    await refused('tampered', KEY, /digest|no matching signatures/);
  });

  test('signed by a person that nobody named: refused', async () => {
    await builds.put('somebody', { signers: [keyless] });
    await refused(
      'somebody',
      keylessOf('https://example.org/somebody-else'),
      /none of the expected identities/,
    );
  });

  test('signed by a key where an identity is asked for: refused', async () => {
    await builds.put('keyonly', { signers: [key] });
    await refused('keyonly', keylessOf(DEFAULT_SUBJECT), /signature|certificate/);
  });

  test('attestations asked for, only a signature there: refused', async () => {
    await builds.put('bare', { signers: [keyless] });
    await refused(
      'bare',
      asking(keylessOf(DEFAULT_SUBJECT), 'slsaprovenance1'),
      /no matching attestations|no attestations/,
    );
  });

  test('what bp publish left in the registry, by its key: accepted', async () => {
    const { client, registry } = published;
    await copy(client.target(`${registry.host}/openova/bp-cnpg`), '1.0.0', targetOf('published'));
    const from = client.target(`${registry.host}/openova/bp-cnpg`);
    const subject = await from.resolve('1.0.0');
    for (const suffix of ['sig', 'att'] as const)
      await copy(from, legacyTag(subject.digest, suffix), targetOf('published'));
    await accepted('published', KEY);
  });

  test('and its bill of materials and provenance: accepted', async () => {
    await builds.put('attested', { signers: [key], attestations: statements });
    await accepted('attested', asking(KEY, 'slsaprovenance1', 'spdxjson', 'cyclonedx'));
  });

  test('keyless, by issuer and subject: accepted', async () => {
    await builds.put('keyless', { signers: [keyless] });
    await accepted('keyless', keylessOf(DEFAULT_SUBJECT));
  });

  test.for(ATTESTATIONS)('keyless with attestation %s: accepted', async (type) => {
    const name = `keyless-${type}`;
    await builds.put(name, { signers: [keyless], attestations: statements });
    await accepted(name, asking(keylessOf(DEFAULT_SUBJECT), type));
  });
});
