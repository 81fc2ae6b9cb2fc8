import { createHash } from 'node:crypto';
import { type Bundle, bundleFromJSON, bundleToJSON, type SerializedBundle } from '@sigstore/bundle';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isToolkitError } from '../errors.ts';
import { descriptorOf } from '../oci/descriptor.ts';
import { MANIFEST_TYPE } from '../oci/media-types.ts';
import type { MemoryTarget } from '../oci/memory.ts';
import type { Descriptor } from '../oci/target.ts';
import { DEFAULT_ISSUER, DEFAULT_SUBJECT, type Sigstore, startSigstore } from '../sigstore/index.ts';
import { readBundle, writeBundles } from './bundle-referrer.ts';
import { artifactInMemory, pushArtifact, REFERENCE } from './fixture.test-helper.ts';
import { createKeySigner, generateKeyPair } from './key-signer.ts';
import { createKeylessSigner } from './keyless-signer.ts';
import { legacyTag } from './legacy-manifest.ts';
import {
  CERTIFICATE_ANNOTATION,
  predicateTypeOf,
  REKOR_ANNOTATION,
  SIGN_V1,
  SIGNATURE_ANNOTATION,
} from './media-types.ts';
import type { VerificationPolicy } from './policy.ts';
import type { VerificationReport } from './report.ts';
import { type SignOptions, signArtifact } from './sign-artifact.ts';
import type { Signer } from './signer.ts';
import { parseTrustedRoot } from './trust-material.ts';
import { requireAccepted, verifyArtifact } from './verify-artifact.ts';

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

const SPDX = predicateTypeOf('spdxjson');
const SLSA = predicateTypeOf('slsaprovenance1');
const IDENTITY = { issuer: DEFAULT_ISSUER, subject: DEFAULT_SUBJECT };
const TRUSTED: VerificationPolicy = { identities: [IDENTITY], attestations: ['spdxjson'], strict: true };
const byKey = (): VerificationPolicy => ({ keys: [{ publicKey }], attestations: ['spdxjson'], strict: true });

async function signed(
  more: Partial<SignOptions> = {},
): Promise<{ target: MemoryTarget; subject: Descriptor }> {
  const { target, subject } = await artifactInMemory();
  await signArtifact(target, subject, {
    reference: REFERENCE,
    signers: [keyless],
    rekorUrl: sigstore.url,
    attestations: [{ predicateType: SPDX, predicate: { spdxVersion: 'SPDX-2.3' } }],
    ...more,
  });
  return { target, subject };
}

function verify(target: MemoryTarget, reference: string, policy: VerificationPolicy = TRUSTED, root = true) {
  const options = root ? { trustedRoot: parseTrustedRoot(sigstore.trustedRoot) } : {};
  return verifyArtifact(target, reference, policy, options);
}

function accepting(report: VerificationReport): string[] {
  return report.consumers.filter((c) => c.accepted).map((c) => c.consumer);
}

type Layer = { mediaType: string; size: number; digest: string; annotations: Record<string, string> };

/** Rewrites the first layer of a `.sig` or `.att`, as somebody with push rights could. */
async function tamper(
  target: MemoryTarget,
  subject: Descriptor,
  suffix: 'sig' | 'att',
  change: (layer: Layer, bytes: Buffer) => Buffer | undefined,
): Promise<void> {
  const at = await target.resolve(legacyTag(subject.digest, suffix));
  const manifest = JSON.parse(Buffer.from(await target.fetch(at)).toString()) as { layers: [Layer] };
  const layer = manifest.layers[0];
  const bytes = Buffer.from(await target.fetch(descriptorOfLayer(layer)));
  const changed = change(layer, bytes);
  if (changed !== undefined) {
    const descriptor = descriptorOf(layer.mediaType, changed);
    await target.push(descriptor, changed);
    Object.assign(layer, { digest: descriptor.digest, size: descriptor.size });
  }
  const written = Buffer.from(JSON.stringify(manifest));
  const descriptor = descriptorOf(MANIFEST_TYPE, written);
  await target.push(descriptor, written);
  await target.tag(descriptor, legacyTag(subject.digest, suffix), { move: true });
}

function descriptorOfLayer({ mediaType, digest, size }: Layer): Descriptor {
  return { mediaType, digest: digest as Descriptor['digest'], size };
}

