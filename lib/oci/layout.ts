import { readdir, rm, stat } from 'node:fs/promises';
import { join, resolve as resolvePath } from 'node:path';
import { ToolkitError } from '../errors.ts';
import { digestAlgorithm, digestHex, isDigest } from '../internal/digest.ts';
import { compareBytes, isObject, parseJson } from '../internal/json.ts';
import { KeyedLock } from '../internal/lock.ts';
import { parseDescriptor, verifyContent } from './descriptor.ts';
import { readBounded, withFileLock, writeAtomic } from './layout-files.ts';
import { MAX_MANIFEST_BYTES, parseManifest, referrerDescriptor } from './manifest.ts';
import { INDEX_TYPE, isManifestType } from './media-types.ts';
import { checkTag, tagConflict } from './tag.ts';
import type { CallOptions, Descriptor, Digest, Target } from './target.ts';

const REF_NAME = 'org.opencontainers.image.ref.name';
// The grammar of this annotation in image-spec is wider than that of a tag.
const NAME =
  /^[A-Za-z0-9]+(?:(?:[-._:@+]|--)[A-Za-z0-9]+)*(?:\/[A-Za-z0-9]+(?:(?:[-._:@+]|--)[A-Za-z0-9]+)*)*$/;
const MAX_NAME = 512;
const LAYOUT_FILE = '{"imageLayoutVersion":"1.0.0"}';
const MAX_INDEX_BYTES = 32 * 1024 * 1024; // 32 MiB

const locks = new KeyedLock();

/**
 * An OCI image layout on disk, one repository: content under `blobs/`, tags in `index.json`. Several writers, in this
 * process or others, do not lose each other's entries; a reader never sees half a file.
 */
export class LayoutTarget implements Target {
  readonly directory: string;

  /** The directory is made at the first write. */
  constructor(directory: string) {
    this.directory = resolvePath(directory);
  }

  async resolve(reference: string): Promise<Descriptor> {
    const entries = await this.#readIndex();
    const found = isDigest(reference)
      ? entries.find((e) => e.digest === reference)
      : entries.find((e) => e.annotations?.[REF_NAME] === reference);
    if (found === undefined) throw this.#missing(reference);
    return { mediaType: found.mediaType, digest: found.digest, size: found.size };
  }

