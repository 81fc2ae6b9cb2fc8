import { ToolkitError } from '../errors.ts';
import { isDigest, sha256, verifyDigest } from '../internal/digest.ts';
import { compareBytes, isObject, parseJson } from '../internal/json.ts';
import type { RegistryClient, RegistryRequest } from './client.ts';
import { verifyContent } from './descriptor.ts';
import type { HttpResponse } from './http.ts';
import { nextLink } from './link.ts';
import { MAX_MANIFEST_BYTES, parseManifest, sniffMediaType } from './manifest.ts';
import { isManifestType, MANIFEST_TYPES } from './media-types.ts';
import type { RemoteContext } from './remote-context.ts';
import { RemoteReferrers } from './remote-referrers.ts';
import { repositoryScope } from './scope.ts';
import { checkTag, tagConflict } from './tag.ts';
import type { CallOptions, Descriptor, Digest, PushItem, ReadTarget, Target } from './target.ts';
import { mountBlob, uploadBlob } from './upload.ts';

const MAX_TAG_PAGES = 1000;
const MAX_TAGS = 200_000;

/** One repository of a registry. Made by `RemoteClient.target()`. */
export class RemoteTarget implements Target {
  readonly repository: string;
  readonly #client: RegistryClient;
  readonly #context: RemoteContext;
  readonly #referrers: RemoteReferrers;

  constructor(client: RegistryClient, repository: string, context: RemoteContext) {
    this.#client = client;
    this.repository = repository;
    this.#context = context;
    this.#referrers = new RemoteReferrers(client, this, context);
  }

  /** The registry's host, as references name it. */
  get registry(): string {
    return this.#client.registry;
  }

  async resolve(reference: string, options: CallOptions = {}): Promise<Descriptor> {
    const action = `read "${this.#name(reference)}"`;
    const response = await this.#manifest('GET', reference, [200], action, options);
    return this.#readManifest(response, reference, action).descriptor;
  }

  async fetch(descriptor: Descriptor, options: CallOptions = {}): Promise<Uint8Array> {
    const what = `"${this.#name(descriptor.digest)}"`;
    if (descriptor.size > this.#context.maxBlobBytes) {
      throw new ToolkitError(
        'limit',
        `Cannot read ${what}: ${descriptor.size} bytes are more than ${this.#context.maxBlobBytes}`,
      );
    }
    const kept = this.#context.manifests.get(this.#name(descriptor.digest));
    if (kept !== undefined && isManifestType(descriptor.mediaType)) {
      verifyContent(kept.bytes, descriptor, what);
      return kept.bytes;
    }
    const kind = isManifestType(descriptor.mediaType) ? 'manifests' : 'blobs';
    const response = await this.request({
      method: 'GET',
      url: `/v2/${this.repository}/${kind}/${descriptor.digest}`,
      headers: { Accept: kind === 'manifests' ? descriptor.mediaType : '*/*' },
      maxBytes: Math.max(descriptor.size, 1),
      expect: [200],
      action: `read ${what}`,
      ...options,
    });
    verifyContent(response.body, descriptor, what);
    return response.body;
  }

