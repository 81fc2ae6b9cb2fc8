import { sign, verify } from 'node:crypto';
import { ToolkitError } from '../errors.ts';
import { isObject, parseJson } from '../internal/json.ts';
import type { KeyPair } from './authorities.ts';

export const DEFAULT_ISSUER = 'https://token.actions.githubusercontent.com';
export const DEFAULT_SUBJECT =
  'https://github.com/openova-io/openova/.github/workflows/blueprint-release.yaml@refs/heads/main';
const AUDIENCE = 'sigstore';
const DEFAULT_VALID_SECONDS = 24 * 60 * 60; // 1 day
const CLOCK_SKEW_SECONDS = 60;

export interface IdentityTokenOptions {
  /** Becomes the certificate's subject (a URI). @default a release workflow's */
  readonly subject?: string;
  /** Becomes the certificate's issuer extension. @default GitHub Actions' */
  readonly issuer?: string;
  /** More claims, such as `repository`, `ref` and `sha`, which become certificate extensions. */
  readonly claims?: Readonly<Record<string, string>>;
  /** @default 86400 (a day) */
  readonly validSeconds?: number;
}

/** An OpenID Connect token that the loopback Fulcio accepts, and no other one does. */
export function issueIdentityToken(key: KeyPair, now: Date, options: IdentityTokenOptions = {}): string {
  const at = Math.floor(now.getTime() / 1000);
  const claims = {
    ...options.claims,
    iss: options.issuer ?? DEFAULT_ISSUER,
    sub: options.subject ?? DEFAULT_SUBJECT,
    aud: AUDIENCE,
    iat: at,
    exp: at + (options.validSeconds ?? DEFAULT_VALID_SECONDS),
  };
  const signed = `${encode({ alg: 'ES256', typ: 'JWT' })}.${encode(claims)}`;
  const signature = sign('sha256', Buffer.from(signed), {
    key: key.privateKey,
    dsaEncoding: 'ieee-p1363',
  });
  return `${signed}.${signature.toString('base64url')}`;
}

/** The subject of a token that this issuer made. @throws ToolkitError `auth`; the token is never in the message */
export function checkIdentityToken(key: KeyPair, token: string, now: Date): string {
  const [header, payload, signature, ...rest] = token.split('.');
  if (header === undefined || payload === undefined || signature === undefined || rest.length > 0) {
    throw refused('it is not a JSON Web Token');
  }
  const valid = verify(
    'sha256',
    Buffer.from(`${header}.${payload}`),
    { key: key.publicKey, dsaEncoding: 'ieee-p1363' },
    Buffer.from(signature, 'base64url'),
  );
  if (!valid) throw refused('this loopback sigstore did not issue it');
  const claims = parseJson(Buffer.from(payload, 'base64url').toString(), 'the identity token');
  if (!isObject(claims) || typeof claims.sub !== 'string') throw refused('it has no subject');
  if (claims.aud !== AUDIENCE) throw refused('it is for another audience');
  if (typeof claims.exp !== 'number' || claims.exp + CLOCK_SKEW_SECONDS < now.getTime() / 1000) {
    throw refused('it has expired');
  }
  return claims.sub;
}

function refused(reason: string): ToolkitError {
  return new ToolkitError('auth', `Cannot accept the identity token: ${reason}`, {
    remedy: 'take the token file that the running loopback sigstore wrote',
  });
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
