import { generateKeyPairSync, type KeyObject, sign, X509Certificate } from 'node:crypto';
import { FulcioSigner } from '@sigstore/sign';
import { ToolkitError } from '../errors.ts';
import { redactForeign, redactUrl } from '../internal/redact.ts';
import { certificateIdentity, type KeylessIdentity } from './identity.ts';
import { toPem } from './pem.ts';
import { SERVICE_RETRY, SERVICE_TIMEOUT_MS } from './services.ts';
import type { Signer } from './signer.ts';

export interface KeylessSignerOptions {
  readonly fulcioUrl: string;
  /** An OpenID Connect token, or where to get a fresh one. A secret: it is in no error and no log. */
  readonly identityToken: string | (() => Promise<string>);
  /** For tests. @default the system's clock */
  readonly now?: () => Date;
}

interface Holder {
  readonly privateKey: KeyObject;
  readonly pem: string;
  readonly identity: KeylessIdentity;
  readonly expires: number;
}

// Fulcio's certificates live 10 minutes; the log entry must fall into that time too, retries included.
const REFRESH_BEFORE_MS = 2 * 60 * 1000;

/**
 * A signer with a certificate for an identity token. One certificate serves many signatures and is replaced
 * before it expires.
 */
export function createKeylessSigner(options: KeylessSignerOptions): Signer {
  const now = options.now ?? (() => new Date());
  let current: Promise<Holder> | undefined;
  const holder = async (): Promise<Holder> => {
    const held = current;
    if (held !== undefined) {
      const value = await held;
      if (value.expires - REFRESH_BEFORE_MS > now().getTime()) return value;
      if (current !== held) return holder(); // somebody else has asked for a new one meanwhile
    }
    const fresh = requestCertificate(options);
    current = fresh;
    fresh.catch(() => {
      if (current === fresh) current = undefined; // the next call tries again
    });
    return fresh;
  };
  return {
    identity: async () => (await holder()).identity,
    sign: async (data) => {
      const { privateKey, pem } = await holder();
      return {
        signature: sign('sha256', data, privateKey),
        key: { $case: 'x509Certificate', certificate: pem },
      };
    },
  };
}

async function requestCertificate(options: KeylessSignerOptions): Promise<Holder> {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const publicPem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const token =
    typeof options.identityToken === 'string' ? options.identityToken : await options.identityToken();
  const fulcio = new FulcioSigner({
    fulcioBaseURL: options.fulcioUrl,
    identityProvider: { getToken: async () => token.trim() },
    keyHolder: {
      sign: async (data) => ({
        signature: sign('sha256', data, privateKey),
        key: { $case: 'publicKey', publicKey: publicPem },
      }),
    },
    retry: SERVICE_RETRY,
    timeout: SERVICE_TIMEOUT_MS,
  });
  try {
    const { key } = await fulcio.sign(Buffer.alloc(0));
    if (key.$case !== 'x509Certificate') throw new TypeError('no certificate in the answer');
    const certificate = new X509Certificate(key.certificate);
    return {
      privateKey,
      pem: toPem('CERTIFICATE', certificate.raw),
      identity: certificateIdentity(certificate.raw),
      expires: new Date(certificate.validTo).getTime(),
    };
  } catch (error) {
    throw refused(options.fulcioUrl, error, token.trim());
  }
}

/** sigstore-js puts a token that it cannot parse into its message, so its errors never travel on as a cause. */
function refused(url: string, error: unknown, token: string): ToolkitError {
  const chain: string[] = [];
  for (let at: unknown = error; at instanceof Error && chain.length < 4; at = at.cause)
    chain.push(at.message);
  const secrets = [token, ...token.split('.')].filter((part) => part.length > 8);
  const reason = secrets.reduce((text, secret) => text.replaceAll(secret, '[redacted]'), chain.join(': '));
  const parse = reason.includes('invalid identity token');
  return new ToolkitError(
    'auth',
    `Cannot get a signing certificate from "${redactUrl(new URL(url))}": ${
      parse ? 'the identity token is not a JSON Web Token with a subject' : redactForeign(reason)
    }`,
    { remedy: 'give a fresh OpenID Connect token with audience "sigstore"' },
  );
}
