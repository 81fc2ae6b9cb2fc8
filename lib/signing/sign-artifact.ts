import type { Bundle } from '@sigstore/bundle';
import { ToolkitError } from '../errors.ts';
import type { Digest } from '../internal/digest.ts';
import { KeyedLock, Semaphore } from '../internal/lock.ts';
import type { CallOptions, Descriptor, Target } from '../oci/target.ts';
import { writeBundles } from './bundle-referrer.ts';
import { collectEntries } from './collect.ts';
import { type FoundEntry, kindOf, type SignatureFormat } from './entry.ts';
import { formatIdentity, type SignerIdentity } from './identity.ts';
import { attestationLayer, type LegacyLayer, signatureLayer } from './legacy-layer.ts';
import { addLegacyLayers } from './legacy-manifest.ts';
import { SIGN_V1 } from './media-types.ts';
import { findPresent, type Wanted } from './present.ts';
import { sealMessage, sealStatement, type Witnesses } from './seal.ts';
import type { Signer } from './signer.ts';
import { formatSimpleSigning } from './simple-signing.ts';
import { type Attestation, formatStatement } from './statement.ts';
import type { TrustRoot } from './trust-material.ts';

export interface SignOptions extends CallOptions, Witnesses {
  /** `<registry>/<repository>` of the artifact, written into the legacy payload. */
  readonly reference: string;
  /** Everyone signs everything: consumers that look for one of them find all of it. */
  readonly signers: readonly Signer[];
  readonly attestations?: readonly Attestation[];
  /** Sign with a key and no log entry, on purpose: Crossplane and cosign will refuse the result. */
  readonly noTlog?: boolean;
  /** With it, what is there already counts only if it verifies. */
  readonly trustedRoot?: TrustRoot;
}

/** One signature or attestation in one format, after signing. */
export interface SignedEntry {
  readonly format: SignatureFormat;
  readonly kind: 'signature' | 'attestation';
  readonly predicateType: string;
  readonly signer: string;
  /** Of the layer, or of the bundle's manifest. */
  readonly digest: Digest;
  /** `present`: the registry had it already and nothing was written. */
  readonly status: 'written' | 'present';
}

const SEALS_AT_ONCE = 8;
const locks = new KeyedLock();

/**
 * Signs an artifact and its attestations in both formats: the `.sig` and `.att` tags, each written once and
 * complete, then a bundle per statement. What is there already is recognised and left as it is.
 * The subject must have been pushed. Its own tag is not written here: that comes after verification.
 * @throws ToolkitError `usage` without signers or without a log, `auth`, `network`, or what the target throws
 */
export async function signArtifact(
  target: Target,
  subject: Descriptor,
  options: SignOptions,
): Promise<readonly SignedEntry[]> {
  await checkOptions(options);
  // Two calls for one artifact in one process would overwrite each other's tags.
  return locks.run(`${options.reference}@${subject.digest}`, async () => {
    const { entries } = await collectEntries(target, subject, options);
    const seals = new Semaphore(SEALS_AT_ONCE);
    const jobs = options.signers.flatMap((signer) => [
      seals.run(() => sealSignature(signer, subject.digest, entries, options)),
      ...statements(options).map((a) =>
        seals.run(() => sealOne(signer, a, subject.digest, entries, options)),
      ),
    ]);
    const sealed = await Promise.all(jobs);
    return write(target, subject, sealed, options);
  });
}

/** What one signer has for one statement, and what is still to be written of it. */
interface Sealed {
  readonly predicateType: string;
  readonly signer: SignerIdentity;
  readonly legacy?: FoundEntry | { readonly suffix: 'sig' | 'att'; readonly layer: LegacyLayer };
  readonly bundle?: FoundEntry | { readonly seal: Bundle };
}

function statements(options: SignOptions): readonly Attestation[] {
  return [{ predicateType: SIGN_V1, predicate: {} }, ...(options.attestations ?? [])];
}

async function sealSignature(
  signer: Signer,
  artifact: Digest,
  entries: readonly FoundEntry[],
  options: SignOptions,
): Promise<Sealed> {
  const identity = await signer.identity();
  const payload = formatSimpleSigning(options.reference, artifact);
  const wanted: Wanted = { artifact, identity, predicateType: SIGN_V1, ...wantedLog(options) };
  const present = findPresent(entries, 'legacy', wanted);
  if (present !== undefined) return { predicateType: SIGN_V1, signer: identity, legacy: present };
  const layer = signatureLayer(await sealMessage(signer, payload, options), payload);
  return { predicateType: SIGN_V1, signer: identity, legacy: { suffix: 'sig', layer } };
}

