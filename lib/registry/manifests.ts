import type { IncomingMessage, ServerResponse } from 'node:http';
import { isToolkitError } from '../errors.ts';
import { isDigest, matchesDigest, sha256 } from '../internal/digest.ts';
import type { KeyedLock } from '../internal/lock.ts';
import {
  type Descriptor,
  type Digest,
  INDEX_TYPE,
  isManifestType,
  MAX_MANIFEST_BYTES,
  type Manifest,
  parseManifest,
  referrerDescriptor,
} from '../oci/index.ts';
import { answer, Refusal, readBody } from './answer.ts';
import type { RepositoryStore, StoredManifest } from './repository-store.ts';

export interface ManifestRules {
  readonly referrersApi: boolean;
  readonly immutableTags: boolean;
  readonly pageSize: number;
}

/** Manifests, tags and referrers. */
export class ManifestRoutes {
  readonly #store: RepositoryStore;
  readonly #locks: KeyedLock;
  readonly #rules: ManifestRules;

  constructor(store: RepositoryStore, locks: KeyedLock, rules: ManifestRules) {
    this.#store = store;
    this.#locks = locks;
    this.#rules = rules;
  }

  async read(
    request: IncomingMessage,
    response: ServerResponse,
    repository: string,
    reference: string,
  ): Promise<void> {
    const found = await this.#find(repository, reference);
    const etag = `"${found.digest}"`;
    const headers = { 'Content-Type': found.mediaType, 'Docker-Content-Digest': found.digest, ETag: etag };
    if (request.headers['if-none-match'] === etag) return answer(response, 304, headers);
    answer(response, 200, headers, found.bytes);
  }

