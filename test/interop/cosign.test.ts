import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RemoteClient } from '../../lib/oci/index.ts';
import type { Descriptor, Target } from '../../lib/oci/target.ts';
import { pushArtifact } from '../../lib/signing/fixture.test-helper.ts';
import {
  type Attestation,
  createKeylessSigner,
  createKeySigner,
  generateKeyPair,
  parseTrustedRoot,
  predicateTypeOf,
  type Signer,
  type SignOptions,
  signArtifact,
  type VerificationPolicy,
  verifyArtifact,
} from '../../lib/signing/index.ts';
import { legacyTag } from '../../lib/signing/legacy-manifest.ts';
import { DEFAULT_ISSUER, DEFAULT_SUBJECT, type Sigstore, startSigstore } from '../../lib/sigstore/index.ts';
import { missingParts, type RealRegistry, runPart, startDockerRegistry } from './real-parts.ts';

const missing = missingParts('cosign2', 'cosign3', 'docker-registry');

// What we push, read by the real cosign 2.5 (which stands in for Crossplane: .sig and .att) and 3.x (for Flux 2.8+).
describe.skipIf(missing)(`real cosign${missing === undefined ? '' : ` (skipped: ${missing})`}`, () => {
  let registry: RealRegistry;
  let sigstore: Sigstore;
  let client: RemoteClient;
  let files: Record<string, string>;
  let directory: string;
  let keyless: Signer;
  let key: Signer;
  let publicKey: string;
  let count = 0;

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'bp-cosign-'));
    registry = await startDockerRegistry();
    sigstore = await startSigstore();
    client = new RemoteClient();
    files = await sigstore.writeFiles(directory);
    keyless = createKeylessSigner({ fulcioUrl: sigstore.url, identityToken: sigstore.identityToken() });
    const pair = await generateKeyPair({ password: 'secret' });
    publicKey = pair.publicKey;
    writeFileSync(join(directory, 'cosign.key'), pair.privateKey);
    writeFileSync(join(directory, 'cosign.pub'), publicKey);
    key = await createKeySigner({ key: pair.privateKey, password: 'secret' });
  });
  afterAll(async () => {
    client?.close();
    await sigstore?.close();
    await registry?.close();
    rmSync(directory, { recursive: true, force: true });
  });

  const ATTESTATIONS: readonly Attestation[] = [
    { predicateType: predicateTypeOf('spdxjson'), predicate: { spdxVersion: 'SPDX-2.3' } },
    { predicateType: predicateTypeOf('cyclonedx'), predicate: { bomFormat: 'CycloneDX' } },
    { predicateType: predicateTypeOf('slsaprovenance1'), predicate: { buildDefinition: {}, runDetails: {} } },
  ];
  const TYPES = ['spdxjson', 'cyclonedx', 'slsaprovenance1'] as const;

  async function signed(more: Partial<SignOptions>, artifact?: (target: Target) => Promise<Descriptor>) {
    count += 1;
    const name = `${registry.host}/acme/bp-${count}`;
    const target = client.target(name);
    const subject = await (artifact ?? ((t) => pushArtifact(t, String(count))))(target);
    await signArtifact(target, subject, {
      reference: name,
      signers: [keyless],
      rekorUrl: sigstore.url,
      attestations: ATTESTATIONS,
      ...more,
    });
    return { target, subject, ref: `${name}@${subject.digest}` };
  }

  type Command = readonly ['verify'] | readonly ['verify-attestation', '--type', string];
  const identity = ['--certificate-identity', DEFAULT_SUBJECT, '--certificate-oidc-issuer', DEFAULT_ISSUER];
  const byKey = () => ['--key', join(directory, 'cosign.pub')];

  function cosign2(ref: string, command: Command, who: readonly string[]) {
    const env = {
      SIGSTORE_ROOT_FILE: files['fulcio.pem'] ?? '',
      SIGSTORE_REKOR_PUBLIC_KEY: files['rekor.pub'] ?? '',
      SIGSTORE_CT_LOG_PUBLIC_KEY_FILE: files['ctfe.pub'] ?? '',
    };
    return runPart('cosign2', [...command, ...who, '--allow-http-registry', ref], env);
  }
  function cosign3(ref: string, command: Command, who: readonly string[]) {
    const root = ['--trusted-root', files['trusted_root.json'] ?? ''];
    return runPart('cosign3', [...command, ...root, ...who, '--allow-http-registry', ref]);
  }
  async function everything(ref: string, who: readonly string[]) {
    const commands: Command[] = [
      ['verify'],
      ...TYPES.map((t) => ['verify-attestation', '--type', t] as const),
    ];
    return (await Promise.all(commands.map((command) => both(ref, command, who)))).flat();
  }
  function both(ref: string, command: Command, who: readonly string[]) {
    const calls = [cosign2, cosign3].map(async (cosign) => {
      return { command, cosign: cosign.name, ...(await cosign(ref, command, who)) };
    });
    return Promise.all(calls);
  }
  function failures(results: Awaited<ReturnType<typeof everything>>): string[] {
    return results.filter((r) => !r.ok).map((r) => `${r.cosign} ${r.command.join(' ')}: ${r.stderr}`);
  }
  async function ourVerdict(target: Target, subject: Descriptor, policy: VerificationPolicy) {
    const report = await verifyArtifact(target, subject.digest, policy, {
      trustedRoot: parseTrustedRoot(sigstore.trustedRoot),
    });
    return Object.fromEntries(report.consumers.map((c) => [c.consumer, c.accepted]));
  }
  const trusted: VerificationPolicy = { identities: [{ issuer: DEFAULT_ISSUER, subject: DEFAULT_SUBJECT }] };

  test('keyless, both formats: signature and all attestations pass in both', async () => {
    const { ref } = await signed({});
    expect(failures(await everything(ref, identity))).toEqual([]);
  });

  test('key with log entry, both formats: everything passes in both', async () => {
    const { ref } = await signed({ signers: [key] });
    expect(failures(await everything(ref, byKey()))).toEqual([]);
  });

  test('two signers: each one suffices', async () => {
    const { ref } = await signed({ signers: [keyless, key] });
    expect(failures([...(await everything(ref, identity)), ...(await everything(ref, byKey()))])).toEqual([]);
  });

  test('a timestamp on top changes nothing', async () => {
    const { ref } = await signed({ timestampUrl: sigstore.url });
    expect(failures(await everything(ref, identity))).toEqual([]);
  });

  test('a stranger is refused by both, and by us', async () => {
    const { ref, target, subject } = await signed({});
    const who = [
      '--certificate-identity',
      'https://evil.example/x',
      '--certificate-oidc-issuer',
      DEFAULT_ISSUER,
    ];
    expect((await cosign2(ref, ['verify'], who)).stderr).toContain('none of the expected identities matched');
    expect((await cosign3(ref, ['verify'], who)).ok).toBe(false);
    const evil = { identities: [{ issuer: DEFAULT_ISSUER, subject: 'https://evil.example/x' }] };
    expect(await ourVerdict(target, subject, evil)).toEqual({
      crossplane: false,
      flux: false,
      cosign2: false,
      cosign3: false,
    });
  });

  test('a key without log entry passes only with --insecure-ignore-tlog; our verdicts say the same', async () => {
    const noLog: Partial<SignOptions> = { signers: [key], noTlog: true };
    count += 1;
    const name = `${registry.host}/acme/bp-${count}`;
    const target = client.target(name);
    const subject = await pushArtifact(target, String(count));
    await signArtifact(target, subject, { reference: name, signers: noLog.signers ?? [], noTlog: true });
    const ref = `${name}@${subject.digest}`;
    const ignoring = [...byKey(), '--insecure-ignore-tlog=true'];
    expect(failures(await both(ref, ['verify'], ignoring))).toEqual([]);
    const policy = { keys: [{ publicKey }] };
    expect(await ourVerdict(target, subject, policy)).toEqual({
      crossplane: false,
      flux: true,
      cosign2: false,
      cosign3: false,
    });
    expect(await ourVerdict(target, subject, { ...policy, ignoreTlog: true })).toEqual({
      crossplane: false,
      flux: true,
      cosign2: true,
      cosign3: true,
    });
  });

  test('legacy only: everything passes; bundles only: cosign 2 finds no signature', async () => {
    const legacy = await signed({});
    for (const d of await legacy.target.referrers(legacy.subject)) await legacy.target.delete?.(d);
    const fallback = await legacy.target
      .resolve(`sha256-${legacy.subject.digest.slice(7)}`)
      .catch(() => undefined);
    if (fallback !== undefined) await legacy.target.delete?.(fallback);
    expect(failures(await everything(legacy.ref, identity))).toEqual([]);
    expect(await ourVerdict(legacy.target, legacy.subject, trusted)).toEqual({
      crossplane: true,
      flux: true,
      cosign2: true,
      cosign3: true,
    });

    const bundles = await signed({});
    for (const suffix of ['sig', 'att'] as const) {
      await bundles.target.delete?.(await bundles.target.resolve(legacyTag(bundles.subject.digest, suffix)));
    }
    expect((await cosign3(bundles.ref, ['verify'], identity)).stderr).toContain(
      'The cosign claims were validated',
    );
    expect((await cosign2(bundles.ref, ['verify'], identity)).stderr).toContain('no signatures found');
    expect(await ourVerdict(bundles.target, bundles.subject, trusted)).toEqual({
      crossplane: false,
      flux: true,
      cosign2: false,
      cosign3: true,
    });
  });

  test('a lone SLSA attestation: verify passes, an SBOM is not found', async () => {
    const slsa = ATTESTATIONS.filter((a) => a.predicateType.includes('slsa'));
    const { ref } = await signed({ attestations: slsa });
    for (const cosign of [cosign2, cosign3]) {
      expect((await cosign(ref, ['verify'], identity)).ok, cosign.name).toBe(true);
      expect((await cosign(ref, ['verify-attestation', '--type', 'slsaprovenance1'], identity)).ok).toBe(
        true,
      );
      expect((await cosign(ref, ['verify-attestation', '--type', 'spdxjson'], identity)).ok).toBe(false);
    }
  });

  test('one bundle by another key beside a valid .sig: cosign 3 does not fall back, and we say so', async () => {
    const first = await signed({});
    for (const d of await first.target.referrers(first.subject)) await first.target.delete?.(d);
    const fallback = await first.target.resolve(`sha256-${first.subject.digest.slice(7)}`);
    await first.target.delete?.(fallback);
    const name = first.ref.split('@')[0] ?? '';
    const fresh = new RemoteClient(); // what the first client knows is gone
    const target = fresh.target(name);
    await signArtifact(target, first.subject, { reference: name, signers: [key], rekorUrl: sigstore.url });
    expect((await cosign2(first.ref, ['verify'], identity)).ok).toBe(true);
    expect((await cosign3(first.ref, ['verify'], identity)).ok).toBe(false);
    expect(await ourVerdict(target, first.subject, trusted)).toEqual({
      crossplane: true,
      flux: false,
      cosign2: true,
      cosign3: false,
    });
    fresh.close();
  });

  test("cosign.key goes both ways: cosign signs with ours, we sign with cosign's", async () => {
    const { ref, target, subject } = await signed({ signers: [keyless], attestations: [] });
    const args = [
      'sign',
      '--key',
      join(directory, 'cosign.key'),
      '--tlog-upload=false',
      '--allow-http-registry',
      '--yes',
      ref,
    ];
    const password = { COSIGN_PASSWORD: 'secret' };
    const sign = await runPart('cosign2', args, password);
    expect(sign.stderr, 'pushed').toContain('Pushing signature to');
    expect(sign.ok).toBe(true);
    const policy = { keys: [{ publicKey }], ignoreTlog: true };
    const report = await verifyArtifact(target, subject.digest, policy, {
      trustedRoot: parseTrustedRoot(sigstore.trustedRoot),
    });
    expect(report.accepted, 'our verifier reads what cosign wrote').toBe(true);

    const made = await runPart(
      'cosign3',
      ['generate-key-pair', '--output-key-prefix', join(directory, 'theirs')],
      {
        COSIGN_PASSWORD: 'pw',
      },
    );
    expect(made.ok, made.stderr).toBe(true);
    const { readFileSync } = await import('node:fs');
    const theirs = await createKeySigner({
      key: readFileSync(join(directory, 'theirs.key'), 'utf8'),
      password: 'pw',
    });
    const other = await signed({ signers: [theirs] });
    expect(failures(await everything(other.ref, ['--key', join(directory, 'theirs.pub')]))).toEqual([]);
  });
});
