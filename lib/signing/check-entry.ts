import { createHash, type KeyObject } from 'node:crypto';
import { toSignedEntity, Verifier } from '@sigstore/verify';
import { isToolkitError, ToolkitError } from '../errors.ts';
import type { Digest } from '../internal/digest.ts';
import { getPath, parseJson } from '../internal/json.ts';
import { redactForeign } from '../internal/redact.ts';
import type { FoundEntry } from './entry.ts';
import { certificateIdentity, type KeyIdentity, type SignerIdentity } from './identity.ts';
import { fromPem, parsePublicKey } from './pem.ts';
import { type TrustRoot, withKey } from './trust-material.ts';

/** Whether the transparency log has the signature: proved, not there, or not looked at for want of a root. */
export type LogState = 'verified' | 'absent' | 'unchecked';

export interface EntryVerdict {
  /** The signature is right, made by `signer`, over the artifact asked for; says nothing of the policy. */
  readonly valid: boolean;
  readonly signer?: SignerIdentity;
  readonly log: LogState;
  /** Why it is not valid. */
  readonly reason?: string;
}

export interface CheckContext {
  readonly artifact: Digest;
  /** Keys that may have signed. */
  readonly keys: readonly KeyIdentity[];
  readonly root?: TrustRoot;
}

/** Verifies one signature or attestation, offline: subject, signature, certificate chain and SCT, log entry and its time. */
export function checkEntry(entry: FoundEntry, context: CheckContext): EntryVerdict {
  const logged = entry.bundle.verificationMaterial.tlogEntries.length > 0;
  const log: LogState = logged ? 'unchecked' : 'absent';
  if (!entry.subjects.includes(context.artifact)) {
    return { valid: false, log, reason: `it speaks of ${entry.subjects[0] ?? 'nothing'}, another artifact` };
  }
  try {
    const { content } = entry.bundle.verificationMaterial;
    if (content.$case === 'publicKey') return checkKeyEntry(entry, context, log);
    if (content.$case === 'certificate') {
      return checkKeylessEntry(entry, content.certificate.rawBytes, context, log);
    }
    return { valid: false, log, reason: 'it carries a certificate chain; cosign takes a single certificate' };
  } catch (error) {
    return { valid: false, log, reason: reasonOf(error) };
  }
}

function checkKeylessEntry(
  entry: FoundEntry,
  certificate: Buffer,
  { root }: CheckContext,
  log: LogState,
): EntryVerdict {
  const signer = certificateIdentity(certificate);
  if (root === undefined)
    return { valid: false, log, signer, reason: 'there is no trusted root to check it with' };
  if (log === 'absent') return { valid: false, log, signer, reason: 'it is in no transparency log' };
  const options = { ctlogThreshold: 1, tlogThreshold: 1, timestampThreshold: 1 };
  new Verifier(root, options).verify(toSignedEntity(entry.bundle, entry.payload));
  checkLogBodies(entry, (der) => der.equals(certificate));
  return { valid: true, log: 'verified', signer };
}

function checkKeyEntry(entry: FoundEntry, { keys, root }: CheckContext, log: LogState): EntryVerdict {
  const entity = toSignedEntity(entry.bundle, entry.payload);
  const signer = keys.find((key) => entity.signature.verifySignature(parsePublicKey(key.publicKey)));
  if (signer === undefined)
    return { valid: false, log, reason: 'it is signed by a key that is not expected' };
  const { content } = entry.bundle;
  if (content.$case === 'dsseEnvelope' && content.dsseEnvelope.signatures[0]?.keyid !== '') {
    return { valid: false, log, signer, reason: 'its envelope has a keyid, which cosign refuses' };
  }
  if (log === 'absent' || root === undefined) return { valid: true, log, signer };
  const key = parsePublicKey(signer.publicKey);
  const options = { ctlogThreshold: 0, tlogThreshold: 1, timestampThreshold: 1 };
  new Verifier(withKey(root, key), options).verify(entity);
  checkLogBodies(entry, (der) => der.equals(spki(key)));
  return { valid: true, log: 'verified', signer };
}

/**
 * What sigstore-js leaves to others: that the log recorded this signer's key or certificate, and for a legacy
 * attestation the hash of the envelope as it lies in the registry.
 */
function checkLogBodies(entry: FoundEntry, isSigner: (der: Buffer) => boolean): void {
  for (const { canonicalizedBody } of entry.bundle.verificationMaterial.tlogEntries) {
    const body = parseJson(canonicalizedBody.toString('utf8'), 'the log entry');
    const recorded =
      getPath(body, ['spec', 'signature', 'publicKey', 'content']) ??
      getPath(body, ['spec', 'signatures', 0, 'verifier']) ??
      getPath(body, ['spec', 'content', 'envelope', 'signatures', 0, 'publicKey']);
    const block = typeof recorded === 'string' ? fromPem(decode(recorded)) : undefined;
    if (block === undefined) throw broken('the log entry does not hold exactly one PEM key or certificate');
    if (!isSigner(block.der)) throw broken('the log entry is for another key or certificate');
    checkEnvelopeHash(entry, body);
  }
}

function checkEnvelopeHash(entry: FoundEntry, body: unknown): void {
  if (entry.envelope === undefined || getPath(body, ['kind']) !== 'dsse') return;
  const hash = createHash('sha256').update(entry.envelope).digest('hex');
  if (getPath(body, ['spec', 'envelopeHash', 'value']) !== hash) {
    throw broken('the log recorded another envelope');
  }
}

function decode(base64: string): string {
  return Buffer.from(base64, 'base64').toString('utf8');
}

function spki(key: KeyObject): Buffer {
  return key.export({ type: 'spki', format: 'der' });
}

function broken(reason: string): ToolkitError {
  return new ToolkitError('signature', reason);
}

function reasonOf(error: unknown): string {
  if (isToolkitError(error)) return error.message;
  return redactForeign(error instanceof Error ? error.message : String(error));
}
