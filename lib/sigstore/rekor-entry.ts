import { createHash, createPublicKey, verify, X509Certificate } from 'node:crypto';
import { ToolkitError } from '../errors.ts';
import { getPath, type Json, type JsonObject, parseJson } from '../internal/json.ts';

/**
 * What Rekor v1 records for a proposed entry. A `hashedrekord` is recorded as proposed; a `dsse` proposal is
 * reduced to hashes, signature and verifier, after its signature was checked, as the real log does.
 * @throws ToolkitError `invalid` for anything the real log would refuse
 */
export function recordedEntry(proposed: unknown): JsonObject {
  const kind = getPath(proposed, ['kind']);
  if (getPath(proposed, ['apiVersion']) !== '0.0.1') throw refused('only version 0.0.1 entries are taken');
  if (kind === 'hashedrekord') return recordedHash(proposed as JsonObject);
  if (kind === 'dsse') return recordedEnvelope(proposed);
  throw refused('only hashedrekord and dsse entries are taken');
}

function recordedHash(proposed: JsonObject): JsonObject {
  const hash = getPath(proposed, ['spec', 'data', 'hash', 'value']);
  if (typeof hash !== 'string' || !/^[0-9a-f]{64}$/.test(hash)) throw refused('no sha256 of the payload');
  text(proposed, ['spec', 'signature', 'content']);
  publicKeyOf(text(proposed, ['spec', 'signature', 'publicKey', 'content']));
  return proposed;
}

function recordedEnvelope(proposed: unknown): JsonObject {
  const envelopeText = text(proposed, ['spec', 'proposedContent', 'envelope']);
  const verifier = text(proposed, ['spec', 'proposedContent', 'verifiers', 0]);
  const envelope: Json = parseJson(envelopeText, 'the proposed envelope');
  const payload = Buffer.from(text(envelope, ['payload']), 'base64');
  const type = Buffer.from(text(envelope, ['payloadType']));
  const signature = text(envelope, ['signatures', 0, 'sig']);
  const head = `DSSEv1 ${type.length} ${type} ${payload.length} `;
  const signed = Buffer.concat([Buffer.from(head), payload]);
  if (!verify('sha256', signed, publicKeyOf(verifier), Buffer.from(signature, 'base64'))) {
    throw refused('the envelope does not verify with the key given');
  }
  return {
    apiVersion: '0.0.1',
    kind: 'dsse',
    spec: {
      envelopeHash: sha256(Buffer.from(envelopeText)),
      payloadHash: sha256(payload),
      signatures: [{ signature, verifier }],
    },
  };
}

function sha256(bytes: Buffer): JsonObject {
  return { algorithm: 'sha256', value: createHash('sha256').update(bytes).digest('hex') };
}

function publicKeyOf(verifier: string) {
  const pem = Buffer.from(verifier, 'base64').toString();
  try {
    return pem.includes('BEGIN CERTIFICATE') ? new X509Certificate(pem).publicKey : createPublicKey(pem);
  } catch (cause) {
    throw refused('the verifier is neither a certificate nor a public key in PEM', cause);
  }
}

function text(value: unknown, path: readonly (string | number)[]): string {
  const found = getPath(value, path);
  if (typeof found !== 'string' || found === '') throw refused(`${path.join('.')} is missing`);
  return found;
}

function refused(reason: string, cause?: unknown): ToolkitError {
  return new ToolkitError('invalid', `Cannot log the entry: ${reason}`, cause === undefined ? {} : { cause });
}