/** Replaces every bundle by a changed one. */
async function tamperBundles(
  target: MemoryTarget,
  subject: Descriptor,
  change: (bundle: SerializedBundle) => void,
): Promise<void> {
  const changed: { bundle: Bundle; predicateType: string }[] = [];
  for (const referrer of await target.referrers(subject)) {
    const bundle = await readBundle(target, referrer, subject);
    if (bundle === undefined) throw new Error('no bundle');
    await target.delete(referrer);
    const json = bundleToJSON(bundle);
    change(json);
    const predicateType = referrer.annotations?.['dev.sigstore.bundle.predicateType'] ?? '';
    changed.push({ bundle: bundleFromJSON(json), predicateType });
  }
  await writeBundles(target, subject, changed);
}

function rekorOf(layer: Layer): {
  SignedEntryTimestamp: string;
  Payload: { body: string; integratedTime: number };
} {
  return JSON.parse(layer.annotations[REKOR_ANNOTATION] ?? '');
}

/** Has the log sign an entry for the `.sig`'s signature that names another key; the annotation for it. */
async function relog(target: MemoryTarget, subject: Descriptor, pem: string): Promise<string> {
  let body = '';
  await tamper(target, subject, 'sig', (layer) => {
    body = rekorOf(layer).Payload.body;
    return undefined;
  });
  const entry = JSON.parse(Buffer.from(body, 'base64').toString());
  entry.spec.signature.publicKey.content = Buffer.from(pem).toString('base64');
  const response = await fetch(`${sigstore.url}/api/v1/log/entries`, {
    method: 'POST',
    body: JSON.stringify(entry),
  });
  const [logged] = Object.values((await response.json()) as Record<string, LoggedEntry>);
  if (logged === undefined) throw new Error('not logged');
  const { verification, ...payload } = logged;
  const { body: b, integratedTime, logIndex, logID } = payload;
  return JSON.stringify({
    SignedEntryTimestamp: verification.signedEntryTimestamp,
    Payload: { body: b, integratedTime, logIndex, logID },
  });
}

interface LoggedEntry {
  body: string;
  integratedTime: number;
  logIndex: number;
  logID: string;
  verification: { signedEntryTimestamp: string };
}

