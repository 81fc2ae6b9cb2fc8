import { createPublicKey, verify } from 'node:crypto';
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { fulcioHandler, rekorHandler, tsaHandler } from '@sigstore/mock';
import { isToolkitError, ToolkitError } from '../errors.ts';
import { getPath, type JsonObject, parseJson } from '../internal/json.ts';
import { type Authorities, createState, type HandlerFn, openAuthorities, type TLog } from './authorities.ts';
import { checkIdentityToken, type IdentityTokenOptions, issueIdentityToken } from './identity-token.ts';
import { recordedEntry } from './rekor-entry.ts';
import { loadState } from './state.ts';
import { pemsOf, type SigstorePems, signingConfigOf, trustedRootOf, writeTrustFiles } from './trust-files.ts';

export interface SigstoreOptions {
  /** `HOST:PORT`; a loopback host, since whoever reaches it is believed. @default `127.0.0.1:0` (a free port) */
  readonly address?: string;
  /** Keeps the keys there, so that a restart keeps the trust root. @default in memory */
  readonly directory?: string;
}

/** A running loopback Sigstore: certificate authority with CT log, transparency log and timestamp authority. */
export interface Sigstore {
  /** Fulcio and Rekor v1 at once: `http://127.0.0.1:PORT`. */
  readonly url: string;
  readonly trustedRoot: JsonObject;
  readonly signingConfig: JsonObject;
  readonly pems: SigstorePems;
  /** A token for keyless signing; a secret. */
  identityToken(options?: IdentityTokenOptions): string;
  /** `signing_config.json trusted_root.json fulcio.pem rekor.pub ctfe.pub tsa.pem token` → their paths. */
  writeFiles(directory: string, token?: IdentityTokenOptions): Promise<Record<string, string>>;
  close(): Promise<void>;
}

const MAX_BODY_BYTES = 32 * 1024 * 1024; // 32 MiB: a dsse entry carries the whole envelope
const LOOPBACK = new Set(['127.0.0.1', 'localhost', '::1']);

/**
 * Starts Fulcio (with SCT), Rekor v1 (hashedrekord and dsse) and a timestamp authority on one loopback port.
 * Signatures made with it verify with cosign and sigstore-js against its own trusted root only.
 */
export async function startSigstore(options: SigstoreOptions = {}): Promise<Sigstore> {
  const { host, port } = parseAddress(options.address ?? '127.0.0.1:0');
  const now = new Date();
  const create = () => createState(now);
  let route: RequestListener = (_request, response) => response.writeHead(503).end();
  const server = createServer((request, response) => route(request, response));
  // First: on a port that is taken, no keys are to be left behind.
  await listen(server, host, port);
  let authorities: Awaited<ReturnType<typeof openAuthorities>>;
  try {
    const { directory } = options;
    authorities = await openAuthorities(
      directory === undefined ? await create() : await loadState(directory, create, now),
    );
  } catch (cause) {
    server.close();
    throw cause;
  }
  route = router(authorities);
  const { port: bound } = server.address() as AddressInfo;
  const url = `http://${host === '::1' ? '[::1]' : host}:${bound}`;
  const identityToken = (token?: IdentityTokenOptions) =>
    issueIdentityToken(authorities.oidc, new Date(), token);
  const files = {
    trustedRoot: trustedRootOf(authorities.public),
    signingConfig: signingConfigOf(url, authorities.public.since),
    pems: pemsOf(authorities.public),
  };
  return {
    url,
    ...files,
    identityToken,
    writeFiles: (directory, token) => writeTrustFiles(directory, { ...files, token: identityToken(token) }),
    close: () => close(server),
  };
}

