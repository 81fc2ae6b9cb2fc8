import { createHash, createPublicKey, type KeyObject } from 'node:crypto';
import { ToolkitError } from '../errors.ts';

/** PEM with lines of 64 and exactly one line feed at the end: cosign refuses bytes behind it. */
export function toPem(label: 'CERTIFICATE' | 'PUBLIC KEY', der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}

const ONE_PEM = /^-----BEGIN ([A-Z ]+)-----\r?\n([A-Za-z0-9+/=\r\n]+)-----END \1-----\r?\n?$/;

/** The one block of a PEM text, with nothing before or behind it; undefined for anything else. */
export function fromPem(pem: string): { label: string; der: Buffer } | undefined {
  const match = ONE_PEM.exec(pem);
  if (match?.[1] === undefined || match[2] === undefined) return undefined;
  return { label: match[1], der: Buffer.from(match[2], 'base64') };
}

/** A public key in PEM (SPKI). @throws ToolkitError `invalid` */
export function parsePublicKey(pem: string, what = 'the public key'): KeyObject {
  if (pem.includes('PRIVATE KEY')) {
    throw new ToolkitError('invalid', `Cannot read ${what}: it is a private key`, {
      remedy: 'give the public key (cosign.pub)',
    });
  }
  try {
    return createPublicKey(pem);
  } catch (cause) {
    throw new ToolkitError('invalid', `Cannot read ${what}: it is not a public key in PEM`, { cause });
  }
}

/** base64 of the sha256 of a key's SPKI: how bundles name a key. */
export function keyHint(key: KeyObject): string {
  return createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest('base64');
}
