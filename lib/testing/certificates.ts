import {
  createHash,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
  X509Certificate,
} from 'node:crypto';
import { isIP } from 'node:net';
import { ToolkitError } from '../errors.ts';
import { bits, boolean, der, integer, octets, oid, sequence, set, time, utf8 } from './der.ts';

const HOUR_MS: number = 60 * 60 * 1000;
const DAY_MS: number = 24 * HOUR_MS;

export type CertificateUsage = 'server' | 'client';

export interface IssueOptions {
  /** DNS names and IP addresses; the first one is also the common name. */
  readonly sans: readonly string[];
  /** What the certificate may be used for. @default both */
  readonly usage?: CertificateUsage;
  /** @default 365 */
  readonly days?: number;
  /** Begin of validity. @default an hour ago, for clocks that differ */
  readonly notBefore?: Date;
}

/** A certificate and its key, as PEM. */
export interface IssuedCertificate {
  readonly certificate: string;
  readonly privateKey: string;
}

export interface CertificateAuthority {
  /** The CA's own certificate, as PEM: what peers trust. */
  readonly certificate: string;
  readonly privateKey: string;
  issue(options: IssueOptions): IssuedCertificate;
}

export interface CertificateAuthorityOptions {
  /** @default "Blueprints CA" */
  readonly commonName?: string;
  /** `rsa` is what Crossplane itself issues, `ec` (P-256) is made in a millisecond. @default ec */
  readonly algorithm?: 'ec' | 'rsa';
  /** @default 365 */
  readonly days?: number;
}

/**
 * A certificate authority that lives in memory, for mutual TLS on one machine: tests, `npm start`, a local host.
 * @example
 * const ca = createCertificateAuthority();
 * const server = ca.issue({ sans: ['localhost', '127.0.0.1'], usage: 'server' });
 */
export function createCertificateAuthority(options: CertificateAuthorityOptions = {}): CertificateAuthority {
  const algorithm = options.algorithm ?? 'ec';
  const keys = newKeys(algorithm);
  const name = distinguishedName(options.commonName ?? 'Blueprints CA');
  const notBefore = new Date(Date.now() - HOUR_MS);
  const certificate = writeCertificate({
    issuer: name,
    subject: name,
    publicKey: keys.publicKey,
    signer: keys.privateKey,
    notBefore,
    days: options.days ?? 365,
    extensions: caExtensions(keys.publicKey),
  });
  return {
    certificate,
    privateKey: pem(keys.privateKey),
    issue: (request) => issue(request, algorithm, name, keys),
  };
}

interface Keys {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

function newKeys(algorithm: 'ec' | 'rsa'): Keys {
  return algorithm === 'ec'
    ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
    : generateKeyPairSync('rsa', { modulusLength: 2048 });
}

function issue(options: IssueOptions, algorithm: 'ec' | 'rsa', issuer: Buffer, ca: Keys): IssuedCertificate {
  const [first] = options.sans;
  if (first === undefined) {
    throw new ToolkitError(
      'usage',
      'Cannot issue a certificate: it needs at least one DNS name or IP address',
    );
  }
  const keys = newKeys(algorithm);
  const certificate = writeCertificate({
    issuer,
    subject: distinguishedName(first.slice(0, 64)), // ub-common-name of RFC 5280
    publicKey: keys.publicKey,
    signer: ca.privateKey,
    notBefore: options.notBefore ?? new Date(Date.now() - HOUR_MS),
    days: options.days ?? 365,
    extensions: leafExtensions(options, keys.publicKey, ca.publicKey),
  });
  return { certificate, privateKey: pem(keys.privateKey) };
}

interface CertificateFields {
  readonly issuer: Buffer;
  readonly subject: Buffer;
  readonly publicKey: KeyObject;
  readonly signer: KeyObject;
  readonly notBefore: Date;
  readonly days: number;
  readonly extensions: readonly Buffer[];
}

/** RFC 5280 §4.1, signed. */
function writeCertificate(fields: CertificateFields): string {
  const algorithm = signatureAlgorithm(fields.signer);
  const serial = randomBytes(16);
  serial[0] = ((serial[0] as number) & 0x7f) | 0x40; // positive, and of fixed length
  const tbs = sequence(
    der(0xa0, integer(Buffer.from([2]))), // v3
    integer(serial),
    algorithm,
    fields.issuer,
    sequence(time(fields.notBefore), time(new Date(fields.notBefore.getTime() + fields.days * DAY_MS))),
    fields.subject,
    fields.publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(...fields.extensions)),
  );
  const certificate = sequence(tbs, algorithm, bits(sign('sha256', tbs, fields.signer)));
  return new X509Certificate(certificate).toString();
}

function signatureAlgorithm(signer: KeyObject): Buffer {
  return signer.asymmetricKeyType === 'ec'
    ? sequence(oid('1.2.840.10045.4.3.2')) // ecdsa-with-SHA256
    : sequence(oid('1.2.840.113549.1.1.11'), der(0x05)); // sha256WithRSAEncryption
}

function distinguishedName(commonName: string): Buffer {
  return sequence(set(sequence(oid('2.5.4.3'), utf8(commonName))));
}

function caExtensions(key: KeyObject): readonly Buffer[] {
  return [
    extension('2.5.29.19', sequence(boolean(true)), true), // basicConstraints: CA
    extension('2.5.29.15', bits(Buffer.from([0x06]), 1), true), // keyUsage: keyCertSign, cRLSign
    extension('2.5.29.14', octets(keyIdentifier(key))),
  ];
}

function leafExtensions(options: IssueOptions, key: KeyObject, caKey: KeyObject): readonly Buffer[] {
  const usages = { server: '1.3.6.1.5.5.7.3.1', client: '1.3.6.1.5.5.7.3.2' };
  const wanted = options.usage === undefined ? Object.values(usages) : [usages[options.usage]];
  return [
    extension('2.5.29.19', sequence(), true), // basicConstraints: not a CA
    extension('2.5.29.15', bits(Buffer.from([0xa0]), 5), true), // keyUsage: digitalSignature, keyEncipherment
    extension('2.5.29.37', sequence(...wanted.map(oid))),
    extension('2.5.29.17', sequence(...options.sans.map(generalName))),
    extension('2.5.29.14', octets(keyIdentifier(key))),
    extension('2.5.29.35', sequence(der(0x80, keyIdentifier(caKey)))),
  ];
}

function extension(id: string, value: Buffer, critical = false): Buffer {
  return critical ? sequence(oid(id), boolean(true), octets(value)) : sequence(oid(id), octets(value));
}

/** dNSName or iPAddress. */
function generalName(name: string): Buffer {
  return isIP(name) === 0 ? der(0x82, Buffer.from(name, 'latin1')) : der(0x87, ipBytes(name));
}

function ipBytes(address: string): Buffer {
  if (isIP(address) === 4) return Buffer.from(address.split('.').map(Number));
  const [head = '', tail] = address.split('::');
  const groups = (text: string): number[] =>
    text === '' ? [] : text.split(':').map((g) => Number.parseInt(g, 16));
  const front = groups(head);
  const back = groups(tail ?? '');
  const all = [...front, ...new Array<number>(8 - front.length - back.length).fill(0), ...back];
  return Buffer.from(all.flatMap((g) => [g >> 8, g & 0xff]));
}

/** RFC 5280 §4.2.1.2 method 1, over the key's own bits. */
function keyIdentifier(key: KeyObject): Buffer {
  return createHash('sha1')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest();
}

function pem(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}
