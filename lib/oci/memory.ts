import { ToolkitError } from '../errors.ts';
import { isDigest } from '../internal/digest.ts';
import { compareBytes } from '../internal/json.ts';
import { verifyContent } from './descriptor.ts';
import { parseManifest, referrerDescriptor } from './manifest.ts';
import { isManifestType } from './media-types.ts';
import { checkTag, tagConflict } from './tag.ts';
import type { CallOptions, Descriptor, Digest, PushItem, Target } from './target.ts';

/** A repository in memory: for tests, and for what is built and pushed in one run. */
export class MemoryTarget implements Target {
  readonly #content = new Map<Digest, PushItem>();
  readonly #tags = new Map<string, Digest>();
  readonly #referrers = new Map<Digest, Map<Digest, Descriptor>>();

  async resolve(reference: string): Promise<Descriptor> {
    const digest = isDigest(reference) ? reference : this.#tags.get(reference);
    const found = digest === undefined ? undefined : this.#content.get(digest);
    if (found === undefined || !isManifestType(found.descriptor.mediaType))
      throw new ToolkitError('not-found', `Cannot resolve "${reference}" in memory: it is not there`);
    return plain(found.descriptor);
  }

  async fetch(descriptor: Descriptor, options: CallOptions = {}): Promise<Uint8Array> {
    options.signal?.throwIfAborted();
    const found = this.#content.get(descriptor.digest);
    if (found === undefined)
      throw new ToolkitError('not-found', `Cannot read "${descriptor.digest}" in memory: it is not there`);
    verifyContent(found.bytes, descriptor, `"${descriptor.digest}" in memory`);
    return found.bytes;
  }

  async exists(descriptor: Descriptor): Promise<boolean> {
    const found = this.#content.get(descriptor.digest);
    return (
      found !== undefined &&
      isManifestType(found.descriptor.mediaType) === isManifestType(descriptor.mediaType)
    );
  }

  async referrers(subject: Descriptor, artifactType?: string): Promise<readonly Descriptor[]> {
    const all = [...(this.#referrers.get(subject.digest)?.values() ?? [])];
    return all.filter((d) => artifactType === undefined || d.artifactType === artifactType);
  }

  async tags(): Promise<readonly string[]> {
    return [...this.#tags.keys()].sort(compareBytes);
  }

  async push(descriptor: Descriptor, bytes: Uint8Array, options: CallOptions = {}): Promise<void> {
    options.signal?.throwIfAborted();
    verifyContent(bytes, descriptor, `"${descriptor.digest}"`);
    if (isManifestType(descriptor.mediaType)) this.#addReferrer(descriptor, bytes);
    else if (this.#content.has(descriptor.digest)) return;
    this.#content.set(descriptor.digest, { descriptor, bytes: new Uint8Array(bytes) });
  }

  async tag(descriptor: Descriptor, tag: string, options: { readonly move?: boolean } = {}): Promise<void> {
    checkTag(tag);
    await this.resolve(descriptor.digest);
    const current = this.#tags.get(tag);
    if (current === descriptor.digest) return;
    if (current !== undefined && options.move !== true)
      throw tagConflict(`"${tag}" in memory`, current, descriptor.digest);
    this.#tags.set(tag, descriptor.digest);
  }

  async delete(descriptor: Descriptor): Promise<void> {
    this.#content.delete(descriptor.digest);
    for (const list of this.#referrers.values()) list.delete(descriptor.digest);
    for (const [tag, digest] of this.#tags) if (digest === descriptor.digest) this.#tags.delete(tag);
  }

  #addReferrer(descriptor: Descriptor, bytes: Uint8Array): void {
    const manifest = parseManifest(bytes, descriptor.mediaType, `manifest "${descriptor.digest}"`);
    if (manifest.subject === undefined) return;
    const list = this.#referrers.get(manifest.subject.digest) ?? new Map<Digest, Descriptor>();
    list.set(descriptor.digest, referrerDescriptor(descriptor, manifest));
    this.#referrers.set(manifest.subject.digest, list);
  }
}

function plain(d: Descriptor): Descriptor {
  return { mediaType: d.mediaType, digest: d.digest, size: d.size };
}
