import { Agent, request as httpsRequest } from 'node:https';
import { ToolkitError, type ToolkitErrorCode } from '../../errors.ts';
import { isObject, type JsonObject } from '../../internal/json.ts';
import { Discovery } from './discovery.ts';
import { type Look, type WaitOptions, waitFor } from './wait.ts';

/** Names one object. */
export interface ObjectRef {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  /** @default the default namespace, for a kind that has one */
  readonly namespace?: string;
}

export interface ListOptions {
  /** @default all */
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
}

export interface ApplyOptions {
  /** Field manager. @default blueprints */
  readonly manager?: string;
  readonly subresource?: string;
  /** Validate and answer, but store nothing. */
  readonly dryRun?: boolean;
}

export interface DeleteOptions {
  /** @default Background */
  readonly propagation?: 'Background' | 'Foreground' | 'Orphan';
}

export interface PatchOptions {
  readonly subresource?: string;
}

export interface ApiClientOptions {
  /** `https://127.0.0.1:6443` */
  readonly url: string;
  readonly token: string;
  /** The CA of the apiserver, as PEM. */
  readonly ca: string;
}

/** A small Kubernetes client. Objects are plain JSON; kinds are looked up by discovery. */
export interface ApiClient {
  /** Server-side apply, taking fields over from others. */
  apply(object: JsonObject, options?: ApplyOptions): Promise<JsonObject>;
  create(object: JsonObject): Promise<JsonObject>;
  /** The object, or undefined where there is none (or its kind is not served). */
  get(ref: ObjectRef): Promise<JsonObject | undefined>;
  list(apiVersion: string, kind: string, options?: ListOptions): Promise<readonly JsonObject[]>;
  /** JSON merge patch (RFC 7386). */
  patch(ref: ObjectRef, patch: JsonObject, options?: PatchOptions): Promise<JsonObject>;
  /** True if there was something to delete. It may go later: finalizers, foreground propagation. */
  delete(ref: ObjectRef, options?: DeleteOptions): Promise<boolean>;
  /** Reads an object again and again until `done` says true. @throws ToolkitError `limit` with what `state` says of the last one seen */
  wait(
    ref: ObjectRef,
    done: (object: JsonObject) => boolean,
    options?: WaitOptions & { readonly what?: string },
  ): Promise<JsonObject>;
  /** Until it is there no more; for 240 s if `timeoutMs` is not given. */
  waitGone(ref: ObjectRef, options?: WaitOptions): Promise<void>;
  /** Any other request; the answer as text. */
  raw(method: string, path: string, body?: JsonObject, contentType?: string): Promise<string>;
  close(): void;
}

const REQUEST_TIMEOUT_MS = 30_000;
// Less than a second as a rule. But kube-controller-manager collects nothing of a kind that it has not seen yet, and may
// look for new kinds a minute apart; once core was done and it took two minutes.
const GONE_TIMEOUT_MS = 240_000;
const MAX_ANSWER_BYTES = 256 * 1024 * 1024; // a list of everything in a big test
const MAX_MESSAGE = 2000;

/** Connects with a bearer token. Nothing is sent before the first call. */
export function connectApi(options: ApiClientOptions): ApiClient {
  const agent = new Agent({ keepAlive: true, ca: options.ca, maxSockets: 16 });
  const send: Send = (method, path, body, contentType = 'application/json') =>
    call({ ...options, agent }, { method, path, body, contentType });
  return new Client(send, new Discovery(send), agent);
}

/** A request of the client; rejects with `ApiError` for a status of 400 and more. */
export type Send = (method: string, path: string, body?: JsonObject, contentType?: string) => Promise<string>;

/** What the apiserver answered when it refused. */
export class ApiError extends ToolkitError {
  readonly status: number;

  constructor(method: string, path: string, status: number, message: string) {
    super(
      CODES.get(status) ?? 'invalid',
      `Cannot ${method} "${path.replace(/\?.*/, '')}": the apiserver answered ${status} ${message.slice(0, MAX_MESSAGE)}`,
    );
    this.status = status;
  }
}

