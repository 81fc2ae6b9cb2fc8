import { ToolkitError } from '../errors.ts';
import { equalJson } from '../internal/json.ts';
import { backoffMs } from '../internal/retry.ts';
import type { RegistryClient } from './client.ts';
import type { HttpResponse } from './http.ts';
import { nextLink } from './link.ts';
import { MAX_MANIFEST_BYTES, parseManifest } from './manifest.ts';
import { INDEX_TYPE } from './media-types.ts';
import {
  mergeReferrers,
  needsRepair,
  readReferrersIndex,
  referrerOf,
  writeReferrersIndex,
} from './referrers-index.ts';
import type { RemoteTarget } from './remote.ts';
import type { RemoteContext } from './remote-context.ts';
import { digestTag } from './tag.ts';
import type { CallOptions, Descriptor, PushItem } from './target.ts';

const MAX_PAGES = 100;
const MAX_REFERRERS = 10_000;
const MAX_WRITES = 5; // of a fallback tag that others write too

/** Referrers of one remote repository: the API where there is one, else the fallback tag `sha256-<hex>`. */
export class RemoteReferrers {
  readonly #client: RegistryClient;
  readonly #target: RemoteTarget;
  readonly #context: RemoteContext;

  constructor(client: RegistryClient, target: RemoteTarget, context: RemoteContext) {
    this.#client = client;
    this.#target = target;
    this.#context = context;
  }

  async list(
    subject: Descriptor,
    artifactType: string | undefined,
    options: CallOptions,
  ): Promise<readonly Descriptor[]> {
    const all =
      (await this.#fromApi(subject, artifactType, options)) ?? (await this.#fromTag(subject, options));
    return all.filter((d) => artifactType === undefined || d.artifactType === artifactType);
  }

  /** Pushes manifests by digest, then writes the fallback tag once if the registry does not list them itself. */
  async push(subject: Descriptor, manifests: readonly PushItem[], options: CallOptions): Promise<void> {
    let listed = true;
    for (const item of manifests) {
      const response = await this.#target.putManifest(item, item.descriptor.digest, options);
      listed &&= response.headers['oci-subject'] === subject.digest;
    }
    // OCI-Subject alone proves nothing: ECR sends it without having the API.
    if (listed && (await this.#firstPage(subject, undefined, options)) !== undefined) return;
    const key = `${this.#name()}#${subject.digest}`;
    await this.#context.locks.run(key, () => this.#writeTag(subject, manifests.map(referrerOf), options));
  }

  async #fromApi(
    subject: Descriptor,
    artifactType: string | undefined,
    options: CallOptions,
  ): Promise<readonly Descriptor[] | undefined> {
    const action = this.#action(subject);
    const found = new Map<string, Descriptor>();
    let response = await this.#firstPage(subject, artifactType, options);
    if (response === undefined) return undefined;
    for (let page = 1; ; page++) {
      const index = parseManifest(
        response.body,
        INDEX_TYPE,
        `the referrers of "${this.#name()}@${subject.digest}"`,
      );
      for (const d of index.kind === 'index' ? index.manifests : []) found.set(d.digest, d);
      const next: URL | undefined = nextLink(this.#client, response, action);
      if (next === undefined) return [...found.values()];
      if (page >= MAX_PAGES || found.size > MAX_REFERRERS)
        throw new ToolkitError(
          'limit',
          `Cannot ${action}: it has more than ${MAX_REFERRERS} or ${MAX_PAGES} pages`,
        );
      response = await this.#get(next, subject, options, [200]);
    }
  }

  /** Undefined where the registry has no referrers API: 404, 400, 405, a redirect elsewhere, or no index. */
  async #firstPage(
    subject: Descriptor,
    artifactType: string | undefined,
    options: CallOptions,
  ): Promise<HttpResponse | undefined> {
    const query = artifactType === undefined ? '' : `?${new URLSearchParams({ artifactType })}`;
    const url = `/v2/${this.#target.repository}/referrers/${subject.digest}${query}`;
    // 429, 5xx and the rest are errors, never "no signatures".
    const response = await this.#get(url, subject, options, [200, 301, 302, 303, 307, 308, 400, 404, 405]);
    const type = (response.headers['content-type'] ?? '').split(';', 1)[0]?.trim();
    return response.status === 200 && type === INDEX_TYPE ? response : undefined;
  }

  #get(
    url: string | URL,
    subject: Descriptor,
    options: CallOptions,
    expect: readonly number[],
  ): Promise<HttpResponse> {
    return this.#target.request({
      method: 'GET',
      url,
      headers: { Accept: INDEX_TYPE },
      expect,
      crossOrigin: false,
      maxBytes: MAX_MANIFEST_BYTES,
      action: this.#action(subject),
      ...options,
    });
  }

  async #fromTag(subject: Descriptor, options: CallOptions): Promise<readonly Descriptor[]> {
    const tag = digestTag(subject.digest);
    const item = await this.#target.getManifest(tag, options);
    if (item === undefined) return [];
    return Promise.all(
      readReferrersIndex(item, `${this.#name()}:${tag}`).map((d) => this.#repair(d, options)),
    );
  }

  async #writeTag(subject: Descriptor, added: readonly Descriptor[], options: CallOptions): Promise<void> {
    const tag = digestTag(subject.digest);
    const { clock, backoff } = this.#context;
    for (let attempt = 1; attempt <= MAX_WRITES; attempt++) {
      const item = await this.#target.getManifest(tag, options);
      const old = item === undefined ? [] : readReferrersIndex(item, `${this.#name()}:${tag}`);
      const repaired = await Promise.all(old.map((d) => this.#repair(d, options)));
      const merged = mergeReferrers(repaired, added);
      if (equalJson(old, merged)) return; // nothing missing: also how a lost update is seen, after the write
      await this.#target.putManifest(writeReferrersIndex(merged), tag, {
        ...options,
        ...(item?.etag === undefined ? {} : { ifMatch: item.etag, expect: [412] }),
      });
      const after = await this.#target.getManifest(tag, options);
      const present = new Set(after === undefined ? [] : readReferrersIndex(after, tag).map((d) => d.digest));
      if (added.every((d) => present.has(d.digest))) return;
      await clock.sleep(backoffMs(attempt, backoff), options.signal);
    }
    throw new ToolkitError(
      'conflict',
      `Cannot write referrers tag "${this.#name()}:${tag}": other writers replaced it ${MAX_WRITES} times`,
      { remedy: 'run it again when the others are done' },
    );
  }

  /** An entry with the artifactType and annotations of its manifest; unchanged if that cannot be read. */
  async #repair(entry: Descriptor, options: CallOptions): Promise<Descriptor> {
    if (!needsRepair(entry) || entry.size > MAX_MANIFEST_BYTES) return entry;
    const item = await this.#target.getManifest(entry.digest, options);
    return item === undefined ? entry : { ...entry, ...referrerOf(item) };
  }

  #action(subject: Descriptor): string {
    return `list the referrers of "${this.#name()}@${subject.digest}"`;
  }

  #name(): string {
    return `${this.#target.registry}/${this.#target.repository}`;
  }
}
