import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { KeyedLock } from '../internal/lock.ts';
import { type Digest, isRepository } from '../oci/index.ts';
import { answer, bodyOf, Refusal } from './answer.ts';
import type { RepositoryStore } from './repository-store.ts';
import { digestOf } from './routes.ts';

export interface BlobLimits {
  readonly maxBlobBytes: number;
  readonly maxUploads: number;
}

/** Blobs and their uploads. */
export class BlobRoutes {
  readonly #store: RepositoryStore;
  readonly #locks: KeyedLock;
  readonly #limits: BlobLimits;
  readonly #uploads = new Map<string, string>(); // id → repository; an id is no key to another one's upload

  constructor(store: RepositoryStore, locks: KeyedLock, limits: BlobLimits) {
    this.#store = store;
    this.#locks = locks;
    this.#limits = limits;
  }

  async read(
    request: IncomingMessage,
    response: ServerResponse,
    repository: string,
    digest: Digest,
  ): Promise<void> {
    const size = await this.#store.blobSize(repository, digest);
    if (size === undefined) throw new Refusal(404, 'BLOB_UNKNOWN', 'no such blob');
    const range = parseRange(request.headers.range, size);
    const headers = {
      'Content-Type': 'application/octet-stream',
      'Docker-Content-Digest': digest,
      'Accept-Ranges': 'bytes',
      ETag: `"${digest}"`,
    };
    const [start, end] = range ?? [0, size - 1];
    response.writeHead(range === undefined ? 200 : 206, {
      ...headers,
      'Content-Length': String(end - start + 1),
      ...(range === undefined ? {} : { 'Content-Range': `bytes ${start}-${end}/${size}` }),
    });
    if (request.method === 'HEAD' || size === 0) response.end();
    else await pipeline(this.#store.blobStream(digest, start, end), response);
  }

  async remove(response: ServerResponse, repository: string, digest: Digest): Promise<void> {
    if ((await this.#store.blobSize(repository, digest)) === undefined)
      throw new Refusal(404, 'BLOB_UNKNOWN', 'no such blob');
    await this.#store.unlinkBlob(repository, digest);
    answer(response, 202);
  }

  /** POST: a mount, a whole blob in one request, or a new session. */
  async begin(
    request: IncomingMessage,
    response: ServerResponse,
    repository: string,
    query: URLSearchParams,
  ): Promise<void> {
    const from = query.get('from');
    if (query.has('mount') && from !== null && isRepository(from)) {
      const digest = digestOf(query.get('mount'));
      if ((await this.#store.blobSize(from, digest)) !== undefined) {
        await this.#store.linkBlob(repository, digest);
        return created(response, repository, digest);
      }
    }
    if (this.#uploads.size >= this.#limits.maxUploads)
      throw new Refusal(429, 'TOOMANYREQUESTS', 'too many uploads are open', { 'Retry-After': '5' });
    const id = await this.#store.openUpload();
    this.#uploads.set(id, repository);
    if (query.has('digest')) return this.finish(request, response, repository, id, query);
    this.#progress(response, 202, repository, id, 0);
  }

  async status(response: ServerResponse, repository: string, id: string): Promise<void> {
    this.#progress(response, 204, repository, id, await this.#size(repository, id));
  }

  async append(
    request: IncomingMessage,
    response: ServerResponse,
    repository: string,
    id: string,
  ): Promise<void> {
    await this.#locks.run(`upload ${id}`, async () => {
      const size = await this.#size(repository, id);
      const range = request.headers['content-range'];
      const start =
        range === undefined ? undefined : /^(?:bytes )?([0-9]{1,15})-[0-9]{1,15}(?:\/.*)?$/.exec(range)?.[1];
      if (range !== undefined && (start === undefined || Number(start) !== size)) {
        throw new Refusal(
          416,
          'BLOB_UPLOAD_INVALID',
          `the next byte is ${size}`,
          this.#headers(repository, id, size),
        );
      }
      this.#progress(response, 202, repository, id, await this.#receive(request, id, size));
    });
  }

  async finish(
    request: IncomingMessage,
    response: ServerResponse,
    repository: string,
    id: string,
    query: URLSearchParams,
  ): Promise<void> {
    await this.#locks.run(`upload ${id}`, async () => {
      const digest = digestOf(query.get('digest'));
      await this.#receive(request, id, await this.#size(repository, id));
      const matched = await this.#store.finishUpload(repository, id, digest);
      await this.#drop(id);
      if (!matched) throw new Refusal(400, 'DIGEST_INVALID', 'the content has another digest');
      created(response, repository, digest);
    });
  }

  async cancel(response: ServerResponse, repository: string, id: string): Promise<void> {
    await this.#size(repository, id);
    await this.#drop(id);
    answer(response, 204);
  }

  async #receive(request: IncomingMessage, id: string, before: number): Promise<number> {
    let size = before;
    for await (const chunk of bodyOf(request, this.#limits.maxBlobBytes - before)) {
      await this.#store.appendUpload(id, chunk);
      size += chunk.length;
    }
    return size;
  }

  async #size(repository: string, id: string): Promise<number> {
    const size = this.#uploads.get(id) === repository ? await this.#store.uploadSize(id) : undefined;
    if (size === undefined) throw new Refusal(404, 'BLOB_UPLOAD_UNKNOWN', 'no such upload');
    return size;
  }

  async #drop(id: string): Promise<void> {
    this.#uploads.delete(id);
    await this.#store.dropUpload(id);
  }

  #progress(response: ServerResponse, status: number, repository: string, id: string, size: number): void {
    answer(response, status, this.#headers(repository, id, size));
  }

  #headers(repository: string, id: string, size: number): Record<string, string> {
    return {
      Location: `/v2/${repository}/blobs/uploads/${id}`,
      Range: `0-${Math.max(0, size - 1)}`,
      'Docker-Upload-UUID': id,
    };
  }
}

function created(response: ServerResponse, repository: string, digest: Digest): void {
  answer(response, 201, { Location: `/v2/${repository}/blobs/${digest}`, 'Docker-Content-Digest': digest });
}

/** One byte range; several or a malformed one count as none, one outside is 416. */
function parseRange(header: string | undefined, size: number): readonly [number, number] | undefined {
  const found = /^bytes=([0-9]{0,15})-([0-9]{0,15})$/.exec(header ?? '');
  const [first, last] = [found?.[1] ?? '', found?.[2] ?? ''];
  if (found === null || (first === '' && last === '')) return undefined;
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1);
  if (start > end)
    throw new Refusal(416, 'SIZE_INVALID', 'outside the blob', { 'Content-Range': `bytes */${size}` });
  return [start, end];
}
