import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { JsonObject } from '../internal/json.ts';
import { logId, type PublicParts, REKOR_ORIGIN } from './authorities.ts';
import { writeSecret } from './state.ts';

/** The public parts in PEM, as cosign 2 and Crossplane want them through their environment. */
export interface SigstorePems {
  /** Root certificate: `SIGSTORE_ROOT_FILE`. */
  readonly fulcio: string;
  /** Public key: `SIGSTORE_REKOR_PUBLIC_KEY`. */
  readonly rekor: string;
  /** Public key: `SIGSTORE_CT_LOG_PUBLIC_KEY_FILE`. */
  readonly ctlog: string;
  /** Certificate chain, leaf first: `SIGSTORE_TSA_CERTIFICATE_FILE`. */
  readonly tsa: string;
}

const OPERATOR = 'loopback';

/** `trusted_root.json`: what cosign 3, sigstore-js and our verifier read. */
export function trustedRootOf(parts: PublicParts): JsonObject {
  const validFor = { start: parts.since.toISOString() };
  const log = (host: string, key: Buffer): JsonObject => ({
    baseUrl: `http://${host}`,
    hashAlgorithm: 'SHA2_256',
    publicKey: { rawBytes: key.toString('base64'), keyDetails: 'PKIX_ECDSA_P256_SHA_256', validFor },
    logId: { keyId: logId(key).toString('base64') },
  });
  const authority = (host: string, commonName: string, chain: readonly Buffer[]): JsonObject => ({
    subject: { organization: 'sigstore.mock', commonName },
    uri: `http://${host}`,
    certChain: { certificates: chain.map((der) => ({ rawBytes: der.toString('base64') })) },
    validFor,
  });
  return {
    mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
    tlogs: [log(REKOR_ORIGIN, parts.rekor)],
    certificateAuthorities: [authority('fulcio.localhost', 'sigstore', [parts.fulcio])],
    ctlogs: [log('ctfe.localhost', parts.ctlog)],
    timestampAuthorities: [authority('tsa.localhost', 'tsa', parts.tsa)],
  };
}

/** `signing_config.json`: where to sign, for cosign 3 and for `bp sign --signing-config`. */
export function signingConfigOf(url: string, since: Date): JsonObject {
  const service = (at: string): JsonObject => ({
    url: at,
    majorApiVersion: 1,
    validFor: { start: since.toISOString() },
    operator: OPERATOR,
  });
  return {
    mediaType: 'application/vnd.dev.sigstore.signingconfig.v0.2+json',
    caUrls: [service(url)],
    oidcUrls: [],
    rekorTlogUrls: [service(url)],
    tsaUrls: [service(`${url}/api/v1/timestamp`)],
    rekorTlogConfig: { selector: 'ANY' },
    tsaConfig: { selector: 'ANY' },
  };
}

export function pemsOf(parts: PublicParts): SigstorePems {
  return {
    fulcio: pem('CERTIFICATE', parts.fulcio),
    rekor: pem('PUBLIC KEY', parts.rekor),
    ctlog: pem('PUBLIC KEY', parts.ctlog),
    tsa: parts.tsa.map((der) => pem('CERTIFICATE', der)).join(''),
  };
}

export interface TrustFiles {
  readonly trustedRoot: JsonObject;
  readonly signingConfig: JsonObject;
  readonly pems: SigstorePems;
  readonly token: string;
}

/** Writes all of it into a directory; the token is readable by its owner alone. */
export async function writeTrustFiles(directory: string, files: TrustFiles): Promise<Record<string, string>> {
  await mkdir(directory, { recursive: true });
  const contents: Record<string, string> = {
    'signing_config.json': `${JSON.stringify(files.signingConfig, null, 2)}\n`,
    'trusted_root.json': `${JSON.stringify(files.trustedRoot, null, 2)}\n`,
    'fulcio.pem': files.pems.fulcio,
    'rekor.pub': files.pems.rekor,
    'ctfe.pub': files.pems.ctlog,
    'tsa.pem': files.pems.tsa,
  };
  const written: Record<string, string> = {};
  for (const [name, content] of Object.entries(contents)) {
    written[name] = join(directory, name);
    await writeFile(join(directory, name), content);
    await chmod(join(directory, name), 0o644);
  }
  written.token = join(directory, 'token');
  await writeSecret(written.token, files.token);
  return written;
}

function pem(label: string, der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}
