import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
} from 'node:crypto';
import { type HandlerFn, initializeCA, initializeCTLog, initializeTLog, initializeTSA } from '@sigstore/mock';
import type { SavedState } from './state.ts';

/** The log names itself so in checkpoints; a name of its own, since the port changes with every start. */
export const REKOR_ORIGIN = 'rekor.localhost';

type CA = Awaited<ReturnType<typeof initializeCA>>;
type TLog = Awaited<ReturnType<typeof initializeTLog>>;
type TSA = Awaited<ReturnType<typeof initializeTSA>>;

export type { CA, HandlerFn, TLog, TSA };

/** The four services' keys and certificates, ready to serve. */
export interface Authorities {
  readonly ca: CA;
  readonly tlog: TLog;
  readonly tsa: TSA;
  readonly oidc: KeyPair;
  readonly public: PublicParts;
}

/** DER of everything that a verifier has to trust. */
export interface PublicParts {
  readonly fulcio: Buffer;
  readonly rekor: Buffer;
  readonly ctlog: Buffer;
  /** Leaf first, root last. */
  readonly tsa: readonly Buffer[];
  readonly since: Date;
}

export interface KeyPair {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

/** New keys and certificates, valid for a year. */
export async function createState(now: Date): Promise<SavedState> {
  const keys = { fulcio: newKey(), rekor: newKey(), ctlog: newKey(), tsa: newKey(), oidc: newKey() };
  const ca = await initializeCA(keyPair(keys.fulcio));
  const tsa = await initializeTSA(keyPair(keys.tsa));
  return {
    version: 1,
    // Whole seconds, as certificates and log entries count.
    since: new Date(Math.floor(now.getTime() / 1000) * 1000).toISOString(),
    keys,
    certificates: {
      fulcio: base64(ca.rootCertificate),
      tsa: base64(tsa.intCertificate),
      tsaRoot: base64(tsa.rootCertificate),
    },
  };
}

/** The services of a saved state: the same keys and certificates, so what was signed before still verifies. */
export async function openAuthorities(state: SavedState): Promise<Authorities> {
  const fulcio = Buffer.from(state.certificates.fulcio, 'base64');
  const ctlog = await initializeCTLog(keyPair(state.keys.ctlog));
  const ca = await initializeCA(keyPair(state.keys.fulcio), ctlog);
  const tlog = await initializeTLog(`http://${REKOR_ORIGIN}`, keyPair(state.keys.rekor));
  const tsa = await initializeTSA(keyPair(state.keys.tsa));
  const tsaChain = [state.certificates.tsa, state.certificates.tsaRoot].map((c) => Buffer.from(c, 'base64'));
  keepCertificates(tsa, tsaChain);
  return {
    // initializeCA makes a fresh self-signed root for the key each time; leaves only name issuer and key, so
    // the first one is served for ever.
    ca: {
      rootCertificate: Uint8Array.from(fulcio),
      issueCertificate: (options) => ca.issueCertificate(options),
    },
    tlog,
    tsa,
    oidc: keyPair(state.keys.oidc),
    public: {
      fulcio,
      rekor: tlog.publicKey,
      ctlog: ctlog.publicKey,
      tsa: tsaChain,
      since: new Date(state.since),
    },
  };
}

/** sha256 of a public key's DER: how transparency logs are named. */
export function logId(publicKey: Buffer): Buffer {
  return createHash('sha256').update(publicKey).digest();
}

interface CertificateClass {
  readonly constructor: { fromBER(der: Uint8Array): unknown };
}

/** A timestamp names the certificate by its hash, so the saved ones replace those that were just made. */
function keepCertificates(tsa: TSA, [leaf, root]: readonly Buffer[]): void {
  const fields = tsa as TSA & { intCert?: CertificateClass; rootCert?: CertificateClass };
  if (fields.intCert === undefined || fields.rootCert === undefined || !leaf || !root) return;
  const parse = (der: Buffer, like: CertificateClass) =>
    like.constructor.fromBER(Uint8Array.from(der)) as CertificateClass;
  fields.intCert = parse(leaf, fields.intCert);
  fields.rootCert = parse(root, fields.rootCert);
}

function newKey(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

function keyPair(pem: string): KeyPair {
  const privateKey = createPrivateKey(pem);
  return { privateKey, publicKey: createPublicKey(privateKey) };
}

function base64(bytes: ArrayBufferView): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}
