import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ToolkitError } from '../../errors.ts';

const REQUEST_TIMEOUT_MS = 10_000;
const MAX_CONNECTIONS = 100;

export interface HttpPages {
  readonly metrics: () => string;
  readonly ready: () => boolean;
}

/** `/metrics`, `/healthz` and `/readyz` in the clear: for Prometheus and the kubelet's probes. */
export class MetricsServer {
  private readonly server: Server;

  constructor(pages: HttpPages) {
    this.server = createServer(
      { requestTimeout: REQUEST_TIMEOUT_MS, headersTimeout: REQUEST_TIMEOUT_MS },
      (req, res) => answer(pages, req, res),
    );
    this.server.maxConnections = MAX_CONNECTIONS;
    this.server.unref();
  }

  /** Resolves with the port. */
  listen(address: string): Promise<number> {
    const { host, port } = splitAddress(address);
    return new Promise((resolve, reject) => {
      this.server.once('error', (cause) => {
        reject(
          new ToolkitError('network', `Cannot listen on "${address}" for metrics: ${cause.message}`, {
            cause,
          }),
        );
      });
      this.server.listen({ port, ...(host === '' ? {} : { host }) }, () => {
        resolve((this.server.address() as AddressInfo).port);
      });
    });
  }

  close(): Promise<void> {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(() => resolve()));
  }
}

/** `host:port`, `[v6]:port` or `:port`. */
export function splitAddress(address: string): { host: string; port: number } {
  const match = /^(?:\[([^\]]+)\]|([^:]*)):(\d{1,5})$/.exec(address);
  const port = Number(match?.[3]);
  if (match === null || port > 65_535) {
    throw new ToolkitError('usage', `Cannot use address "${address}": it is not HOST:PORT`, {
      remedy: 'write for instance ":8080" or "127.0.0.1:8080"',
    });
  }
  return { host: match[1] ?? match[2] ?? '', port };
}

type Page = readonly [code: number, type: string, body: string];

function answer(pages: HttpPages, request: IncomingMessage, response: ServerResponse): void {
  const [code, type, body] = pageOrFailure(pages, request);
  response.writeHead(code, { 'content-type': type, 'content-length': Buffer.byteLength(body) });
  response.end(request.method === 'HEAD' ? undefined : body);
}

/** An answer in any case: a request that nobody answers looks like a host that hangs. */
function pageOrFailure(pages: HttpPages, request: IncomingMessage): Page {
  try {
    return pageFor(pages, request);
  } catch {
    return [500, 'text/plain', 'this page cannot be made now\n'];
  }
}

function pageFor(pages: HttpPages, request: IncomingMessage): Page {
  if (request.method !== 'GET' && request.method !== 'HEAD')
    return [405, 'text/plain', 'method not allowed\n'];
  switch (request.url?.split('?', 1)[0]) {
    case '/metrics':
      return [200, 'text/plain; version=0.0.4; charset=utf-8', pages.metrics()];
    case '/healthz':
      return [200, 'text/plain', 'ok\n'];
    case '/readyz':
      return pages.ready() ? [200, 'text/plain', 'ok\n'] : [503, 'text/plain', 'not ready\n'];
    default:
      return [404, 'text/plain', 'not found\n'];
  }
}