  async exists(descriptor: Descriptor, options: CallOptions = {}): Promise<boolean> {
    const action = `look for "${this.#name(descriptor.digest)}"`;
    if (isManifestType(descriptor.mediaType))
      return (await this.#manifest('HEAD', descriptor.digest, [200, 404], action, options)).status === 200;
    const url = `/v2/${this.repository}/blobs/${descriptor.digest}`;
    return (
      (await this.request({ method: 'HEAD', url, expect: [200, 404], action, ...options })).status === 200
    );
  }

  referrers(
    subject: Descriptor,
    artifactType?: string,
    options: CallOptions = {},
  ): Promise<readonly Descriptor[]> {
    return this.#referrers.list(subject, artifactType, options);
  }

  async tags(options: CallOptions = {}): Promise<readonly string[]> {
    const action = `list the tags of "${this.#name('')}"`;
    const found = new Set<string>();
    let url: string | URL | undefined = `/v2/${this.repository}/tags/list`;
    for (let page = 0; url !== undefined; page++) {
      if (page >= MAX_TAG_PAGES || found.size > MAX_TAGS)
        throw new ToolkitError(
          'limit',
          `Cannot ${action}: it has more than ${MAX_TAGS} tags or ${MAX_TAG_PAGES} pages`,
        );
      const response: HttpResponse = await this.request({
        method: 'GET',
        url,
        expect: [200],
        action,
        ...options,
      });
      const doc = parseJson(Buffer.from(response.body).toString('utf8'), `the tags of "${this.#name('')}"`);
      const tags = isObject(doc) ? (doc.tags ?? []) : undefined;
      if (!Array.isArray(tags) || tags.some((t) => typeof t !== 'string'))
        throw new ToolkitError('registry', `Cannot ${action}: the registry's answer is not a list of tags`);
      for (const tag of tags) found.add(tag as string);
      url = nextLink(this.#client, response, action);
    }
    return [...found].sort(compareBytes);
  }

  async push(descriptor: Descriptor, bytes: Uint8Array, options: CallOptions = {}): Promise<void> {
    verifyContent(bytes, descriptor, `"${descriptor.digest}"`);
    if (!isManifestType(descriptor.mediaType)) return this.#pushBlob(descriptor, bytes, options);
    const subject = parseManifest(bytes, descriptor.mediaType, `manifest "${descriptor.digest}"`).subject;
    if (subject !== undefined) return this.pushReferrers(subject, [{ descriptor, bytes }], options);
    await this.putManifest({ descriptor, bytes }, descriptor.digest, options);
  }

  async pushReferrers(
    subject: Descriptor,
    manifests: readonly PushItem[],
    options: CallOptions = {},
  ): Promise<void> {
    await this.#referrers.push(subject, manifests, options);
  }

  async tag(
    descriptor: Descriptor,
    tag: string,
    options: CallOptions & { readonly move?: boolean } = {},
  ): Promise<void> {
    checkTag(tag);
    const { move, ...call } = options;
    const current = await this.#tagDigest(tag, call);
    if (current === descriptor.digest) return;
    if (current !== undefined && move !== true)
      throw tagConflict(`"${this.#name(tag)}"`, current, descriptor.digest);
    const kept = this.#context.manifests.get(this.#name(descriptor.digest));
    const item = kept ?? (await this.getManifest(descriptor.digest, call));
    if (item === undefined) {
      const name = this.#name(descriptor.digest);
      throw new ToolkitError('not-found', `Cannot write tag "${this.#name(tag)}": "${name}" is not there`);
    }
    await this.putManifest(item, tag, call);
  }

  async mount(descriptor: Descriptor, source: ReadTarget, options: CallOptions = {}): Promise<boolean> {
    if (!(source instanceof RemoteTarget) || source.registry !== this.registry) return false;
    if (source.repository === this.repository || isManifestType(descriptor.mediaType)) return false;
    return mountBlob(this.#client, descriptor, source.repository, {
      repository: this.repository,
      ...options,
    });
  }

  async delete(descriptor: Descriptor, options: CallOptions = {}): Promise<void> {
    const kind = isManifestType(descriptor.mediaType) ? 'manifests' : 'blobs';
    this.#context.manifests.delete(this.#name(descriptor.digest));
    this.#context.pushed.delete(this.#name(descriptor.digest));
    await this.request({
      method: 'DELETE',
      url: `/v2/${this.repository}/${kind}/${descriptor.digest}`,
      scopes: [`repository:${this.repository}:delete,pull,push`],
      expect: [200, 202, 204, 404],
      action: `delete "${this.#name(descriptor.digest)}"`,
      ...options,
    });
  }

  /** @internal Manifest bytes to a digest or tag; the answer, for its OCI-Subject. */
  async putManifest(
    { descriptor, bytes }: PushItem,
    reference: string,
    options: CallOptions & { readonly ifMatch?: string; readonly expect?: readonly number[] } = {},
  ): Promise<HttpResponse> {
    const { ifMatch, expect, ...call } = options;
    const action = `push "${this.#name(reference)}"`;
    const response = await this.request({
      method: 'PUT',
      url: `/v2/${this.repository}/manifests/${reference}`,
      headers: {
        'Content-Type': descriptor.mediaType,
        ...(ifMatch === undefined ? {} : { 'If-Match': ifMatch }),
      },
      body: bytes,
      expect: [201, 200, 202, ...(expect ?? [])],
      action,
      ...call,
    });
    const claimed = response.headers['docker-content-digest'];
    if (response.status < 300 && claimed !== undefined && claimed !== descriptor.digest)
      throw new ToolkitError(
        'integrity',
        `Cannot ${action}: the registry stored ${String(claimed).slice(0, 140)}, not ${descriptor.digest}`,
      );
    if (response.status < 300)
      this.#context.manifests.set(this.#name(descriptor.digest), { descriptor, bytes });
    return response;
  }

  /** @internal A manifest with what it came with, or undefined if it is not there. */
  async getManifest(
    reference: string,
    options: CallOptions = {},
  ): Promise<(PushItem & { readonly etag: string | undefined }) | undefined> {
    const action = `read "${this.#name(reference)}"`;
    const response = await this.#manifest('GET', reference, [200, 404], action, options);
    if (response.status === 404) return undefined;
    return { ...this.#readManifest(response, reference, action), etag: response.headers.etag };
  }

  /** @internal */
  request(
    request: Omit<RegistryRequest, 'repository' | 'scopes'> & { readonly scopes?: readonly string[] },
  ): Promise<HttpResponse> {
    const access = request.method === 'GET' || request.method === 'HEAD' ? 'pull' : 'push';
    return this.#client.request({
      repository: this.repository,
      scopes: [repositoryScope(this.repository, access)],
      ...request,
    });
  }

