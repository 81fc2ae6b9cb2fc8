import {
  Agent as HttpAgent,
  request as httpRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
} from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { getCACertificates } from 'node:tls';
import { ToolkitError } from '../errors.ts';
import { redactUrl } from '../internal/redact.ts';

export interface HttpRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** The response's body may have no more bytes than this. */
  readonly maxBytes: number;
  readonly signal?: AbortSignal;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Uint8Array;
  readonly url: URL;
}

/** One request, one answer: no redirects, no retries, no credentials of its own. */
export interface HttpTransport {
  /** @throws ToolkitError `network` (worth a retry) or `limit` (body beyond `maxBytes`) */
  send(request: HttpRequest): Promise<HttpResponse>;
  /** Ends the kept-alive connections. */
  close(): void;
}

export interface HttpTransportOptions {
  /** Silence on a connection before it is given up. @default 30 000 */
  readonly idleTimeoutMs?: number;
  /** Whole request with its answer, so that a slow drip ends too. @default 900 000 */
  readonly totalTimeoutMs?: number;
  /** PEM certificates to trust beside the system's. */
  readonly ca?: string | readonly string[];
  /** HTTPS_PROXY, HTTP_PROXY and NO_PROXY of the caller's environment. */
  readonly proxyEnv?: Readonly<Record<string, string | undefined>>;
  /** @default 32 */
  readonly maxSockets?: number;
}

const IDLE_TIMEOUT_MS = 30_000;
const TOTAL_TIMEOUT_MS = 900_000;
const ERROR_BODY_BYTES = 64 * 1024; // of an error answer, more is cut off

/** HTTP on Node's own client, with connections kept alive. */
export function createHttpTransport(options: HttpTransportOptions = {}): HttpTransport {
  const shared = {
    keepAlive: true,
    maxSockets: options.maxSockets ?? 32,
    ...(options.proxyEnv === undefined ? {} : { proxyEnv: { ...options.proxyEnv } }),
  };
  const http = new HttpAgent(shared);
  const https = new HttpsAgent({
    ...shared,
    ...(options.ca === undefined ? {} : { ca: [...getCACertificates('default'), ...[options.ca].flat()] }),
  });
  return {
    send: (request) => send(request, request.url.protocol === 'https:' ? https : http, options),
    close: () => {
      http.destroy();
      https.destroy();
    },
  };
}

function send(request: HttpRequest, agent: HttpAgent, options: HttpTransportOptions): Promise<HttpResponse> {
  const { promise, resolve, reject } = Promise.withResolvers<HttpResponse>();
  const total = AbortSignal.timeout(options.totalTimeoutMs ?? TOTAL_TIMEOUT_MS);
  const signal = request.signal === undefined ? total : AbortSignal.any([request.signal, total]);
  const outgoing = (request.url.protocol === 'https:' ? httpsRequest : httpRequest)(request.url, {
    agent,
    method: request.method,
    headers: {
      'User-Agent': 'openova-blueprints',
      'Accept-Encoding': 'identity', // digests are of the bytes as they are
      ...(request.body === undefined && !/^(?:POST|PUT|PATCH)$/.test(request.method)
        ? {}
        : { 'Content-Length': String(request.body?.length ?? 0) }),
      ...request.headers,
    },
    timeout: options.idleTimeoutMs ?? IDLE_TIMEOUT_MS,
    signal,
  });
  const fail = (cause: unknown): void => {
    if (request.signal?.aborted === true) reject(request.signal.reason);
    else reject(cause instanceof ToolkitError ? cause : unreachable(request.url, cause));
  };
  outgoing.on('timeout', () => outgoing.destroy(unreachable(request.url, undefined, 'it went silent')));
  outgoing.on('error', fail);
  outgoing.on('response', (incoming) => {
    readBody(incoming, request).then((body) => {
      resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body, url: request.url });
      // An answer before the whole upload was read: the connection is of no more use.
      if (!outgoing.writableFinished) outgoing.destroy();
    }, fail);
  });
  outgoing.end(request.body);
  return promise;
}

async function readBody(incoming: IncomingMessage, request: HttpRequest): Promise<Uint8Array> {
  const isError = (incoming.statusCode ?? 0) >= 300;
  const limit = isError ? ERROR_BODY_BYTES : request.maxBytes;
  const announced = Number(incoming.headers['content-length'] ?? 0);
  if (!isError && request.method !== 'HEAD' && announced > limit) {
    incoming.destroy();
    throw tooLarge(request.url, limit);
  }
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limit) {
      incoming.destroy();
      if (isError) break;
      throw tooLarge(request.url, limit);
    }
    chunks.push(chunk);
  }
  const body = Buffer.concat(chunks);
  return new Uint8Array(body.buffer, body.byteOffset, body.length);
}

function tooLarge(url: URL, limit: number): ToolkitError {
  return new ToolkitError(
    'limit',
    `Cannot read "${redactUrl(url)}": its answer has more than ${limit} bytes`,
  );
}

function unreachable(url: URL, cause: unknown, state?: string): ToolkitError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : undefined;
  const reasons: Readonly<Record<string, string>> = {
    ECONNREFUSED: 'connection refused',
    ECONNRESET: 'connection reset',
    ENOTFOUND: 'host not found',
    EAI_AGAIN: 'host cannot be looked up',
    ETIMEDOUT: 'connection timed out',
    EPROTO: 'TLS failed',
  };
  const why = state ?? (code === undefined ? 'no answer' : (reasons[code] ?? code));
  const tls = code !== undefined && /CERT|SELF_SIGNED|UNABLE_TO|EPROTO|ERR_TLS|ERR_SSL/.test(code);
  return new ToolkitError('network', `Cannot reach "${url.protocol}//${url.host}": ${why}`, {
    remedy: tls
      ? 'check the certificate and give its authority, or ask for plain HTTP by name if the registry has no TLS'
      : 'check the host name, the network and the proxy',
    ...(cause === undefined ? {} : { cause }),
  });
}