  async fetch(descriptor: Descriptor, options: CallOptions = {}): Promise<Uint8Array> {
    options.signal?.throwIfAborted();
    const bytes = await readBounded(this.#blobPath(descriptor.digest), descriptor.size);
    if (bytes === undefined) throw this.#missing(descriptor.digest);
    verifyContent(bytes, descriptor, `"${descriptor.digest}" of "${this.directory}"`);
    return bytes;
  }

  async exists(descriptor: Descriptor): Promise<boolean> {
    const info = await stat(this.#blobPath(descriptor.digest)).catch(() => undefined);
    if (info?.size !== descriptor.size) return false;
    if (!isManifestType(descriptor.mediaType)) return true;
    return (await this.#readIndex()).some((e) => e.digest === descriptor.digest);
  }

  async referrers(
    subject: Descriptor,
    artifactType?: string,
    options: CallOptions = {},
  ): Promise<readonly Descriptor[]> {
    const found = new Map<Digest, Descriptor>();
    for (const entry of await this.#readIndex()) {
      if (found.has(entry.digest) || entry.size > MAX_MANIFEST_BYTES) continue;
      const manifest = parseManifest(
        await this.fetch(entry, options),
        entry.mediaType,
        `manifest "${entry.digest}"`,
      );
      if (manifest.subject?.digest === subject.digest)
        found.set(entry.digest, referrerDescriptor(entry, manifest));
    }
    return [...found.values()].filter((d) => artifactType === undefined || d.artifactType === artifactType);
  }

  async tags(): Promise<readonly string[]> {
    const names = (await this.#readIndex()).map((e) => e.annotations?.[REF_NAME]);
    return names.filter((n) => n !== undefined).sort(compareBytes);
  }

  async push(descriptor: Descriptor, bytes: Uint8Array, options: CallOptions = {}): Promise<void> {
    options.signal?.throwIfAborted();
    verifyContent(bytes, descriptor, `"${descriptor.digest}"`);
    const isManifest = isManifestType(descriptor.mediaType);
    if (isManifest) parseManifest(bytes, descriptor.mediaType, `manifest "${descriptor.digest}"`);
    const path = this.#blobPath(descriptor.digest);
    const info = await stat(path).catch(() => undefined);
    if (info?.size !== bytes.length) await writeAtomic(path, bytes);
    if (!isManifest) return;
    await this.#changeIndex((entries) => {
      if (entries.some((e) => e.digest === descriptor.digest)) return entries;
      return [...entries, indexEntry(descriptor)];
    });
  }

  async tag(descriptor: Descriptor, tag: string, options: { readonly move?: boolean } = {}): Promise<void> {
    checkTag(tag);
    await this.#name(descriptor, tag, options.move === true);
  }

  /**
   * Gives a manifest a reference name such as `bp-a:1.0.0`, which tells apart the repositories that one layout holds;
   * what had the name before keeps its content.
   * @throws ToolkitError `usage` for a name outside the grammar
   */
  async name(descriptor: Descriptor, name: string): Promise<void> {
    checkName(name);
    await this.#name(descriptor, name, true);
  }

  async #name(descriptor: Descriptor, tag: string, move: boolean): Promise<void> {
    const target = await this.resolve(descriptor.digest);
    await this.#changeIndex((entries) => {
      const current = entries.find((e) => e.annotations?.[REF_NAME] === tag);
      if (current?.digest === target.digest) return entries;
      if (current !== undefined && !move)
        throw tagConflict(`"${tag}" of "${this.directory}"`, current.digest, target.digest);
      return [...withoutTag(entries, tag).filter((e) => !isBare(e, target.digest)), indexEntry(target, tag)];
    });
  }

  async delete(descriptor: Descriptor): Promise<void> {
    await this.#changeIndex((entries) => entries.filter((e) => e.digest !== descriptor.digest));
    await rm(this.#blobPath(descriptor.digest), { force: true });
  }

  #blobPath(digest: Digest): string {
    if (!isDigest(digest)) throw new ToolkitError('invalid', 'Cannot read a blob: its digest is malformed');
    return join(this.directory, 'blobs', digestAlgorithm(digest), digestHex(digest));
  }

  async #readIndex(): Promise<readonly Descriptor[]> {
    const path = join(this.directory, 'index.json');
    const bytes = await readBounded(path, MAX_INDEX_BYTES);
    if (bytes === undefined) return [];
    const doc = parseJson(Buffer.from(bytes).toString('utf8'), `"${path}"`, { maxBytes: MAX_INDEX_BYTES });
    if (!isObject(doc) || !Array.isArray(doc.manifests))
      throw new ToolkitError('invalid', `Cannot read "${path}": it is not an OCI index`);
    return doc.manifests.map((m, i) => parseDescriptor(m, `"${path}" manifests[${i}]`));
  }

  async #changeIndex(change: (entries: readonly Descriptor[]) => readonly Descriptor[]): Promise<void> {
    await locks.run(this.directory, () =>
      withFileLock(join(this.directory, '.index.lock'), async () => {
        const entries = await this.#readIndex();
        const changed = change(entries);
        if (changed === entries) return;
        await writeAtomic(join(this.directory, 'oci-layout'), Buffer.from(LAYOUT_FILE));
        const index = { schemaVersion: 2, mediaType: INDEX_TYPE, manifests: changed };
        await writeAtomic(join(this.directory, 'index.json'), Buffer.from(JSON.stringify(index)));
      }),
    );
  }

  #missing(reference: string): ToolkitError {
    return new ToolkitError(
      'not-found',
      `Cannot read "${reference}" of "${this.directory}": it is not there`,
    );
  }
}

/** True if the directory holds an OCI image layout. */
export async function isLayout(directory: string): Promise<boolean> {
  const names = await readdir(directory).catch((): string[] => []);
  return names.includes('oci-layout') && names.includes('index.json');
}

/** @throws ToolkitError `usage` for a name that is neither a tag nor a reference name */
function checkName(name: string): void {
  if (name.length <= MAX_NAME && NAME.test(name)) return;
  throw new ToolkitError(
    'usage',
    `Cannot name a manifest ${JSON.stringify(name.slice(0, 160))}: it is not a reference name`,
    { remedy: 'use letters and digits with single "." "_" "-" ":" "/" between them' },
  );
}

function indexEntry(d: Descriptor, tag?: string): Descriptor {
  const base = { mediaType: d.mediaType, digest: d.digest, size: d.size };
  return tag === undefined ? base : { ...base, annotations: { [REF_NAME]: tag } };
}

/** A manifest whose last tag moved on stays in the index without a name: it is content still. */
function withoutTag(entries: readonly Descriptor[], tag: string): readonly Descriptor[] {
  const old = entries.find((e) => e.annotations?.[REF_NAME] === tag);
  if (old === undefined) return entries;
  const rest = entries.filter((e) => e !== old);
  return rest.some((e) => e.digest === old.digest) ? rest : [...rest, indexEntry(old)];
}

function isBare(entry: Descriptor, digest: Digest): boolean {
  return entry.digest === digest && entry.annotations?.[REF_NAME] === undefined;
}
