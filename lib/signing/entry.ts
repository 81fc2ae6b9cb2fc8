import type { Bundle } from '@sigstore/bundle';
import { envelopeToJSON } from '@sigstore/bundle';
import { ToolkitError } from '../errors.ts';
import type { Digest } from '../internal/digest.ts';
import { SIGN_V1 } from './media-types.ts';

/** How a signature is kept: the `.sig` and `.att` tags, or a bundle as a referrer. */
export type SignatureFormat = 'legacy' | 'bundle';

/** One signature or attestation as the registry has it; nothing of it is verified yet. */
export interface FoundEntry {
  readonly format: SignatureFormat;
  readonly kind: 'signature' | 'attestation';
  /** Of the statement; `https://sigstore.dev/cosign/sign/v1` for every signature. */
  readonly predicateType: string;
  /** Of the layer, or of the bundle's manifest. */
  readonly digest: Digest;
  /** What is signed: simple-signing JSON, or an in-toto statement. */
  readonly payload: Buffer;
  /** Artifact digests that the payload speaks of (`sha256:…`). */
  readonly subjects: readonly string[];
  /** Everything a verifier needs; a legacy entry is turned into one. */
  readonly bundle: Bundle;
  /** The exact bytes of a legacy attestation's envelope, whose hash the log recorded. */
  readonly envelope?: Buffer;
  /** The certificate annotation as it was written. */
  readonly certificatePem?: string;
}

/** An entry that could not even be read; others may still count. */
export interface UnreadableEntry {
  readonly format: SignatureFormat;
  readonly digest: Digest;
  readonly reason: string;
}

/** A signature is `sign/v1` or a simple-signing payload; everything else is an attestation. */
export function kindOf(predicateType: string): FoundEntry['kind'] {
  return predicateType === SIGN_V1 ? 'signature' : 'attestation';
}

/** The JSON of a bundle's envelope: the very bytes whose hash the log recorded when it was signed. */
export function envelopeBytes(bundle: Bundle): Buffer {
  if (bundle.content.$case !== 'dsseEnvelope') {
    throw new ToolkitError('internal', 'Cannot take the envelope of a bundle that has none');
  }
  return Buffer.from(JSON.stringify(envelopeToJSON(bundle.content.dsseEnvelope)));
}
