import { createHash } from 'node:crypto';
import type { Bundle, TransparencyLogEntry } from '@sigstore/bundle';
import { HashAlgorithm } from '@sigstore/protobuf-specs';
import { ToolkitError } from '../errors.ts';
import { getPath, parseJson } from '../internal/json.ts';
import { descriptorOf } from '../oci/descriptor.ts';
import type { Descriptor } from '../oci/target.ts';
import { envelopeBytes } from './entry.ts';
import {
  CERTIFICATE_ANNOTATION,
  DSSE_ENVELOPE,
  PREDICATE_ANNOTATION,
  REKOR_ANNOTATION,
  SIGNATURE_ANNOTATION,
  SIMPLE_SIGNING,
  TIMESTAMP_ANNOTATION,
} from './media-types.ts';
import { fromPem, toPem } from './pem.ts';

/** A layer of a `.sig` or `.att` manifest with its content. */
export interface LegacyLayer {
  readonly descriptor: Descriptor;
  readonly bytes: Uint8Array;
}

const BUNDLE_V01 = 'application/vnd.dev.sigstore.bundle+json;version=0.1';

/** The layer of a `.sig`: the payload, with signature, certificate and log entry in annotations. */
export function signatureLayer(bundle: Bundle, payload: Buffer): LegacyLayer {
  if (bundle.content.$case !== 'messageSignature') {
    throw new ToolkitError('internal', 'Cannot make a .sig layer of an envelope');
  }
  const signature = bundle.content.messageSignature.signature.toString('base64');
  const annotations = { [SIGNATURE_ANNOTATION]: signature, ...witnessAnnotations(bundle) };
  return { descriptor: descriptorOf(SIMPLE_SIGNING, payload, { annotations }), bytes: payload };
}

/** The layer of an `.att`: the envelope's exact bytes. */
export function attestationLayer(bundle: Bundle, predicateType: string): LegacyLayer {
  const bytes = envelopeBytes(bundle);
  const annotations = {
    [SIGNATURE_ANNOTATION]: '', // cosign wants it to exist
    [PREDICATE_ANNOTATION]: predicateType,
    ...witnessAnnotations(bundle),
  };
  return { descriptor: descriptorOf(DSSE_ENVELOPE, bytes, { annotations }), bytes };
}

function witnessAnnotations(bundle: Bundle): Record<string, string> {
  const annotations: Record<string, string> = {};
  const { content, tlogEntries, timestampVerificationData } = bundle.verificationMaterial;
  const certificate =
    content.$case === 'certificate'
      ? content.certificate.rawBytes
      : content.$case === 'x509CertificateChain'
        ? content.x509CertificateChain.certificates[0]?.rawBytes
        : undefined;
  if (certificate !== undefined) annotations[CERTIFICATE_ANNOTATION] = toPem('CERTIFICATE', certificate);
  const entry = tlogEntries[0];
  if (entry?.inclusionPromise !== undefined) annotations[REKOR_ANNOTATION] = rekorAnnotation(entry);
  const timestamp = timestampVerificationData?.rfc3161Timestamps[0]?.signedTimestamp;
  if (timestamp !== undefined) {
    const value = Buffer.from(timestamp).toString('base64');
    annotations[TIMESTAMP_ANNOTATION] = JSON.stringify({ SignedRFC3161Timestamp: value });
  }
  return annotations;
}

function rekorAnnotation(entry: TransparencyLogEntry): string {
  return JSON.stringify({
    SignedEntryTimestamp: entry.inclusionPromise?.signedEntryTimestamp.toString('base64'),
    Payload: {
      body: entry.canonicalizedBody.toString('base64'),
      integratedTime: Number(entry.integratedTime),
      logIndex: Number(entry.logIndex),
      logID: entry.logId.keyId.toString('hex'),
    },
  });
}

/** A legacy layer's signature over `content` as a bundle that sigstore-js verifies. @throws ToolkitError `invalid` */
export function legacyBundle(
  content: Bundle['content'],
  annotations: Readonly<Record<string, string>>,
): Bundle {
  const pem = annotations[CERTIFICATE_ANNOTATION];
  const rekor = annotations[REKOR_ANNOTATION];
  return {
    mediaType: BUNDLE_V01,
    content,
    verificationMaterial: {
      content:
        pem === undefined || pem === ''
          ? { $case: 'publicKey', publicKey: { hint: '' } }
          : { $case: 'certificate', certificate: { rawBytes: certificateDer(pem) } },
      tlogEntries: rekor === undefined || rekor === '' ? [] : [parseRekorAnnotation(rekor)],
      timestampVerificationData: undefined,
    },
  };
}

/** The signature over a payload as a bundle's content. */
export function messageContent(payload: Buffer, signature: Buffer): Bundle['content'] {
  const digest = createHash('sha256').update(payload).digest();
  return {
    $case: 'messageSignature',
    messageSignature: { messageDigest: { algorithm: HashAlgorithm.SHA2_256, digest }, signature },
  };
}

function certificateDer(pem: string): Buffer {
  const block = fromPem(pem);
  if (block?.label !== 'CERTIFICATE') {
    throw new ToolkitError(
      'invalid',
      'Cannot read the certificate annotation: it is not exactly one PEM certificate',
    );
  }
  return block.der;
}

function parseRekorAnnotation(text: string): TransparencyLogEntry {
  const value = parseJson(text, 'the log entry');
  const set = getPath(value, ['SignedEntryTimestamp']);
  const body = getPath(value, ['Payload', 'body']);
  const time = getPath(value, ['Payload', 'integratedTime']);
  const index = getPath(value, ['Payload', 'logIndex']);
  const logId = getPath(value, ['Payload', 'logID']);
  const whole = typeof set === 'string' && typeof body === 'string' && typeof logId === 'string';
  if (!whole || !Number.isSafeInteger(time) || !Number.isSafeInteger(index)) {
    throw new ToolkitError('invalid', 'Cannot read the log entry: it is not a Rekor bundle');
  }
  const canonicalizedBody = Buffer.from(body, 'base64');
  const entry = parseJson(canonicalizedBody.toString('utf8'), 'the log entry');
  return {
    logIndex: String(index),
    logId: { keyId: Buffer.from(logId, 'hex') },
    kindVersion: {
      kind: String(getPath(entry, ['kind'])),
      version: String(getPath(entry, ['apiVersion'])),
    },
    integratedTime: String(time),
    inclusionPromise: { signedEntryTimestamp: Buffer.from(set, 'base64') },
    inclusionProof: undefined,
    canonicalizedBody,
  };
}