function parseAddress(address: string): { host: string; port: number } {
  const match = /^(?:\[(?<six>[0-9a-f:]+)\]|(?<host>[^:]*)):(?<port>\d{1,5})$/.exec(address);
  const host = match?.groups?.six ?? match?.groups?.host ?? '';
  const port = Number(match?.groups?.port ?? Number.NaN);
  if (match === null || port > 65_535) {
    throw new ToolkitError('usage', `Cannot listen on "${address}": not an address`, {
      remedy: 'write HOST:PORT, such as 127.0.0.1:9555',
    });
  }
  if (!LOOPBACK.has(host === '' ? '127.0.0.1' : host)) {
    throw new ToolkitError('usage', `Cannot listen on "${address}": not a loopback address`, {
      remedy: 'it issues certificates to whoever has its token; keep it on 127.0.0.1',
    });
  }
  return { host: host === '' ? '127.0.0.1' : host, port };
}

function router(authorities: Authorities): (req: IncomingMessage, res: ServerResponse) => void {
  const { ca, tlog, tsa, oidc } = authorities;
  const recording: TLog = {
    publicKey: tlog.publicKey,
    log: (proposed) => tlog.log(recordedEntry(proposed)),
    logV2: (proposed) => tlog.logV2(proposed),
  };
  const fulcio = fulcioHandler(ca);
  const handlers = new Map<string, HandlerFn>();
  for (const { path, fn } of [rekorHandler(recording), tsaHandler(tsa)]) {
    handlers.set(path, fn);
  }
  handlers.set(fulcio.path, (body) => {
    checkCertificateRequest(oidc, body);
    return fulcio.fn(body);
  });
  const pems = pemsOf(authorities.public);
  const pages = new Map([
    ['/api/v1/log/publicKey', pems.rekor],
    ['/api/v1/rootCert', pems.fulcio],
    ['/healthz', 'ok\n'],
  ]);
  return (req, res) => {
    const path = (req.url ?? '').split('?', 1)[0] ?? '';
    const page = pages.get(path);
    const handler = handlers.get(path);
    if (req.method === 'GET' && page !== undefined) return answer(res, 200, page, 'text/plain');
    if (req.method !== 'POST' || handler === undefined) return answer(res, 404, 'not found\n', 'text/plain');
    readBody(req)
      .then(handler)
      .then((r) => answer(res, r.statusCode, r.response, r.contentType ?? 'text/plain'))
      .catch((error: unknown) => {
        const status = isToolkitError(error) ? (error.code === 'auth' ? 401 : 400) : 500;
        answer(res, status, isToolkitError(error) ? error.message : 'internal error', 'text/plain');
      });
  };
}

/** What the mock leaves out: the token is ours, and whoever asks holds the private key. */
function checkCertificateRequest(oidc: Authorities['oidc'], body: string): void {
  const request = parseJson(body, 'the certificate request');
  const token = getPath(request, ['credentials', 'oidcIdentityToken']);
  if (typeof token !== 'string')
    throw new ToolkitError('auth', 'Cannot issue a certificate: no identity token');
  const subject = checkIdentityToken(oidc, token, new Date());
  const key = getPath(request, ['publicKeyRequest', 'publicKey', 'content']);
  const proof = getPath(request, ['publicKeyRequest', 'proofOfPossession']);
  if (typeof key !== 'string') return; // a signing request (CSR) is signed in itself
  if (typeof proof !== 'string' || !provesPossession(key, subject, proof)) {
    throw new ToolkitError('invalid', 'Cannot issue a certificate: the proof of possession does not verify');
  }
}

function provesPossession(key: string, subject: string, proof: string): boolean {
  try {
    return verify('sha256', Buffer.from(subject), createPublicKey(key), Buffer.from(proof, 'base64'));
  } catch {
    return false; // the key or the signature is not one
  }
}

async function readBody(req: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of req as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) {
      throw new ToolkitError('limit', `Cannot read the request: more than ${MAX_BODY_BYTES} bytes`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function answer(res: ServerResponse, status: number, body: string | ArrayBufferView, type: string): void {
  if (res.headersSent) return;
  const bytes = typeof body === 'string' ? body : Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  res.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(bytes) }).end(bytes);
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) =>
      reject(new ToolkitError('network', `Cannot listen on "${host}:${port}": ${cause.message}`, { cause })),
    );
    server.listen(port, host, resolve);
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
