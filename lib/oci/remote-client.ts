import { KeyedLock } from '../internal/lock.ts';
import { type BackoffOptions, type Clock, systemClock } from '../internal/retry.ts';
import { isLoopback } from './address.ts';
import { RegistryClient } from './client.ts';
import { anonymous, type CredentialSource } from './credentials.ts';
import { createHttpTransport, type HttpTransport, type HttpTransportOptions } from './http.ts';
import { formatReference, parseReference, type Reference } from './reference.ts';
import { RemoteTarget } from './remote.ts';
import { BoundedMap, type RemoteContext } from './remote-context.ts';
import { CHUNK_BYTES, CHUNK_THRESHOLD_BYTES } from './upload.ts';

export interface RemoteOptions {
  /** @default anonymous */
  readonly credentials?: CredentialSource;
  /** Plain HTTP: for all registries (true), for none (false), or for those named and loopback. @default loopback hosts */
  readonly plainHttp?: boolean | readonly string[];
  /** Certificates, proxy, timeouts; ignored when `transport` is given. */
  readonly http?: HttpTransportOptions;
  readonly transport?: HttpTransport;
  readonly retry?: BackoffOptions;
  readonly clock?: Clock;
  /** Largest blob that is read, in bytes; it is held in memory. @default 1 GiB */
  readonly maxBlobBytes?: number;
  /** Blobs larger than this are sent in chunks. @default 64 MiB */
  readonly chunkThreshold?: number;
  /** @default 16 MiB */
  readonly chunkBytes?: number;
}

const MAX_BLOB_BYTES = 1024 * 1024 * 1024; // 1 GiB
const MAX_KEPT_MANIFESTS = 256;

/**
 * Registries and what their repositories share: connections, tokens, what is pushed already.
 * Make one per run, and close it.
 *
 * @example
 * const client = new RemoteClient({ credentials: credentialsFromDockerConfig({ env, homeDir }) });
 * const target = client.target('ghcr.io/acme/bp-a');
 * await copy(new LayoutTarget('dist/bp-a'), '1.2.0', target);
 * client.close();
 */
export class RemoteClient {
  readonly #options: RemoteOptions;
  readonly #transport: HttpTransport;
  readonly #clients = new Map<string, RegistryClient>();
  readonly #context: RemoteContext;

  constructor(options: RemoteOptions = {}) {
    this.#options = options;
    this.#transport = options.transport ?? createHttpTransport(options.http);
    this.#context = {
      maxBlobBytes: options.maxBlobBytes ?? MAX_BLOB_BYTES,
      chunkThreshold: options.chunkThreshold ?? CHUNK_THRESHOLD_BYTES,
      chunkBytes: options.chunkBytes ?? CHUNK_BYTES,
      clock: options.clock ?? systemClock,
      backoff: options.retry ?? {},
      locks: new KeyedLock(),
      manifests: new BoundedMap(MAX_KEPT_MANIFESTS),
      pushed: new Set(),
    };
  }

  /** The repository that a reference names; its tag and digest are not looked at. @throws ToolkitError `usage` */
  target(reference: string | Reference): RemoteTarget {
    const { registry, repository } = parseReference(
      typeof reference === 'string' ? reference : formatReference(reference),
    );
    const client = this.#clients.get(registry) ?? this.#connect(registry);
    this.#clients.set(registry, client);
    return new RemoteTarget(client, repository, this.#context);
  }

  /** Ends the connections. */
  close(): void {
    this.#transport.close();
  }

  #connect(registry: string): RegistryClient {
    const { plainHttp } = this.#options;
    const plain =
      typeof plainHttp === 'boolean'
        ? plainHttp
        : isLoopback(registry) || (plainHttp?.includes(registry) ?? false);
    const scheme = plain ? 'http' : 'https';
    const host = registry === 'docker.io' ? 'registry-1.docker.io' : registry;
    return new RegistryClient({
      registry,
      baseUrl: new URL(`${scheme}://${host}`),
      credentials: this.#options.credentials ?? anonymous,
      transport: this.#transport,
      clock: this.#context.clock,
      backoff: this.#context.backoff,
    });
  }
}
