import { type Bundle, bundleToJSON } from '@sigstore/bundle';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isToolkitError } from '../errors.ts';
import type { Target } from '../oci/target.ts';
import { DEFAULT_ISSUER, DEFAULT_SUBJECT, type Sigstore, startSigstore } from '../sigstore/index.ts';
import { readBundle } from './bundle-referrer.ts';
import { checkEntry } from './check-entry.ts';
import { collectEntries } from './collect.ts';
import { artifactInMemory, REFERENCE } from './fixture.test-helper.ts';
import { keyIdentity } from './identity.ts';
import { createKeySigner, generateKeyPair } from './key-signer.ts';
import { createKeylessSigner } from './keyless-signer.ts';
import { legacyTag, readImageManifest } from './legacy-manifest.ts';
import { predicateTypeOf } from './media-types.ts';
import { type SignOptions, signArtifact } from './sign-artifact.ts';
import type { Signer } from './signer.ts';
import { parseTrustedRoot } from './trust-material.ts';

let sigstore: Sigstore;
let keyless: Signer;
let key: Signer;
let publicKey: string;
beforeAll(async () => {
  sigstore = await startSigstore();
  keyless = createKeylessSigner({ fulcioUrl: sigstore.url, identityToken: sigstore.identityToken() });
  const pair = await generateKeyPair();
  publicKey = pair.publicKey;
  key = await createKeySigner({ key: pair.privateKey });
});
afterAll(() => sigstore.close());

const spdx = { predicateType: predicateTypeOf('spdxjson'), predicate: { spdxVersion: 'SPDX-2.3' } };
const slsa = { predicateType: predicateTypeOf('slsaprovenance1'), predicate: { run: 1 } };

function options(more: Partial<SignOptions> = {}): SignOptions {
  return { reference: REFERENCE, signers: [keyless], rekorUrl: sigstore.url, ...more };
}

/** Counts what reaches the repository. */
function counted(target: Target): { target: Target; writes: string[] } {
  const writes: string[] = [];
  const wrapped: Target = Object.create(target);
  wrapped.push = (descriptor, bytes, o) => {
    writes.push(descriptor.mediaType);
    return target.push(descriptor, bytes, o);
  };
  wrapped.tag = (descriptor, tag, o) => {
    writes.push(tag);
    return target.tag(descriptor, tag, o);
  };
  wrapped.resolve = (reference, o) => target.resolve(reference, o);
  wrapped.fetch = (descriptor, o) => target.fetch(descriptor, o);
  wrapped.referrers = (descriptor, type, o) => target.referrers(descriptor, type, o);
  return { target: wrapped, writes };
}

