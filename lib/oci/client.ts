import { isToolkitError, ToolkitError } from '../errors.ts';
import { redactUrl } from '../internal/redact.ts';
import {
  type BackoffOptions,
  backoffMs,
  type Clock,
  RETRY_ATTEMPTS,
  retryAfterMs,
} from '../internal/retry.ts';
import { forbiddenHop } from './address.ts';
import { Authenticator } from './auth.ts';
import type { CredentialSource } from './credentials.ts';
import type { HttpRequest, HttpResponse, HttpTransport } from './http.ts';
import { registryError } from './registry-error.ts';

/** What one host's client needs; `RemoteClient` gives it. */
export interface RegistryClientOptions {
  /** As references name it: `ghcr.io`. */
  readonly registry: string;
  /** Where it answers: `https://ghcr.io`. */
  readonly baseUrl: URL;
  readonly credentials: CredentialSource;
  readonly transport: HttpTransport;
  readonly clock: Clock;
  readonly backoff: BackoffOptions;
}

export interface RegistryRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** A path below the registry, or a whole URL that the registry gave us. */
  readonly url: string | URL;
  readonly repository: string;
  readonly scopes: readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  readonly maxBytes?: number;
  /** Statuses that are answers to the caller; any other is an error. */
  readonly expect: readonly number[];
  /** After "Cannot", for errors: `push "ghcr.io/acme/bp-a:1.2.0"`. */
  readonly action: string;
  /** False where a repetition is the caller's work (a chunk of an upload). @default true */
  readonly retry?: boolean;
  /** False: a redirect to another origin is an answer, not followed. @default true */
  readonly crossOrigin?: boolean;
  readonly signal?: AbortSignal;
}

const RETRYABLE = [408, 429, 500, 502, 503, 504];
const REDIRECTS = [301, 302, 303, 307, 308];
const MAX_REDIRECTS = 5;
const MAX_ANSWER_BYTES = 4 * 1024 * 1024; // 4 MiB

/** Requests to one registry: authorization, redirects, retries, and errors that say what was tried. */
export class RegistryClient {
  readonly registry: string;
  readonly #options: RegistryClientOptions;
  readonly #auth: Authenticator;

  constructor(options: RegistryClientOptions) {
    this.registry = options.registry;
    this.#options = options;
    this.#auth = new Authenticator({
      registry: options.baseUrl,
      registryName: options.registry,
      credentials: options.credentials,
      clock: options.clock,
      send: (request) => this.retrying(() => options.transport.send(request), request.signal),
    });
  }

  /** @throws ToolkitError for every status that is not expected, and when the registry cannot be reached */
  async request(request: RegistryRequest): Promise<HttpResponse> {
    const once = (): Promise<HttpResponse> => this.#authorized(request);
    let response: HttpResponse;
    try {
      response =
        request.retry === false ? await once() : await this.retrying(once, request.signal, request.expect);
    } catch (error) {
      throw inContext(error, request.action);
    }
    if (request.expect.includes(response.status)) return response;
    throw registryError(response, { action: request.action, registry: this.registry });
  }

  /** Resolves what a `Location` or `Link` says against the answer it came with. @throws ToolkitError `registry` */
  follow(location: string | undefined, response: HttpResponse, action: string): URL {
    const url = location === undefined ? null : URL.parse(location, response.url.href);
    const why = url === null ? 'it names no address to go on with' : forbiddenHop(url, this.#options.baseUrl);
    if (url !== null && why === undefined) return url;
    const shown = url === null ? '' : ` to "${redactUrl(url)}"`;
    throw new ToolkitError(
      'registry',
      `Cannot ${action}: registry "${this.registry}" sent us on${shown}: ${why}`,
      {
        remedy: 'the registry must know its own address: set relative URLs or X-Forwarded-Proto at its proxy',
      },
    );
  }

  isOwn(url: URL): boolean {
    return url.origin === this.#options.baseUrl.origin;
  }

  /** Repeats on statuses and failures that pass, with growing, jittered pauses; Retry-After is honoured up to a cap. */
  async retrying(
    task: () => Promise<HttpResponse>,
    signal?: AbortSignal,
    expect: readonly number[] = [],
  ): Promise<HttpResponse> {
    const { clock, backoff } = this.#options;
    const attempts = backoff.attempts ?? RETRY_ATTEMPTS;
    for (let attempt = 1; ; attempt++) {
      signal?.throwIfAborted();
      let pause: number | undefined;
      try {
        const response = await task();
        if (attempt >= attempts || expect.includes(response.status) || !RETRYABLE.includes(response.status))
          return response;
        pause = retryAfterMs(response.headers['retry-after'], clock.now());
      } catch (error) {
        if (attempt >= attempts || !isToolkitError(error) || error.code !== 'network') throw error;
      }
      await clock.sleep(backoffMs(attempt, backoff, pause), signal);
    }
  }

  async #authorized(request: RegistryRequest): Promise<HttpResponse> {
    const url = typeof request.url === 'string' ? new URL(request.url, this.#options.baseUrl) : request.url;
    if (!this.isOwn(url)) return this.#redirected(request, url, undefined);
    const auth = {
      repository: request.repository,
      scopes: request.scopes,
      ...(request.signal === undefined ? {} : { signal: request.signal }),
    };
    let header = await this.#auth.header(auth);
    let response = await this.#redirected(request, url, header);
    // Twice: a cached token that expired, then a scope that the second challenge adds.
    for (let i = 0; i < 2 && response.status === 401 && this.isOwn(response.url); i++) {
      const next = await this.#auth.challenged(response, auth, header);
      if (next === undefined) return response;
      header = next;
      response = await this.#redirected(request, url, header);
    }
    return response;
  }

  async #redirected(
    request: RegistryRequest,
    start: URL,
    authorization: string | undefined,
  ): Promise<HttpResponse> {
    let url = start;
    for (let hop = 0; ; hop++) {
      const response = await this.#options.transport.send(this.#wire(request, url, authorization));
      const readOnly = request.method === 'GET' || request.method === 'HEAD';
      if (!readOnly || !REDIRECTS.includes(response.status)) return response;
      const next = URL.parse(response.headers.location ?? '', url.href);
      if (request.crossOrigin === false && (next === null || next.origin !== start.origin)) return response;
      if (hop >= MAX_REDIRECTS) {
        throw new ToolkitError(
          'registry',
          `Cannot ${request.action}: registry "${this.registry}" redirected more than ${MAX_REDIRECTS} times`,
        );
      }
      url = this.follow(response.headers.location, response, request.action);
    }
  }

  #wire(request: RegistryRequest, url: URL, authorization: string | undefined): HttpRequest {
    const own = this.isOwn(url); // the one rule that keeps tokens from other hosts
    return {
      method: request.method,
      url,
      headers: {
        ...request.headers,
        ...(own && authorization !== undefined ? { Authorization: authorization } : {}),
      },
      maxBytes: request.maxBytes ?? MAX_ANSWER_BYTES,
      ...(request.body === undefined ? {} : { body: request.body }),
      ...(request.signal === undefined ? {} : { signal: request.signal }),
    };
  }
}

/** Failures below HTTP say which host; the caller's action is added here, once. */
function inContext(error: unknown, action: string): unknown {
  if (!isToolkitError(error) || error.message.startsWith(`Cannot ${action}:`)) return error;
  const inner = error.message.replace(/^C/, 'c');
  return new ToolkitError(error.code, `Cannot ${action}: ${inner}`, {
    ...(error.cause === undefined ? {} : { cause: error.cause }),
    ...(error.remedy === undefined ? {} : { remedy: error.remedy }),
  });
}
