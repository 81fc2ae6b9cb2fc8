import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { ToolkitError } from '../errors.ts';
import { decryptCosignKey, encryptCosignKey, isCosignKey } from './cosign-key.ts';
import { keyIdentity } from './identity.ts';
import { toPem } from './pem.ts';
import type { Signer } from './signer.ts';

export interface KeySignerOptions {
  /** PKCS#8 or SEC1 PEM of an EC P-256 key, or a `cosign.key`. A secret. */
  readonly key: string;
  /** For an encrypted key. @default empty */
  readonly password?: string;
}

/** A signer that holds a private key. @throws ToolkitError `invalid`, `unsupported` or `auth` */
export async function createKeySigner(options: KeySignerOptions): Promise<Signer> {
  const privateKey = await readPrivateKey(options.key, options.password ?? '');
  const identity = keyIdentity(publicKeyPem(createPublicKey(privateKey)));
  return {
    identity: async () => identity,
    // No hint here: sigstore-js would copy it to the envelope's keyid, which cosign refuses.
    sign: async (data) => ({
      signature: sign('sha256', data, privateKey),
      key: { $case: 'publicKey', publicKey: identity.publicKey },
    }),
  };
}

/** A new P-256 key pair: a `cosign.key` under a password (may be empty) and its `cosign.pub`. */
export async function generateKeyPair(
  options: { readonly password?: string } = {},
): Promise<{ privateKey: string; publicKey: string }> {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const der = privateKey.export({ type: 'pkcs8', format: 'der' });
  return {
    privateKey: await encryptCosignKey(der, options.password ?? ''),
    publicKey: publicKeyPem(publicKey),
  };
}

/** The public half of a private key, as PEM. */
export async function publicKeyOf(options: KeySignerOptions): Promise<string> {
  return publicKeyPem(createPublicKey(await readPrivateKey(options.key, options.password ?? '')));
}

function publicKeyPem(key: KeyObject): string {
  return toPem('PUBLIC KEY', key.export({ type: 'spki', format: 'der' }));
}

async function readPrivateKey(pem: string, password: string): Promise<KeyObject> {
  const key = isCosignKey(pem)
    ? createPrivateKey({ key: await decryptCosignKey(pem, password), format: 'der', type: 'pkcs8' })
    : parsePrivateKey(pem, password);
  if (key.asymmetricKeyType !== 'ec' || key.asymmetricKeyDetails?.namedCurve !== 'prime256v1') {
    throw new ToolkitError('unsupported', 'Cannot sign with this key: it is not an EC P-256 key', {
      remedy: 'make one with bp, cosign generate-key-pair or openssl ecparam -name prime256v1',
    });
  }
  return key;
}

function parsePrivateKey(pem: string, password: string): KeyObject {
  try {
    return createPrivateKey({
      key: pem,
      format: 'pem',
      ...(password === '' ? {} : { passphrase: password }),
    });
  } catch {
    // The cause is left out: OpenSSL's words help nobody, and the text it failed on is a secret.
    const encrypted = pem.includes('ENCRYPTED');
    throw new ToolkitError(
      encrypted ? 'auth' : 'invalid',
      encrypted
        ? 'Cannot open the signing key: the password is missing or wrong'
        : 'Cannot read the signing key: it is not a private key in PEM',
      encrypted ? { remedy: 'set COSIGN_PASSWORD' } : { remedy: 'give a PKCS#8 PEM or a cosign.key' },
    );
  }
}