const CODES: ReadonlyMap<number, ToolkitErrorCode> = new Map<number, ToolkitErrorCode>([
  [401, 'auth'],
  [403, 'auth'],
  [404, 'not-found'],
  [409, 'conflict'],
  [429, 'limit'],
  [500, 'network'],
  [503, 'network'],
]);

class Client implements ApiClient {
  readonly #send: Send;
  readonly #discovery: Discovery;
  readonly #agent: Agent;

  constructor(send: Send, discovery: Discovery, agent: Agent) {
    this.#send = send;
    this.#discovery = discovery;
    this.#agent = agent;
  }

  async apply(object: JsonObject, options: ApplyOptions = {}): Promise<JsonObject> {
    const query = new URLSearchParams({ fieldManager: options.manager ?? 'blueprints', force: 'true' });
    if (options.dryRun === true) query.set('dryRun', 'All');
    const path = await this.#path(refOf(object), options.subresource);
    return parse(await this.#send('PATCH', `${path}?${query}`, object, 'application/apply-patch+yaml'));
  }

  async create(object: JsonObject): Promise<JsonObject> {
    const { apiVersion, kind, namespace } = refOf(object);
    return parse(await this.#send('POST', await this.#collection(apiVersion, kind, namespace), object));
  }

  async get(ref: ObjectRef): Promise<JsonObject | undefined> {
    return absent(async () => parse(await this.#send('GET', await this.#path(ref))));
  }

  async list(apiVersion: string, kind: string, options: ListOptions = {}): Promise<readonly JsonObject[]> {
    const { path, namespaced } = await this.#discovery.resource(apiVersion, kind);
    const below = namespaced && options.namespace !== undefined ? `/namespaces/${options.namespace}` : '';
    const selector = Object.entries(options.labels ?? {}).map(([key, value]) => `${key}=${value}`);
    const query = selector.length === 0 ? '' : `?${new URLSearchParams({ labelSelector: selector.join() })}`;
    const answer = parse(await this.#send('GET', `${path.base}${below}/${path.plural}${query}`));
    const items = Array.isArray(answer.items) ? answer.items : [];
    // Items of a list carry neither of the two.
    return items.filter(isObject).map((item) => ({ ...item, apiVersion, kind }));
  }

  async patch(ref: ObjectRef, patch: JsonObject, options: PatchOptions = {}): Promise<JsonObject> {
    const path = await this.#path(ref, options.subresource);
    return parse(await this.#send('PATCH', path, patch, 'application/merge-patch+json'));
  }

  async delete(ref: ObjectRef, options: DeleteOptions = {}): Promise<boolean> {
    const body = {
      apiVersion: 'v1',
      kind: 'DeleteOptions',
      propagationPolicy: options.propagation ?? 'Background',
    };
    const answer = await absent(async () => this.#send('DELETE', await this.#path(ref), body));
    return answer !== undefined;
  }

  wait(
    ref: ObjectRef,
    done: (object: JsonObject) => boolean,
    options: WaitOptions & { readonly what?: string } = {},
  ): Promise<JsonObject> {
    const look = async (): Promise<Look<JsonObject>> => {
      const object = await this.get(ref);
      if (object === undefined) return { state: 'it does not exist' };
      return done(object) ? { value: object } : { state: `it says ${describeStatus(object)}` };
    };
    return waitFor(options.what ?? `${ref.kind} "${ref.name}"`, look, options);
  }

  async waitGone(ref: ObjectRef, options: WaitOptions = {}): Promise<void> {
    await waitFor(
      `${ref.kind} "${ref.name}" to be gone`,
      async () => {
        const object = await this.get(ref);
        return object === undefined ? { value: true } : { state: `it says ${describeStatus(object)}` };
      },
      { timeoutMs: GONE_TIMEOUT_MS, ...options },
    );
  }

  raw(method: string, path: string, body?: JsonObject, contentType?: string): Promise<string> {
    return this.#send(method, path, body, contentType);
  }

  close(): void {
    this.#agent.destroy();
  }

  async #collection(apiVersion: string, kind: string, namespace: string | undefined): Promise<string> {
    const { path, namespaced } = await this.#discovery.resource(apiVersion, kind);
    return `${path.base}${namespaced ? `/namespaces/${namespace ?? 'default'}` : ''}/${path.plural}`;
  }

  async #path(ref: ObjectRef, subresource?: string): Promise<string> {
    const collection = await this.#collection(ref.apiVersion, ref.kind, ref.namespace);
    return `${collection}/${encodeURIComponent(ref.name)}${subresource === undefined ? '' : `/${subresource}`}`;
  }
}

/** Names an object that was read or is to be written. */
export function refOf(object: JsonObject): ObjectRef {
  const metadata = isObject(object.metadata) ? object.metadata : {};
  return {
    apiVersion: String(object.apiVersion ?? ''),
    kind: String(object.kind ?? ''),
    name: String(metadata.name ?? ''),
    ...(typeof metadata.namespace === 'string' ? { namespace: metadata.namespace } : {}),
  };
}

/** Conditions as one line: `Synced=True ReconcileSuccess, Ready=False Creating: Unready resources: a`. */
export function describeStatus(object: JsonObject): string {
  const { conditions } = isObject(object.status) ? object.status : {};
  const metadata = isObject(object.metadata) ? object.metadata : {};
  const going =
    metadata.deletionTimestamp === undefined
      ? ''
      : `deleting, finalizers ${JSON.stringify(metadata.finalizers ?? [])}, `;
  if (!Array.isArray(conditions) || conditions.length === 0) return `${going}no conditions`;
  const texts = conditions.filter(isObject).map((c) => {
    const message = typeof c.message === 'string' && c.message !== '' ? `: ${c.message}` : '';
    return `${c.type}=${c.status} ${c.reason ?? ''}${message}`;
  });
  return going + texts.join(', ');
}

function parse(text: string): JsonObject {
  const value: unknown = JSON.parse(text);
  if (isObject(value)) return value;
  throw new ToolkitError('network', 'Cannot read the answer of the apiserver: it is not an object');
}

async function absent<T>(call: () => Promise<T>): Promise<T | undefined> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof ToolkitError && error.code === 'not-found') return undefined;
    throw error;
  }
}

interface Outgoing {
  readonly method: string;
  readonly path: string;
  readonly body: JsonObject | undefined;
  readonly contentType: string;
}

/** The other end closed a connection that was kept: it may have done so before it saw the request. */
function isReset(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && cause.code === 'ECONNRESET';
}

function call(to: ApiClientOptions & { readonly agent: Agent }, out: Outgoing): Promise<string> {
  const { method, path } = out;
  const body = out.body === undefined ? undefined : Buffer.from(JSON.stringify(out.body));
  return new Promise((resolve, reject) => {
    const failed = (cause: unknown): void => {
      if (request.reusedSocket && method !== 'POST' && isReset(cause)) {
        call(to, out).then(resolve, reject);
        return;
      }
      const state = cause instanceof Error ? cause.message : String(cause);
      reject(new ToolkitError('network', `Cannot ${method} "${path}": ${state}`, { cause }));
    };
    const request = httpsRequest(
      new URL(path, to.url),
      {
        method,
        agent: to.agent,
        timeout: REQUEST_TIMEOUT_MS,
        headers: {
          authorization: `Bearer ${to.token}`,
          accept: 'application/json',
          'content-type': out.contentType,
          // Node leaves it out of a DELETE: the options would go unread and stand before the next request.
          ...(body === undefined ? {} : { 'content-length': body.length }),
        },
      },
      (response) => {
        const chunks: Buffer[] = [];
        let size = 0;
        response.on('data', (chunk: Buffer) => {
          size += chunk.length;
          if (size > MAX_ANSWER_BYTES) request.destroy(new Error('the answer is too large'));
          else chunks.push(chunk);
        });
        response.on('error', failed);
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8');
          const status = response.statusCode ?? 0;
          if (status < 400) resolve(text);
          else reject(new ApiError(method, path, status, messageOf(text)));
        });
      },
    );
    request.on('timeout', () => request.destroy(new Error(`no answer in ${REQUEST_TIMEOUT_MS} ms`)));
    request.on('error', failed);
    request.end(body);
  });
}

function messageOf(text: string): string {
  try {
    const status: unknown = JSON.parse(text);
    if (isObject(status) && typeof status.message === 'string') return status.message;
  } catch {
    // Not a Status: the text says it.
  }
  return text;
}
