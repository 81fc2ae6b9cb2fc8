import { randomBytes, type ScryptOptions, scrypt } from 'node:crypto';
import { xsalsa20poly1305 } from '@noble/ciphers/salsa.js';
import { ToolkitError } from '../errors.ts';
import { getPath, parseJson } from '../internal/json.ts';

const SCRYPT_N = 65_536; // what cosign writes today
const SCRYPT_R = 8;
const SCRYPT_P = 1;
// cosign's old and new cost and go-securesystemslib's; others would let a key file cost us any memory.
const ALLOWED_N = new Set([32_768, 65_536, 131_072]);
const LABELS =
  /-----BEGIN ENCRYPTED (SIGSTORE|COSIGN) PRIVATE KEY-----([A-Za-z0-9+/=\s]+)-----END ENCRYPTED \1 PRIVATE KEY-----/;

/** True for the encrypted format of `cosign generate-key-pair`. */
export function isCosignKey(pem: string): boolean {
  return LABELS.test(pem);
}

/** PKCS#8 DER → the text of a `cosign.key`: scrypt and XSalsa20-Poly1305. An empty password is legal. */
export async function encryptCosignKey(pkcs8: Uint8Array, password: string): Promise<string> {
  const salt = randomBytes(32);
  const nonce = randomBytes(24);
  const key = await derive(password, salt, SCRYPT_N);
  const box = xsalsa20poly1305(key, nonce).encrypt(pkcs8);
  const document = {
    kdf: {
      name: 'scrypt',
      params: { N: SCRYPT_N, r: SCRYPT_R, p: SCRYPT_P },
      salt: salt.toString('base64'),
    },
    cipher: { name: 'nacl/secretbox', nonce: nonce.toString('base64') },
    ciphertext: Buffer.from(box).toString('base64'),
  };
  const lines =
    Buffer.from(JSON.stringify(document))
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  const label = 'ENCRYPTED SIGSTORE PRIVATE KEY';
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}

/** The text of a `cosign.key` → PKCS#8 DER. @throws ToolkitError `invalid`, or `auth` for a wrong password */
export async function decryptCosignKey(pem: string, password: string): Promise<Buffer> {
  const body = LABELS.exec(pem)?.[2];
  if (body === undefined) throw damaged('it is not an encrypted cosign key');
  const document = parseJson(Buffer.from(body, 'base64').toString('utf8'), 'the cosign key');
  const n = getPath(document, ['kdf', 'params', 'N']);
  const cost = [n, getPath(document, ['kdf', 'params', 'r']), getPath(document, ['kdf', 'params', 'p'])];
  if (getPath(document, ['kdf', 'name']) !== 'scrypt') throw damaged('its key derivation is not scrypt');
  if (typeof n !== 'number' || !ALLOWED_N.has(n) || cost[1] !== SCRYPT_R || cost[2] !== SCRYPT_P) {
    throw damaged('its scrypt cost is not one that cosign writes');
  }
  if (getPath(document, ['cipher', 'name']) !== 'nacl/secretbox')
    throw damaged('its cipher is not secretbox');
  const salt = bytes(getPath(document, ['kdf', 'salt']), 'salt', 32);
  const nonce = bytes(getPath(document, ['cipher', 'nonce']), 'nonce', 24);
  const box = bytes(getPath(document, ['ciphertext']), 'ciphertext');
  const key = await derive(password, salt, n);
  try {
    return Buffer.from(xsalsa20poly1305(key, nonce).decrypt(box));
  } catch (cause) {
    throw new ToolkitError('auth', 'Cannot open the signing key: the password is wrong', {
      remedy: 'set COSIGN_PASSWORD',
      cause,
    });
  }
}

function derive(password: string, salt: Uint8Array, n: number): Promise<Uint8Array> {
  // Node refuses to start unless maxmem is above 128·N·r.
  const options: ScryptOptions = { N: n, r: SCRYPT_R, p: SCRYPT_P, maxmem: 256 * n * SCRYPT_R };
  return new Promise((resolve, reject) => {
    scrypt(password, salt, 32, options, (error, key) =>
      error ? reject(error) : resolve(Uint8Array.from(key)),
    );
  });
}

function bytes(value: unknown, name: string, length?: number): Uint8Array {
  const decoded = typeof value === 'string' ? Uint8Array.from(Buffer.from(value, 'base64')) : undefined;
  if (decoded === undefined || (length !== undefined && decoded.length !== length)) {
    throw damaged(`its ${name} is not ${length === undefined ? 'base64' : `${length} bytes in base64`}`);
  }
  return decoded;
}

function damaged(reason: string): ToolkitError {
  return new ToolkitError('invalid', `Cannot read the signing key: ${reason}`);
}
