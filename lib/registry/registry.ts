import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ToolkitError } from '../errors.ts';
import { KeyedLock } from '../internal/lock.ts';
import { AccessControl, type RegistryAccess } from './access.ts';
import { answer, Refusal, refuse } from './answer.ts';
import { BlobRoutes } from './blobs.ts';
import { DiskStore } from './disk-store.ts';
import { ManifestRoutes } from './manifests.ts';
import { MemoryStore } from './memory-store.ts';
import { RepositoryStore } from './repository-store.ts';
import { parseRoute, type Route } from './routes.ts';

/** Looks at a request before the registry does. Resolves true if it answered (or broke the connection) itself. */
export type RegistryHook = (request: IncomingMessage, response: ServerResponse) => Promise<boolean> | boolean;

export interface RegistryOptions {
  /** `HOST:PORT`; port 0 takes a free one. @default '127.0.0.1:0' */
  readonly address?: string;
  /** Directory that keeps everything; absent: in memory, gone at the end. */
  readonly storage?: string;
  /** @default anyone may read and write */
  readonly access?: RegistryAccess;
  /** False: act like a registry before OCI 1.1, such as docker-registry 2.8. @default true */
  readonly referrersApi?: boolean;
  /** Refuse another manifest under an existing tag, as Harbor and ECR can. @default false */
  readonly immutableTags?: boolean;
  /** Refuse deletion. @default false */
  readonly readOnly?: boolean;
  /** Entries of a page of tags or referrers. @default 1000 */
  readonly pageSize?: number;
  /** Largest blob, in bytes. @default 4 GiB */
  readonly maxBlobBytes?: number;
  /** Faults, latency and counting, in tests. */
  readonly hook?: RegistryHook;
  /** Milliseconds since 1970. @default Date.now */
  readonly now?: () => number;
}

/** A registry that runs. */
export interface RunningRegistry {
  /** `127.0.0.1:41234`, as references name it. */
  readonly address: string;
  readonly url: string;
  /** Stops listening, ends what is open, resolves when all is written. */
  close(): Promise<void>;
}

const MAX_BLOB_BYTES = 4 * 1024 * 1024 * 1024; // 4 GiB
const MAX_UPLOADS = 1000;
const PAGE_SIZE = 1000;
const CLOSE_GRACE_MS = 2000;

/**
 * Starts an OCI distribution 1.1 registry in this process: blobs, chunked uploads, mounts, manifests, tags, referrers,
 * ranges, deletion. Plain HTTP: put a proxy with TLS before it when others shall reach it.
 * @throws ToolkitError `usage` for an address that cannot be used, `invalid` for a directory that cannot be written
 */
export async function startRegistry(options: RegistryOptions = {}): Promise<RunningRegistry> {
  const files = options.storage === undefined ? new MemoryStore() : await DiskStore.open(options.storage);
  const store = new RepositoryStore(files);
  await store.clearLeftovers();
  const handler = new Handler(store, options);
  const server = createServer({ requestTimeout: 0, headersTimeout: 20_000 }, (request, response) => {
    void handler.handle(request, response);
  });
  server.timeout = 120_000; // silence, not duration: large blobs take their time
  const address = await listen(server, options.address ?? '127.0.0.1:0');
  return { address, url: `http://${address}`, close: () => close(server) };
}

class Handler {
  readonly #options: RegistryOptions;
  readonly #access: AccessControl | undefined;
  readonly #blobs: BlobRoutes;
  readonly #manifests: ManifestRoutes;