  async write(
    request: IncomingMessage,
    response: ServerResponse,
    repository: string,
    reference: string,
  ): Promise<void> {
    const bytes = await readBody(request, MAX_MANIFEST_BYTES);
    const digest = isDigest(reference) ? reference : sha256(bytes);
    if (!matchesDigest(bytes, digest))
      throw new Refusal(400, 'DIGEST_INVALID', 'the content has another digest');
    const mediaType = (request.headers['content-type'] ?? '').trim();
    const manifest = readManifest(bytes, mediaType);
    await this.#checkContent(repository, manifest);
    const descriptor: Descriptor = { mediaType, digest, size: bytes.length };
    const referrer =
      manifest.subject === undefined
        ? undefined
        : { subject: manifest.subject.digest, entry: referrerDescriptor(descriptor, manifest) };
    // A tag is looked at and written in one go, or two writers would both win.
    await this.#locks.run(`tag ${repository}:${reference}`, async () => {
      await this.#checkTag(request, repository, reference, digest);
      await this.#store.putManifest(repository, { digest, mediaType, bytes }, referrer);
      if (!isDigest(reference)) await this.#store.putTag(repository, reference, digest);
    });
    answer(response, 201, {
      Location: `/v2/${repository}/manifests/${digest}`,
      'Docker-Content-Digest': digest,
      ...(this.#rules.referrersApi && referrer !== undefined ? { 'OCI-Subject': referrer.subject } : {}),
    });
  }

  async remove(response: ServerResponse, repository: string, reference: string): Promise<void> {
    const found = await this.#find(repository, reference);
    if (isDigest(reference)) {
      const subject = parseManifest(found.bytes, found.mediaType).subject?.digest;
      await this.#store.deleteManifest(repository, found.digest, subject);
    } else await this.#store.deleteTag(repository, reference);
    answer(response, 202);
  }

  async tags(response: ServerResponse, repository: string, query: URLSearchParams): Promise<void> {
    if (!(await this.#store.exists(repository))) throw new Refusal(404, 'NAME_UNKNOWN', 'no such repository');
    const page = paginate(await this.#store.tags(repository), query, this.#rules.pageSize);
    const next =
      page.next === undefined ? {} : { Link: `</v2/${repository}/tags/list?${page.next}>; rel="next"` };
    answer(
      response,
      200,
      { 'Content-Type': 'application/json', ...next },
      JSON.stringify({ name: repository, tags: page.items }),
    );
  }

  async catalog(response: ServerResponse, query: URLSearchParams): Promise<void> {
    const page = paginate(await this.#store.repositories(), query, this.#rules.pageSize);
    const next = page.next === undefined ? {} : { Link: `</v2/_catalog?${page.next}>; rel="next"` };
    answer(
      response,
      200,
      { 'Content-Type': 'application/json', ...next },
      JSON.stringify({ repositories: page.items }),
    );
  }

  async referrers(
    response: ServerResponse,
    repository: string,
    subject: Digest,
    query: URLSearchParams,
  ): Promise<void> {
    // As registries before 1.1 answer: plain text, no error document.
    if (!this.#rules.referrersApi)
      return answer(response, 404, { 'Content-Type': 'text/plain; charset=utf-8' }, '404 page not found\n');
    const artifactType = query.get('artifactType');
    const all = await this.#store.referrers(repository, subject);
    const wanted = all.filter((d) => artifactType === null || d.artifactType === artifactType);
    const byDigest = new Map(wanted.map((d) => [d.digest as string, d]));
    const page = paginate([...byDigest.keys()], query, this.#rules.pageSize);
    const next =
      page.next === undefined
        ? {}
        : { Link: `</v2/${repository}/referrers/${subject}?${page.next}>; rel="next"` };
    const body = {
      schemaVersion: 2,
      mediaType: INDEX_TYPE,
      manifests: page.items.flatMap((d) => byDigest.get(d) ?? []),
    };
    const filtered = artifactType === null ? {} : { 'OCI-Filters-Applied': 'artifactType' };
    answer(response, 200, { 'Content-Type': INDEX_TYPE, ...filtered, ...next }, JSON.stringify(body));
  }

  async #find(repository: string, reference: string): Promise<StoredManifest> {
    const found = await this.#store.manifest(repository, reference);
    if (found === undefined) throw new Refusal(404, 'MANIFEST_UNKNOWN', 'no such manifest');
    return found;
  }

  /** Everything that a manifest names must be there first, as the specification wants; its subject need not be. */
  async #checkContent(repository: string, manifest: Manifest): Promise<void> {
    if (manifest.kind === 'index') {
      for (const d of manifest.manifests)
        if ((await this.#store.manifest(repository, d.digest)) === undefined)
          throw new Refusal(404, 'MANIFEST_BLOB_UNKNOWN', `manifest ${d.digest} is not there`);
      return;
    }
    for (const d of [manifest.config, ...manifest.layers]) {
      if (d.urls !== undefined && d.urls.length > 0) continue;
      const size = await this.#store.blobSize(repository, d.digest);
      if (size === undefined)
        throw new Refusal(404, 'MANIFEST_BLOB_UNKNOWN', `blob ${d.digest} is not there`);
      if (size !== d.size) throw new Refusal(400, 'MANIFEST_INVALID', `blob ${d.digest} has ${size} bytes`);
    }
  }

  async #checkTag(
    request: IncomingMessage,
    repository: string,
    reference: string,
    digest: Digest,
  ): Promise<void> {
    if (isDigest(reference)) return;
    const current = await this.#store.tag(repository, reference);
    const expected = request.headers['if-match'];
    if (expected !== undefined && expected !== '*' && expected !== `"${current ?? ''}"`)
      throw new Refusal(412, 'DENIED', 'the tag has changed');
    if (this.#rules.immutableTags && current !== undefined && current !== digest)
      throw new Refusal(412, 'DENIED', 'the tag is immutable');
  }
}

function readManifest(bytes: Uint8Array, mediaType: string): Manifest {
  if (!isManifestType(mediaType))
    throw new Refusal(400, 'MANIFEST_INVALID', 'the Content-Type is not one of a manifest');
  try {
    return parseManifest(bytes, mediaType);
  } catch (error) {
    if (isToolkitError(error)) throw new Refusal(400, 'MANIFEST_INVALID', error.message);
    throw error;
  }
}

/** `n` and `last`, as the specification has them: what follows `last`, at most `n`. */
function paginate(
  all: readonly string[],
  query: URLSearchParams,
  pageSize: number,
): { items: readonly string[]; next: string | undefined } {
  const asked = query.get('n');
  if (asked !== null && !/^[0-9]{1,9}$/.test(asked))
    throw new Refusal(400, 'UNSUPPORTED', 'n is not a number');
  const count = Math.min(asked === null ? pageSize : Number(asked), pageSize);
  const last = query.get('last');
  const from =
    last === null
      ? 0
      : all.filter((item) => Buffer.compare(Buffer.from(item), Buffer.from(last)) <= 0).length;
  const items = all.slice(from, from + count);
  const end = items.at(-1);
  if (end === undefined || from + count >= all.length) return { items, next: undefined };
  const next = new URLSearchParams(query);
  next.set('n', String(count));
  next.set('last', end);
  return { items, next: next.toString() };
}