  async #pushBlob(descriptor: Descriptor, bytes: Uint8Array, options: CallOptions): Promise<void> {
    const key = this.#name(descriptor.digest);
    if (this.#context.pushed.has(key)) return;
    // Not shared as a promise: the first caller's signal must not end the second one's upload.
    await this.#context.locks.run(key, async () => {
      if (this.#context.pushed.has(key)) return;
      if (!(await this.exists(descriptor, options))) {
        await uploadBlob(this.#client, descriptor, bytes, {
          repository: this.repository,
          chunkThreshold: this.#context.chunkThreshold,
          chunkBytes: this.#context.chunkBytes,
          ...options,
        });
      }
      this.#context.pushed.add(key);
    });
  }

  #manifest(
    method: 'GET' | 'HEAD',
    reference: string,
    expect: readonly number[],
    action: string,
    options: CallOptions,
  ): Promise<HttpResponse> {
    if (!isDigest(reference)) checkTag(reference);
    const url = `/v2/${this.repository}/manifests/${reference}`;
    const headers = { Accept: MANIFEST_TYPES.join(', ') };
    return this.request({ method, url, headers, expect, action, maxBytes: MAX_MANIFEST_BYTES, ...options });
  }

  /** Trusts only our own digest of the bytes; a registry that claims another is refused. */
  #readManifest(response: HttpResponse, reference: string, action: string): PushItem {
    const what = `"${this.#name(reference)}"`;
    const bytes = response.body;
    if (isDigest(reference)) verifyDigest(bytes, reference, what);
    const digest: Digest = isDigest(reference) ? reference : sha256(bytes);
    const claimed = response.headers['docker-content-digest'];
    if (isDigest(claimed)) verifyDigest(bytes, claimed, what);
    const type = (response.headers['content-type'] ?? '').split(';', 1)[0]?.trim() ?? '';
    const mediaType = isManifestType(type) ? type : sniffMediaType(bytes, what);
    if (!isManifestType(mediaType)) {
      throw new ToolkitError(
        'registry',
        `Cannot ${action}: its media type ${JSON.stringify(mediaType.slice(0, 120))} is not one of a manifest`,
      );
    }
    parseManifest(bytes, mediaType, what);
    const item = { descriptor: { mediaType, digest, size: bytes.length }, bytes };
    this.#context.manifests.set(this.#name(digest), item);
    return item;
  }

  async #tagDigest(tag: string, options: CallOptions): Promise<string | undefined> {
    const response = await this.#manifest('HEAD', tag, [200, 404], `look for "${this.#name(tag)}"`, options);
    if (response.status === 404) return undefined;
    const claimed = response.headers['docker-content-digest'];
    return isDigest(claimed) ? claimed : (await this.resolve(tag, options)).digest;
  }

  #name(reference: string): string {
    const base = `${this.registry}/${this.repository}`;
    if (reference === '') return base;
    return isDigest(reference) ? `${base}@${reference}` : `${base}:${reference.slice(0, 128)}`;
  }
}