  constructor(store: RepositoryStore, options: RegistryOptions) {
    const locks = new KeyedLock();
    this.#options = options;
    this.#access =
      options.access === undefined ? undefined : new AccessControl(options.access, options.now ?? Date.now);
    this.#blobs = new BlobRoutes(store, locks, {
      maxBlobBytes: options.maxBlobBytes ?? MAX_BLOB_BYTES,
      maxUploads: MAX_UPLOADS,
    });
    this.#manifests = new ManifestRoutes(store, locks, {
      referrersApi: options.referrersApi ?? true,
      immutableTags: options.immutableTags ?? false,
      pageSize: options.pageSize ?? PAGE_SIZE,
    });
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      if ((await this.#options.hook?.(request, response)) === true) return;
      await this.#dispatch(request, response);
    } catch (error) {
      if (response.headersSent || response.destroyed) response.destroy();
      else refuse(response, error instanceof Refusal ? error : new Refusal(500, 'UNKNOWN', 'internal error'));
    }
  }

  async #dispatch(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const target = request.url ?? '/';
    if (this.#access !== undefined && /^\/token(?:\?|$)/.test(target))
      return this.#access.token(request, response);
    const { route, query } = parseRoute(target);
    this.#access?.check(request, route);
    if (request.method === 'DELETE' && this.#options.readOnly === true && route.kind !== 'upload')
      throw new Refusal(405, 'UNSUPPORTED', 'deletion is disabled');
    const task = this.#task(request, response, route, query);
    if (task === undefined) throw new Refusal(405, 'UNSUPPORTED', 'the method does not fit the address');
    await task();
  }

  #task(
    request: IncomingMessage,
    response: ServerResponse,
    route: Route,
    query: URLSearchParams,
  ): (() => Promise<void>) | undefined {
    const method = request.method === 'HEAD' ? 'GET' : (request.method ?? '');
    const blobs = this.#blobs;
    const manifests = this.#manifests;
    switch (`${method} ${route.kind}`) {
      case 'GET base':
        return async () =>
          answer(
            response,
            200,
            { 'Content-Type': 'application/json', 'Docker-Distribution-API-Version': 'registry/2.0' },
            '{}',
          );
      case 'GET catalog':
        return () => manifests.catalog(response, query);
    }
    if (route.kind === 'base' || route.kind === 'catalog') return undefined;
    const { repository } = route;
    switch (route.kind) {
      case 'tags':
        return pick(method, { GET: () => manifests.tags(response, repository, query) });
      case 'referrers':
        return pick(method, { GET: () => manifests.referrers(response, repository, route.digest, query) });
      case 'manifest':
        return pick(method, {
          GET: () => manifests.read(request, response, repository, route.reference),
          PUT: () => manifests.write(request, response, repository, route.reference),
          DELETE: () => manifests.remove(response, repository, route.reference),
        });
      case 'blob':
        return pick(method, {
          GET: () => blobs.read(request, response, repository, route.digest),
          DELETE: () => blobs.remove(response, repository, route.digest),
        });
      case 'uploads':
        return pick(method, { POST: () => blobs.begin(request, response, repository, query) });
      case 'upload':
        return pick(method, {
          GET: () => blobs.status(response, repository, route.id),
          PATCH: () => blobs.append(request, response, repository, route.id),
          PUT: () => blobs.finish(request, response, repository, route.id, query),
          DELETE: () => blobs.cancel(response, repository, route.id),
        });
    }
  }
}

type Methods = Readonly<Partial<Record<'GET' | 'PUT' | 'POST' | 'PATCH' | 'DELETE', () => Promise<void>>>>;

function pick(method: string, methods: Methods): (() => Promise<void>) | undefined {
  return Object.hasOwn(methods, method) ? methods[method as keyof Methods] : undefined;
}

async function listen(server: Server, address: string): Promise<string> {
  const found = /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9.-]*)):([0-9]{1,5})$/.exec(address);
  const port = Number(found?.[3] ?? Number.NaN);
  if (found === null || port > 65_535) {
    throw new ToolkitError('usage', `Cannot listen on "${address}": it is not HOST:PORT`, {
      remedy: 'write it as 127.0.0.1:5000, or with port 0 for a free one',
    });
  }
  const host = found[1] ?? (found[2] || '0.0.0.0');
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => {
      const code = 'code' in cause ? String(cause.code) : 'it failed';
      reject(
        new ToolkitError('usage', `Cannot listen on "${address}": ${code}`, {
          cause,
          remedy: 'choose another address or port',
        }),
      );
    });
    server.listen(port, host, resolve);
  });
  const bound = server.address() as AddressInfo;
  return bound.family === 'IPv6' ? `[${bound.address}]:${bound.port}` : `${bound.address}:${bound.port}`;
}

async function close(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const force = setTimeout(() => server.closeAllConnections(), CLOSE_GRACE_MS);
  await closed;
  clearTimeout(force);
}
