import { createHash } from 'node:crypto';
import { ToolkitError } from '../errors.ts';

/** `sha256:<64 hex>`; no other algorithm is written, sha512 is read. */
export type Digest = `sha256:${string}` | `sha512:${string}`;

const DIGEST = /^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/;

/** True for a whole, well-formed sha256 or sha512 digest. */
export function isDigest(value: unknown): value is Digest {
  return typeof value === 'string' && value.length <= 135 && DIGEST.test(value);
}

/** A digest from untrusted text. @throws ToolkitError `invalid` */
export function parseDigest(value: unknown, what = 'digest'): Digest {
  if (isDigest(value)) return value;
  const shown = typeof value === 'string' ? JSON.stringify(value.slice(0, 80)) : typeof value;
  throw new ToolkitError('invalid', `Cannot read ${what}: ${shown} is not a sha256 or sha512 digest`);
}

/** The digest of bytes (or of a string's UTF-8 bytes). */
export function sha256(content: Uint8Array | string): Digest {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}

/** The hexadecimal part: `sha256:ab…` → `ab…`. */
export function digestHex(digest: Digest): string {
  return digest.slice(digest.indexOf(':') + 1);
}

/** `sha256` or `sha512`. */
export function digestAlgorithm(digest: Digest): 'sha256' | 'sha512' {
  return digest.startsWith('sha512:') ? 'sha512' : 'sha256';
}

/** True if the bytes hash to the digest. */
export function matchesDigest(bytes: Uint8Array, digest: Digest): boolean {
  return createHash(digestAlgorithm(digest)).update(bytes).digest('hex') === digestHex(digest);
}

/** @throws ToolkitError `integrity` if the bytes do not hash to the digest; `what` names them in the error */
export function verifyDigest(bytes: Uint8Array, digest: Digest, what: string): void {
  if (matchesDigest(bytes, digest)) return;
  const got = `${digestAlgorithm(digest)}:${createHash(digestAlgorithm(digest)).update(bytes).digest('hex')}`;
  throw new ToolkitError(
    'integrity',
    `Cannot read ${what}: its ${bytes.length} bytes are ${got}, not ${digest}`,
    {
      remedy: 'the content was changed or cut on its way; read it again or from another place',
    },
  );
}