describe('signArtifact()', () => {
  test('writes both formats for two signers, and every entry verifies', async () => {
    const { target, subject } = await artifactInMemory();
    const spy = counted(target);
    const report = await signArtifact(
      spy.target,
      subject,
      options({ signers: [keyless, key], attestations: [spdx, slsa] }),
    );
    expect(report).toHaveLength(2 * (2 + 2 * 2));
    expect(report.every((r) => r.status === 'written')).toBe(true);
    const { entries, unreadable } = await collectEntries(target, subject);
    expect(unreadable).toEqual([]);
    expect(entries).toHaveLength(12);
    const context = {
      artifact: subject.digest,
      keys: [keyIdentity(publicKey)],
      root: parseTrustedRoot(sigstore.trustedRoot),
    };
    const verdicts = entries.map((entry) => checkEntry(entry, context));
    expect(verdicts.filter((v) => !v.valid || v.log !== 'verified')).toEqual([]);
    expect(verdicts.map((v) => v.signer)).toContainEqual({
      kind: 'keyless',
      issuer: DEFAULT_ISSUER,
      subject: DEFAULT_SUBJECT,
    });
    const tags = spy.writes.filter((w) => w.startsWith('sha256-'));
    expect(tags, 'registries with immutable tags take one write each').toEqual([
      legacyTag(subject.digest, 'sig'),
      legacyTag(subject.digest, 'att'),
    ]);
  });

  test("a key is named by the bundle's hint and by no keyid, as cosign does", async () => {
    const { target, subject } = await artifactInMemory();
    await signArtifact(target, subject, options({ signers: [key] }));
    const [referrer] = await target.referrers(subject);
    const bundle = referrer && bundleToJSON((await readBundle(target, referrer, subject)) as Bundle);
    expect(bundle?.verificationMaterial.publicKey).toEqual({ hint: keyIdentity(publicKey).hint });
    expect(Object.keys(bundle?.dsseEnvelope?.signatures[0] ?? {})).toEqual(['sig']);
  });

  test('a second run writes nothing', async () => {
    const { target, subject } = await artifactInMemory();
    const all = options({
      signers: [keyless, key],
      attestations: [spdx],
      trustedRoot: parseTrustedRoot(sigstore.trustedRoot),
    });
    await signArtifact(target, subject, all);
    const spy = counted(target);
    const report = await signArtifact(spy.target, subject, all);
    expect(spy.writes).toEqual([]);
    expect(report.map((r) => r.status)).toEqual(report.map(() => 'present'));
  });

  test('another signer is added beside the first, whose entries stay', async () => {
    const { target, subject } = await artifactInMemory();
    await signArtifact(target, subject, options({ attestations: [spdx] }));
    const before = await readImageManifest(target, legacyTag(subject.digest, 'sig'));
    await signArtifact(target, subject, options({ signers: [keyless, key], attestations: [spdx] }));
    const after = await readImageManifest(target, legacyTag(subject.digest, 'sig'));
    expect(after?.layers).toHaveLength(2);
    expect(after?.layers[0]).toEqual(before?.layers[0]);
    expect((await readImageManifest(target, legacyTag(subject.digest, 'att')))?.layers).toHaveLength(2);
    expect(await target.referrers(subject)).toHaveLength(4);
  });

  test('an attestation that changes by its words is added, one that counts by its type is not', async () => {
    const { target, subject } = await artifactInMemory();
    await signArtifact(target, subject, options({ attestations: [spdx, { ...slsa, sameBy: 'type' }] }));
    const again = [
      { ...spdx, predicate: { other: true } },
      { ...slsa, predicate: { run: 2 }, sameBy: 'type' as const },
    ];
    const report = await signArtifact(target, subject, options({ attestations: again }));
    const written = report.filter((r) => r.status === 'written').map((r) => r.predicateType);
    expect(written).toEqual([spdx.predicateType, spdx.predicateType]);
  });

  test('an .att that was lost is made again from the bundle, with the same log entry', async () => {
    const { target, subject } = await artifactInMemory();
    await signArtifact(target, subject, options({ attestations: [spdx] }));
    const att = await target.resolve(legacyTag(subject.digest, 'att'));
    await target.delete(att);
    const report = await signArtifact(target, subject, options({ attestations: [spdx] }));
    expect(report.filter((r) => r.status === 'written').map((r) => r.format)).toEqual(['legacy']);
    expect((await target.resolve(legacyTag(subject.digest, 'att'))).digest).toBe(att.digest);
  });

  test('concurrent signers of one artifact lose nothing', async () => {
    const { target, subject } = await artifactInMemory();
    const third = await createKeySigner({ key: (await generateKeyPair()).privateKey });
    await Promise.all(
      [keyless, key, third].map((s) => signArtifact(target, subject, options({ signers: [s] }))),
    );
    expect((await readImageManifest(target, legacyTag(subject.digest, 'sig')))?.layers).toHaveLength(3);
  });

  const refused: Record<
    string,
    { reason: string; with: () => Partial<SignOptions> & { rekorUrl?: string }; drop?: boolean }
  > = {
    NoSigner: { reason: 'nothing would be signed', with: () => ({ signers: [] }) },
    KeyWithoutLog: { reason: 'Crossplane would refuse it', with: () => ({ signers: [key] }), drop: true },
    KeylessWithoutLog: { reason: 'nothing proves the time', with: () => ({ noTlog: true }), drop: true },
  };
  test.for(Object.entries(refused))('refuses %s', async ([, tc]) => {
    const { target, subject } = await artifactInMemory();
    const { rekorUrl, ...rest } = options(tc.with());
    const error = await signArtifact(
      target,
      subject,
      tc.drop ? rest : { ...rest, rekorUrl: rekorUrl ?? '' },
    ).catch((e) => e);
    expect(isToolkitError(error) && error.code, tc.reason).toBe('usage');
    expect(error.remedy).toBeTypeOf('string');
    expect(await target.tags(), 'nothing written').toEqual(['1.0.0']);
  });
});
