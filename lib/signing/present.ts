import { X509Certificate } from 'node:crypto';
import { toSignedEntity } from '@sigstore/verify';
import type { Digest } from '../internal/digest.ts';
import { checkEntry } from './check-entry.ts';
import { envelopeBytes, type FoundEntry, kindOf, type SignatureFormat } from './entry.ts';
import { certificateIdentity, type SignerIdentity, sameIdentity } from './identity.ts';
import { parsePublicKey } from './pem.ts';
import type { TrustRoot } from './trust-material.ts';

/** What a signer is about to make. */
export interface Wanted {
  readonly artifact: Digest;
  readonly identity: SignerIdentity;
  readonly predicateType: string;
  /** The very words, or any of this type when absent. */
  readonly payload?: Buffer;
  readonly logged: boolean;
  readonly trustedRoot?: TrustRoot;
}

/**
 * The entry that already says what is wanted. Signatures differ with every run, so it is found by signer,
 * predicateType and payload, and it counts only if its signature is right.
 */
export function findPresent(
  entries: readonly FoundEntry[],
  format: SignatureFormat,
  wanted: Wanted,
): FoundEntry | undefined {
  return entries.find((entry) => entry.format === format && says(entry, wanted) && isSound(entry, wanted));
}

function says(entry: FoundEntry, wanted: Wanted): boolean {
  if (entry.kind !== kindOf(wanted.predicateType) || entry.predicateType !== wanted.predicateType)
    return false;
  if (!entry.subjects.includes(wanted.artifact)) return false;
  if (wanted.logged && entry.bundle.verificationMaterial.tlogEntries.length === 0) return false;
  return wanted.payload === undefined || entry.payload.equals(wanted.payload);
}

function isSound(entry: FoundEntry, { artifact, identity, trustedRoot }: Wanted): boolean {
  if (!signedBy(entry, identity)) return false;
  // A bundle's envelope becomes the `.att` layer, if that is missing: its bytes must be those that were logged.
  const own = entry.format === 'bundle' ? { ...entry, envelope: envelopeBytes(entry.bundle) } : entry;
  if (trustedRoot === undefined) return true;
  const keys = identity.kind === 'key' ? [identity] : [];
  return checkEntry(own, { artifact, keys, root: trustedRoot }).valid;
}

function signedBy(entry: FoundEntry, identity: SignerIdentity): boolean {
  try {
    const { content } = entry.bundle.verificationMaterial;
    const { signature } = toSignedEntity(entry.bundle, entry.payload);
    if (identity.kind === 'key') {
      return content.$case === 'publicKey' && signature.verifySignature(parsePublicKey(identity.publicKey));
    }
    if (content.$case !== 'certificate') return false;
    const der = content.certificate.rawBytes;
    if (!sameIdentity(certificateIdentity(der), identity)) return false;
    return signature.verifySignature(new X509Certificate(der).publicKey);
  } catch {
    return false; // not readable is not there
  }
}