describe('verifyArtifact()', () => {
  test('accepts what was signed, for every consumer, and hands out the attestation', async () => {
    const { target } = await signed();
    const report = await verify(target, '1.0.0');
    expect(report.problems).toEqual([]);
    expect(accepting(report)).toEqual(['crossplane', 'flux', 'cosign2', 'cosign3']);
    expect(report.attestations[0]).toMatchObject({
      predicateType: SPDX,
      predicate: { spdxVersion: 'SPDX-2.3' },
    });
    expect(() => requireAccepted(report)).not.toThrow();
  });

  test('several signers: strict wants each of them, in both formats', async () => {
    const both = { ...TRUSTED, ...byKey() };
    const one = await signed();
    const report = await verify(one.target, '1.0.0', both);
    expect(report.problems, 'the key has signed nothing: .sig, .att and two bundles').toHaveLength(4);
    const two = await signed({ signers: [keyless, key] });
    expect((await verify(two.target, '1.0.0', both)).problems).toEqual([]);
  });

  const tampering: Record<
    string,
    {
      reason: string;
      policy?: () => VerificationPolicy;
      sign?: () => Partial<SignOptions>;
      do: (t: MemoryTarget, s: Descriptor) => Promise<unknown>;
      says: RegExp;
      /** Why the entry does not count; nothing: it is gone. */
      why?: RegExp;
    }
  > = {
    PayloadChanged: {
      reason: 'the signature is over the bytes',
      do: (t, s) =>
        tamper(t, s, 'sig', (_, bytes) =>
          Buffer.from(bytes.toString().replace('registry.example', 'registry.evil')),
        ),
      says: /no \.sig signature/,
      why: /digest mismatch/,
    },
    SignatureOfAnother: {
      reason: 'a signature that is right for other bytes',
      do: (t, s) =>
        tamper(t, s, 'sig', (layer) => {
          layer.annotations[SIGNATURE_ANNOTATION] = Buffer.alloc(70, 1).toString('base64');
          return undefined;
        }),
      says: /no \.sig signature/,
      why: /signature mismatch/,
    },
    NoLogEntry: {
      reason: 'Crossplane verifies offline, from the annotation alone',
      do: (t, s) =>
        tamper(t, s, 'sig', (layer) => {
          delete layer.annotations[REKOR_ANNOTATION];
          return undefined;
        }),
      says: /no \.sig signature/,
      why: /in no transparency log/,
    },
    LogTimeMoved: {
      reason: "the time is under the log's signature, and must lie in the certificate's ten minutes",
      do: (t, s) =>
        tamper(t, s, 'sig', (layer) => {
          const rekor = rekorOf(layer);
          rekor.Payload.integratedTime += 1;
          layer.annotations[REKOR_ANNOTATION] = JSON.stringify(rekor);
          return undefined;
        }),
      says: /no \.sig signature/,
      why: /inclusion promise could not be verified/,
    },
    LogBodyOfAnother: {
      reason: 'the entry must be about this signature',
      do: (t, s) =>
        tamper(t, s, 'sig', (layer) => {
          const rekor = rekorOf(layer);
          rekor.Payload.body = Buffer.from('{"apiVersion":"0.0.1","kind":"hashedrekord","spec":{}}').toString(
            'base64',
          );
          layer.annotations[REKOR_ANNOTATION] = JSON.stringify(rekor);
          return undefined;
        }),
      says: /no \.sig signature/,
      why: /inclusion promise could not be verified/,
    },
    BytesBehindThePem: {
      reason: 'cosign refuses trailing bytes',
      do: (t, s) =>
        tamper(t, s, 'sig', (layer) => {
          layer.annotations[CERTIFICATE_ANNOTATION] += '\nmore';
          return undefined;
        }),
      says: /no \.sig signature/,
      why: /not exactly one PEM certificate/,
    },
    LogEntryOfAnotherKey: {
      reason: 'cosign compares the key that was logged with the one that signed',
      policy: byKey,
      sign: () => ({ signers: [key] }),
      do: async (t, s) => {
        const rekor = await relog(t, s, (await generateKeyPair()).publicKey);
        return tamper(t, s, 'sig', (layer) => {
          layer.annotations[REKOR_ANNOTATION] = rekor;
          return undefined;
        });
      },
      says: /no \.sig signature/,
      why: /another key or certificate/,
    },
    BytesBehindTheLoggedPem: {
      reason: 'cosign refuses trailing bytes there too',
      policy: byKey,
      sign: () => ({ signers: [key] }),
      do: async (t, s) => {
        const rekor = await relog(t, s, `${publicKey}more`);
        return tamper(t, s, 'sig', (layer) => {
          layer.annotations[REKOR_ANNOTATION] = rekor;
          return undefined;
        });
      },
      says: /no \.sig signature/,
      why: /exactly one PEM/,
    },
    EnvelopeReordered: {
      reason: "the log recorded the hash of the envelope's exact bytes",
      do: (t, s) =>
        tamper(t, s, 'att', (_, bytes) => {
          const { payload, payloadType, signatures } = JSON.parse(bytes.toString());
          return Buffer.from(JSON.stringify({ signatures, payloadType, payload }));
        }),
      says: /no \.att/,
      why: /recorded another envelope/,
    },
    BundlePayloadChanged: {
      reason: "the envelope's signature covers it",
      do: (t, s) =>
        tamperBundles(t, s, (bundle) => {
          const payload = Buffer.from(bundle.dsseEnvelope?.payload ?? '', 'base64').toString();
          const changed = payload.replace('"predicate":{', '"predicate":{"added":1,').replace(',}', '}');
          if (bundle.dsseEnvelope) bundle.dsseEnvelope.payload = Buffer.from(changed).toString('base64');
        }),
      says: /no bundle/,
      why: /payload hash mismatch/,
    },
    BundleWithoutLogEntry: {
      reason: 'the certificate has long expired; nothing else proves the time',
      do: (t, s) =>
        tamperBundles(t, s, (bundle) => {
          bundle.verificationMaterial.tlogEntries = [];
        }),
      says: /no bundle/,
      why: /in no transparency log/,
    },
    Keyid: {
      reason: 'cosign finds no matching signature when keyid is set',
      policy: byKey,
      sign: () => ({ signers: [key] }),
      do: (t, s) =>
        tamperBundles(t, s, (bundle) => {
          for (const signature of bundle.dsseEnvelope?.signatures ?? []) signature.keyid = 'mine';
        }),
      says: /no bundle/,
      why: /has a keyid/,
    },
    SignatureRemoved: {
      reason: 'without the .sig Crossplane and cosign 2 find nothing',
      do: async (t, s) => t.delete(await t.resolve(legacyTag(s.digest, 'sig'))),
      says: /no \.sig signature/,
    },
    NotAnEntryAtAll: {
      reason: 'a damaged layer is no signature, and no crash',
      do: (t, s) => tamper(t, s, 'sig', () => Buffer.from('{"critical":')),
      says: /no \.sig signature/,
      why: /not JSON/,
    },
  };
  test.for(Object.entries(tampering))('refuses %s', async ([, tc]) => {
    const policy = tc.policy?.() ?? TRUSTED;
    const { target, subject } = await signed(tc.sign?.());
    expect((await verify(target, '1.0.0', policy)).accepted, 'right before').toBe(true);
    await tc.do(target, subject);
    const report = await verify(target, '1.0.0', policy);
    expect(report.accepted, tc.reason).toBe(false);
    expect(report.problems[0], tc.reason).toMatch(tc.says);
    const reasons = report.entries.flatMap((e) => e.reason ?? []);
    if (tc.why !== undefined) expect(reasons[0], tc.reason).toMatch(tc.why);
    expect(() => requireAccepted(report)).toThrow(/Cannot accept/);
  });

  const strangers: Record<string, { reason: string; policy: () => VerificationPolicy }> = {
    OtherSubject: {
      reason: 'exact text',
      policy: () => ({ identities: [{ ...IDENTITY, subject: `${DEFAULT_SUBJECT}x` }] }),
    },
    OtherIssuer: {
      reason: 'the issuer counts too',
      policy: () => ({ identities: [{ ...IDENTITY, issuer: 'https://evil.example' }] }),
    },
    PartOfSubject: {
      reason: 'a regular expression is anchored at both ends',
      policy: () => ({ identities: [{ issuer: DEFAULT_ISSUER, subjectRegExp: 'github\\.com/openova-io' }] }),
    },
    AnotherKey: { reason: 'a key that has not signed', policy: () => ({ keys: [{ publicKey }] }) },
  };
  test.for(Object.entries(strangers))('does not trust %s', async ([, tc]) => {
    const { target } = await signed();
    const report = await verify(target, '1.0.0', tc.policy());
    expect(report.accepted, tc.reason).toBe(false);
    expect(accepting(report)).toEqual([]);
  });

  test('a regular expression that covers the whole subject is enough', async () => {
    const { target } = await signed();
    const rule = { issuer: DEFAULT_ISSUER, subjectRegExp: 'https://github\\.com/openova-io/.*' };
    expect((await verify(target, '1.0.0', { identities: [rule] })).accepted).toBe(true);
  });

  test('a signature that was copied to another artifact speaks of the first one', async () => {
    const { target, subject } = await signed();
    const other = await pushArtifact(target, 'other');
    for (const suffix of ['sig', 'att'] as const) {
      const at = await target.resolve(legacyTag(subject.digest, suffix));
      await target.tag(at, legacyTag(other.digest, suffix));
    }
    const bundles = await Promise.all(
      (await target.referrers(subject)).map((r) => readBundle(target, r, subject)),
    );
    await writeBundles(
      target,
      other,
      bundles.flatMap((bundle) => (bundle ? [{ bundle, predicateType: SIGN_V1 }] : [])),
    );
    const report = await verify(target, other.digest);
    expect(accepting(report)).toEqual([]);
    expect(report.entries).toHaveLength(4);
    for (const entry of report.entries) expect(entry.reason).toContain('another artifact');
  });

  test('a re-tagged artifact has the signatures of its new digest, which are none', async () => {
    const { target } = await signed();
    await target.tag(await pushArtifact(target, 'other'), '1.0.0', { move: true });
    expect((await verify(target, '1.0.0')).problems).toContainEqual(
      expect.stringContaining('no .sig signature'),
    );
    expect((await verify(target, '1.0.0', { identities: [IDENTITY] })).problems).toEqual([
      'no signatures found',
    ]);
  });

  test('a lone SLSA attestation is not a signature, though cosign 3 would take it for one', async () => {
    const { target, subject } = await signed({ attestations: [{ predicateType: SLSA, predicate: {} }] });
    await target.delete(await target.resolve(legacyTag(subject.digest, 'sig')));
    for (const r of await target.referrers(subject)) {
      if (r.annotations?.['dev.sigstore.bundle.predicateType'] === SIGN_V1) await target.delete(r);
    }
    const report = await verify(target, '1.0.0', { identities: [IDENTITY] });
    expect(report.accepted).toBe(false);
    expect(report.problems).toEqual(['no signature found: an attestation alone is not a signature']);
    expect(accepting(report)).toEqual(['flux', 'cosign3']);
  });

  test('a key without log entry: Flux takes it, cosign only on request, Crossplane never', async () => {
    const { target, subject } = await artifactInMemory();
    await signArtifact(target, subject, { reference: REFERENCE, signers: [key], noTlog: true });
    const strictly = await verify(target, '1.0.0', { keys: [{ publicKey }] });
    expect([strictly.accepted, accepting(strictly)]).toEqual([false, ['flux']]);
    const lenient = await verify(target, '1.0.0', { keys: [{ publicKey }], ignoreTlog: true });
    expect([lenient.accepted, accepting(lenient)]).toEqual([true, ['flux', 'cosign2', 'cosign3']]);
  });

  test('the root of another Sigstore proves nothing', async () => {
    const { target } = await signed({ signers: [keyless, key] });
    const other = await startSigstore();
    await other.close();
    const trustedRoot = parseTrustedRoot(other.trustedRoot);
    for (const policy of [TRUSTED, byKey()]) {
      const report = await verifyArtifact(target, '1.0.0', policy, { trustedRoot });
      expect(report.accepted).toBe(false);
      expect(report.entries.every((e) => !e.valid)).toBe(true);
    }
  });

  test('without a trusted root a logged key signature does not count, unless the log is ignored', async () => {
    const { target } = await signed({ signers: [key] });
    expect((await verify(target, '1.0.0', byKey(), false)).accepted).toBe(false);
    const report = await verify(target, '1.0.0', { ...byKey(), ignoreTlog: true }, false);
    expect(report.problems).toEqual([]);
    expect(report.consumers.find((c) => c.consumer === 'crossplane')?.accepted).toBe(false);
  });

  const policies: Record<string, { reason: string; policy: VerificationPolicy }> = {
    Empty: { reason: 'Crossplane would accept anyone', policy: {} },
    EmptyLists: { reason: 'the same', policy: { identities: [], keys: [] } },
    NoIssuer: {
      reason: 'any issuer could vouch for the subject',
      policy: { identities: [{ subject: 'x' }] },
    },
    Both: {
      reason: 'which one counts?',
      policy: { identities: [{ issuer: 'a', issuerRegExp: 'a', subject: 'x' }] },
    },
    MatchesAll: { reason: 'anyone', policy: { identities: [{ issuer: 'a', subjectRegExp: '.*' }] } },
    NotRe2: {
      reason: 'Go could not use it',
      policy: { identities: [{ issuer: 'a', subjectRegExp: '(?=x)' }] },
    },
    NotAKey: { reason: 'not PEM', policy: { keys: [{ publicKey: 'nonsense' }] } },
  };
  test.for(Object.entries(policies))('refuses the policy %s', async ([, tc]) => {
    const { target } = await artifactInMemory();
    const error = await verify(target, '1.0.0', tc.policy).catch((e) => e);
    expect(isToolkitError(error) && error.code, tc.reason).toBe('trust');
  });

  test('a registry that fails is an error, never "no signatures"', async () => {
    const { target } = await signed();
    const broken = Object.create(target) as MemoryTarget;
    broken.resolve = (reference) => target.resolve(reference);
    broken.fetch = (descriptor) => target.fetch(descriptor);
    broken.referrers = async () => {
      throw new Error('429');
    };
    await expect(verify(broken, '1.0.0')).rejects.toThrow('429');
  });

  test('the number of referrers is bounded', async () => {
    const { target, subject } = await artifactInMemory();
    const many = Array.from(
      { length: 51 },
      (_, i): Descriptor => ({
        mediaType: MANIFEST_TYPE,
        artifactType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
        size: 1,
        digest: `sha256:${createHash('sha256').update(String(i)).digest('hex')}`,
      }),
    );
    const flooded = Object.create(target) as MemoryTarget;
    flooded.resolve = (reference) => target.resolve(reference);
    flooded.referrers = async () => many;
    const error = await verify(flooded, subject.digest).catch((e) => e);
    expect(isToolkitError(error) && error.code).toBe('limit');
  });
});
