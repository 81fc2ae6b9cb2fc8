import type { Bundle } from '@sigstore/bundle';
import { toSignedEntity } from '@sigstore/verify';
import { ToolkitError } from '../errors.ts';
import { BUNDLE_V03, IN_TOTO } from './media-types.ts';
import { keyHint, parsePublicKey, toPem } from './pem.ts';

/** Who made a signature: the holder of a key, or an identity that an OpenID Connect issuer vouched for. */
export type SignerIdentity = KeyIdentity | KeylessIdentity;

export interface KeyIdentity {
  readonly kind: 'key';
  /** base64 of the sha256 of the public key's SPKI. */
  readonly hint: string;
  /** SPKI in PEM. */
  readonly publicKey: string;
}

/** @throws ToolkitError `invalid` if it is not a public key in PEM */
export function keyIdentity(publicKeyPem: string): KeyIdentity {
  const key = parsePublicKey(publicKeyPem);
  return {
    kind: 'key',
    hint: keyHint(key),
    publicKey: toPem('PUBLIC KEY', key.export({ type: 'spki', format: 'der' })),
  };
}

export interface KeylessIdentity {
  readonly kind: 'keyless';
  readonly issuer: string;
  readonly subject: string;
}

/** `key sha256:…` or `SUBJECT (issuer ISSUER)`, for reports. */
export function formatIdentity(identity: SignerIdentity): string {
  if (identity.kind === 'keyless') return `${identity.subject} (issuer ${identity.issuer})`;
  return `key sha256:${Buffer.from(identity.hint, 'base64').toString('hex')}`;
}

export function sameIdentity(a: SignerIdentity, b: SignerIdentity): boolean {
  if (a.kind === 'key') return b.kind === 'key' && a.hint === b.hint;
  return b.kind === 'keyless' && a.issuer === b.issuer && a.subject === b.subject;
}

const ISSUER_V1 = '1.3.6.1.4.1.57264.1.1'; // the text as it is
const ISSUER_V2 = '1.3.6.1.4.1.57264.1.8'; // the text as a DER UTF8String

/**
 * Subject and issuer as a Fulcio certificate states them. States, not proves: the chain is not looked at here.
 * @throws ToolkitError `invalid` if it is not such a certificate
 */
export function certificateIdentity(der: Buffer): KeylessIdentity {
  try {
    const { key } = toSignedEntity(carrier(der));
    if (key.$case !== 'certificate') throw new TypeError('not a certificate');
    const subject = key.certificate.subjectAltName;
    const issuer =
      key.certificate.extension(ISSUER_V2)?.valueObj.subs[0]?.value.toString('utf8') ??
      key.certificate.extension(ISSUER_V1)?.value.toString('utf8');
    if (subject === undefined || issuer === undefined) throw new TypeError('no subject or no issuer');
    return { kind: 'keyless', issuer, subject };
  } catch (cause) {
    throw new ToolkitError('invalid', 'Cannot read the certificate: it is not one of Fulcio', { cause });
  }
}

/** sigstore-js parses certificates only inside a bundle; this one holds nothing else. */
function carrier(der: Buffer): Bundle {
  return {
    mediaType: BUNDLE_V03,
    content: { $case: 'dsseEnvelope', dsseEnvelope: { payload: der, payloadType: IN_TOTO, signatures: [] } },
    verificationMaterial: {
      content: { $case: 'certificate', certificate: { rawBytes: der } },
      tlogEntries: [],
      timestampVerificationData: undefined,
    },
  };
}
