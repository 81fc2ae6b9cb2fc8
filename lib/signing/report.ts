import type { Digest } from '../internal/digest.ts';
import type { Json } from '../internal/json.ts';
import type { LogState } from './check-entry.ts';
import type { ConsumerVerdict } from './consumers.ts';
import type { SignatureFormat } from './entry.ts';

/** One signature or attestation that was found, and what became of it. */
export interface EntryReport {
  readonly format: SignatureFormat;
  readonly kind: 'signature' | 'attestation' | 'unreadable';
  readonly predicateType?: string;
  /** Of the layer, or of the bundle's manifest. */
  readonly digest: Digest;
  /** Subject and issuer, or `key sha256:…`; proved only when `valid`. */
  readonly signer?: string;
  /** The identity or key of the policy that the signer matches. */
  readonly member?: string;
  /** Right in itself: signature, certificate, log entry, artifact. */
  readonly valid: boolean;
  readonly log: LogState;
  /** Why it does not count. */
  readonly reason?: string;
}

/** An attestation of a trusted signer, with its content. */
export interface VerifiedAttestation {
  readonly predicateType: string;
  readonly predicate: Json;
  readonly signer: string;
  readonly format: SignatureFormat;
}

export interface VerificationReport {
  readonly reference: string;
  readonly digest: Digest;
  readonly mediaType: string;
  /** The policy is satisfied. */
  readonly accepted: boolean;
  /** What is missing for the policy, one sentence each; empty when accepted. */
  readonly problems: readonly string[];
  readonly entries: readonly EntryReport[];
  readonly consumers: readonly ConsumerVerdict[];
  /** Content of the attestations that count. */
  readonly attestations: readonly VerifiedAttestation[];
}
