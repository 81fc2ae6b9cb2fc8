import { isToolkitError, ToolkitError } from '../errors.ts';
import type { RegistryClient, RegistryRequest } from './client.ts';
import type { HttpResponse } from './http.ts';
import { mergeScopes, repositoryScope } from './scope.ts';
import type { Descriptor } from './target.ts';

export const CHUNK_THRESHOLD_BYTES: number = 64 * 1024 * 1024; // 64 MiB: below, one PUT carries the whole blob
export const CHUNK_BYTES: number = 16 * 1024 * 1024; // 16 MiB

const MAX_SESSIONS = 3; // a lost upload begins anew this often
const MAX_RESUMES = 10; // in one session, without a byte of progress between

export interface UploadOptions {
  readonly repository: string;
  /** Blobs larger than this go in chunks. */
  readonly chunkThreshold: number;
  readonly chunkBytes: number;
  readonly signal?: AbortSignal;
}

/** Uploads a blob: POST, then PUT of the whole, or PATCH by PATCH above the threshold, resumed where it broke. */
export async function uploadBlob(
  client: RegistryClient,
  descriptor: Descriptor,
  bytes: Uint8Array,
  options: UploadOptions,
): Promise<void> {
  const upload = new Upload(client, descriptor, bytes, options);
  for (let session = 1; ; session++) {
    try {
      const opened = await upload.open();
      return await upload.send(opened);
    } catch (error) {
      if (session >= MAX_SESSIONS || !isLostSession(error)) throw error;
    }
  }
}

/** Asks the registry to take a blob from another of its repositories; false: it will not, upload it. */
export async function mountBlob(
  client: RegistryClient,
  descriptor: Descriptor,
  from: string,
  options: Pick<UploadOptions, 'repository' | 'signal'>,
): Promise<boolean> {
  const query = new URLSearchParams({ mount: descriptor.digest, from });
  const action = `mount blob "${descriptor.digest}" of "${client.registry}/${from}" in "${client.registry}/${options.repository}"`;
  const response = await client.request({
    method: 'POST',
    url: `/v2/${options.repository}/blobs/uploads/?${query}`,
    repository: options.repository,
    scopes: mergeScopes([repositoryScope(options.repository, 'push')], [repositoryScope(from, 'pull')]),
    // A registry that hides the source answers 401, 403 or 404: the upload is still possible.
    expect: [201, 202, 400, 401, 403, 404, 405],
    action,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  if (response.status === 202) await abandon(client, response, options, action);
  return response.status === 201;
}

/** A 202 to a mount opened an upload session that nobody needs. */
async function abandon(
  client: RegistryClient,
  response: HttpResponse,
  options: Pick<UploadOptions, 'repository' | 'signal'>,
  action: string,
): Promise<void> {
  try {
    await client.request({
      method: 'DELETE',
      url: client.follow(response.headers.location, response, action),
      repository: options.repository,
      scopes: [repositoryScope(options.repository, 'push')],
      expect: [202, 204, 404, 405],
      action,
      retry: false,
    });
  } catch {
    // The registry purges it by itself; the blob is uploaded all the same.
  }
}

class Upload {
  readonly #client: RegistryClient;
  readonly #descriptor: Descriptor;
  readonly #bytes: Uint8Array;
  readonly #options: UploadOptions;
  readonly #action: string;

  constructor(client: RegistryClient, descriptor: Descriptor, bytes: Uint8Array, options: UploadOptions) {
    this.#client = client;
    this.#descriptor = descriptor;
    this.#bytes = bytes;
    this.#options = options;
    this.#action = `upload blob "${descriptor.digest}" to "${client.registry}/${options.repository}"`;
  }

  open(): Promise<HttpResponse> {
    return this.#request({
      method: 'POST',
      url: `/v2/${this.#options.repository}/blobs/uploads/`,
      expect: [202],
    });
  }

  async send(opened: HttpResponse): Promise<void> {
    if (this.#bytes.length <= this.#options.chunkThreshold)
      return this.#close(this.#location(opened), this.#bytes);
    return this.#chunked(opened);
  }

  async #chunked(opened: HttpResponse): Promise<void> {
    const minimum = Number(opened.headers['oci-chunk-min-length'] ?? 0);
    const step = Math.max(this.#options.chunkBytes, Number.isSafeInteger(minimum) ? minimum : 0, 1);
    let location = this.#location(opened);
    let resumes = 0;
    for (let start = 0; start < this.#bytes.length; ) {
      const chunk = this.#bytes.subarray(start, start + step);
      const response = await this.#patch(location, chunk, start);
      if (response?.status === 202) {
        location = this.#location(response);
        start += chunk.length;
        resumes = 0;
        continue;
      }
      if (++resumes > MAX_RESUMES) {
        throw new ToolkitError(
          'registry',
          `Cannot ${this.#action}: the registry refused its chunks ${MAX_RESUMES} times`,
        );
      }
      const state = await this.#request({ method: 'GET', url: location, expect: [204] });
      location = this.#location(state);
      start = received(state, this.#bytes.length);
    }
    await this.#close(location, undefined);
  }

  /** Undefined: the connection broke, ask the registry what it has. */
  async #patch(location: URL, chunk: Uint8Array, start: number): Promise<HttpResponse | undefined> {
    try {
      return await this.#request({
        method: 'PATCH',
        url: location,
        headers: {
          'Content-Type': 'application/octet-stream',
          'Content-Range': `${start}-${start + chunk.length - 1}`,
        },
        body: chunk,
        expect: [202, 416, 500, 502, 503, 504],
        retry: false,
      });
    } catch (error) {
      if (isToolkitError(error) && error.code === 'network') return undefined;
      throw error;
    }
  }

  async #close(location: URL, body: Uint8Array | undefined): Promise<void> {
    const url = new URL(location);
    url.searchParams.set('digest', this.#descriptor.digest);
    await this.#request({
      method: 'PUT',
      url,
      headers: { 'Content-Type': 'application/octet-stream' },
      body: body ?? new Uint8Array(),
      // 204 is what some registries answer in place of 201.
      expect: [201, 204],
      retry: false,
    });
  }

  #location(response: HttpResponse): URL {
    return this.#client.follow(response.headers.location, response, this.#action);
  }

  #request(
    request: Pick<RegistryRequest, 'method' | 'url' | 'headers' | 'body' | 'expect' | 'retry'>,
  ): Promise<HttpResponse> {
    return this.#client.request({
      repository: this.#options.repository,
      scopes: [repositoryScope(this.#options.repository, 'push')],
      action: this.#action,
      ...(this.#options.signal === undefined ? {} : { signal: this.#options.signal }),
      ...request,
    });
  }
}

/** `Range: 0-<last>` → how many bytes the registry has. Absent, or `0-0` from registries that mean none: from the start. */
function received(response: HttpResponse, total: number): number {
  const last = /^(?:bytes=)?0-([0-9]{1,15})$/.exec(response.headers.range ?? '')?.[1];
  const count = last === undefined || last === '0' ? 0 : Number(last) + 1;
  return Math.min(count, total);
}

/** What a new session may mend: a broken connection, a session that is gone, a registry in trouble. */
function isLostSession(error: unknown): boolean {
  if (!isToolkitError(error)) return false;
  return error.code === 'network' || error.code === 'not-found' || error.code === 'registry';
}