/** One envelope and one log entry serve both the `.att` layer and the bundle. */
async function sealOne(
  signer: Signer,
  attestation: Attestation,
  artifact: Digest,
  entries: readonly FoundEntry[],
  options: SignOptions,
): Promise<Sealed> {
  const { predicateType } = attestation;
  const identity = await signer.identity();
  const payload = formatStatement(artifact, predicateType, attestation.predicate);
  const wanted: Wanted = {
    artifact,
    identity,
    predicateType,
    ...(attestation.sameBy === 'type' ? {} : { payload }),
    ...wantedLog(options),
  };
  const bundle = findPresent(entries, 'bundle', wanted);
  if (predicateType === SIGN_V1) {
    // The plain signature's legacy form is the `.sig`, not an `.att` layer.
    const seal = async () => ({ seal: await sealStatement(signer, payload, options) });
    return { predicateType, signer: identity, bundle: bundle ?? (await seal()) };
  }
  const legacy = findPresent(entries, 'legacy', wanted);
  if (bundle !== undefined && legacy !== undefined)
    return { predicateType, signer: identity, bundle, legacy };
  const seal = bundle?.bundle ?? (await sealStatement(signer, payload, options));
  return {
    predicateType,
    signer: identity,
    legacy: legacy ?? { suffix: 'att', layer: attestationLayer(seal, predicateType) },
    bundle: bundle ?? { seal },
  };
}

async function write(
  target: Target,
  subject: Descriptor,
  sealed: readonly Sealed[],
  options: SignOptions,
): Promise<readonly SignedEntry[]> {
  for (const suffix of ['sig', 'att'] as const) {
    const layers = sealed.flatMap(({ legacy }) =>
      legacy !== undefined && 'layer' in legacy && legacy.suffix === suffix ? [legacy.layer] : [],
    );
    await addLegacyLayers(target, subject.digest, suffix, layers, options);
  }
  const fresh = sealed.flatMap(({ bundle, predicateType }) =>
    bundle !== undefined && 'seal' in bundle ? [{ bundle: bundle.seal, predicateType }] : [],
  );
  const digests = (await writeBundles(target, subject, fresh, options)).values();
  return sealed.flatMap(({ predicateType, signer, legacy, bundle }): SignedEntry[] => {
    const common = { kind: kindOf(predicateType), predicateType, signer: formatIdentity(signer) };
    const report: SignedEntry[] = [];
    if (legacy !== undefined) {
      const [digest, status] =
        'layer' in legacy
          ? ([legacy.layer.descriptor.digest, 'written'] as const)
          : ([legacy.digest, 'present'] as const);
      report.push({ format: 'legacy', ...common, digest, status });
    }
    if (bundle !== undefined) {
      const digest = 'seal' in bundle ? digests.next().value : bundle.digest;
      if (digest === undefined)
        throw new ToolkitError('internal', 'Cannot report a bundle that was not written');
      report.push({ format: 'bundle', ...common, digest, status: 'seal' in bundle ? 'written' : 'present' });
    }
    return report;
  });
}

function wantedLog(options: SignOptions): Pick<Wanted, 'logged' | 'trustedRoot'> {
  return {
    logged: options.rekorUrl !== undefined,
    ...(options.trustedRoot === undefined ? {} : { trustedRoot: options.trustedRoot }),
  };
}

async function checkOptions(options: SignOptions): Promise<void> {
  if (options.signers.length === 0) {
    throw new ToolkitError('usage', `Cannot sign "${options.reference}": no signer was given`, {
      remedy: 'sign with --key or --keyless',
    });
  }
  if (options.rekorUrl !== undefined) return;
  if (options.noTlog !== true) {
    throw new ToolkitError('usage', `Cannot sign "${options.reference}": no transparency log was given`, {
      remedy:
        "Crossplane refuses signatures without a log entry, a key's too; give --signing-config, or --no-tlog if that is meant",
    });
  }
  for (const signer of options.signers) {
    if ((await signer.identity()).kind === 'key') continue;
    throw new ToolkitError('usage', `Cannot sign "${options.reference}" keyless without a transparency log`, {
      remedy: 'a certificate lives ten minutes and only the log proves when it was used; leave out --no-tlog',
    });
  }
}
