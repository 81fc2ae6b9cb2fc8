import { createHash, randomUUID } from 'node:crypto';
import { type Digest, digestAlgorithm, digestHex, isDigest } from '../internal/digest.ts';
import { compareBytes } from '../internal/json.ts';
import type { Descriptor } from '../oci/index.ts';
import type { Store } from './store.ts';

/** A manifest as it was pushed. */
export interface StoredManifest {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly bytes: Uint8Array;
}

/**
 * What a registry keeps, on top of files:
 * `blobs/<algorithm>/<hex>` bytes of all repositories; below `repositories/<name>/`, with names that no repository can
 * have: `_blobs/…` and `_manifests/…` (what belongs to it; a manifest's file holds its media type), `_tags/<tag>`
 * (a digest), `_referrers/<subject>/<digest>` (a descriptor). `uploads/<id>` are unfinished.
 */
export class RepositoryStore {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Uploads and temporary files of a run before this one are of no more use. */
  async clearLeftovers(): Promise<void> {
    for (const directory of ['uploads', 'tmp'])
      for (const name of await this.#store.list(directory)) await this.#store.remove(`${directory}/${name}`);
  }

  async blobSize(repository: string, digest: Digest): Promise<number | undefined> {
    if ((await this.#store.size(inRepository(repository, '_blobs', digest))) === undefined) return undefined;
    return this.#store.size(blobPath(digest));
  }

  blobStream(digest: Digest, start: number, end: number): AsyncIterable<Uint8Array> {
    return this.#store.stream(blobPath(digest), start, end);
  }

  async linkBlob(repository: string, digest: Digest): Promise<void> {
    await this.#store.write(inRepository(repository, '_blobs', digest), new Uint8Array());
  }

  /** The bytes stay, another repository may have them. */
  async unlinkBlob(repository: string, digest: Digest): Promise<void> {
    await this.#store.remove(inRepository(repository, '_blobs', digest));
  }

  async openUpload(): Promise<string> {
    const id = randomUUID();
    await this.#store.append(`uploads/${id}`, new Uint8Array());
    return id;
  }

  async uploadSize(id: string): Promise<number | undefined> {
    return this.#store.size(`uploads/${id}`);
  }

  async appendUpload(id: string, bytes: Uint8Array): Promise<void> {
    await this.#store.append(`uploads/${id}`, bytes);
  }

  async dropUpload(id: string): Promise<void> {
    await this.#store.remove(`uploads/${id}`);
  }

  /** Makes an upload a blob of the repository; false if its bytes are not the digest's. */
  async finishUpload(repository: string, id: string, digest: Digest): Promise<boolean> {
    const size = (await this.uploadSize(id)) ?? 0;
    const hash = createHash(digestAlgorithm(digest));
    if (size > 0)
      for await (const part of this.#store.stream(`uploads/${id}`, 0, size - 1)) hash.update(part);
    if (hash.digest('hex') !== digestHex(digest)) return false;
    await this.#store.move(`uploads/${id}`, blobPath(digest));
    await this.linkBlob(repository, digest);
    return true;
  }

  async manifest(repository: string, reference: string): Promise<StoredManifest | undefined> {
    const digest = isDigest(reference) ? reference : await this.tag(repository, reference);
    if (digest === undefined) return undefined;
    const mediaType = await this.#store.read(inRepository(repository, '_manifests', digest));
    const bytes = mediaType === undefined ? undefined : await this.#store.read(blobPath(digest));
    if (mediaType === undefined || bytes === undefined) return undefined;
    return { digest, mediaType: Buffer.from(mediaType).toString('utf8'), bytes };
  }

  /** Bytes, then the referrer's entry, then what makes it visible: a crash between leaves nothing half. */
  async putManifest(
    repository: string,
    manifest: StoredManifest,
    referrer?: { subject: Digest; entry: Descriptor },
  ): Promise<void> {
    await this.#store.write(blobPath(manifest.digest), manifest.bytes);
    if (referrer !== undefined) {
      const path = `${inRepository(repository, '_referrers', referrer.subject)}/${flat(manifest.digest)}`;
      await this.#store.write(path, Buffer.from(JSON.stringify(referrer.entry)));
    }
    await this.#store.write(
      inRepository(repository, '_manifests', manifest.digest),
      Buffer.from(manifest.mediaType),
    );
  }

  async deleteManifest(repository: string, digest: Digest, subject: Digest | undefined): Promise<void> {
    for (const tag of await this.tags(repository))
      if ((await this.tag(repository, tag)) === digest) await this.deleteTag(repository, tag);
    if (subject !== undefined)
      await this.#store.remove(`${inRepository(repository, '_referrers', subject)}/${flat(digest)}`);
    await this.#store.remove(inRepository(repository, '_manifests', digest));
  }

  async tag(repository: string, tag: string): Promise<Digest | undefined> {
    const bytes = await this.#store.read(`repositories/${repository}/_tags/${tagFile(tag)}`);
    const digest = bytes === undefined ? undefined : Buffer.from(bytes).toString('latin1');
    return isDigest(digest) ? digest : undefined;
  }

  async putTag(repository: string, tag: string, digest: Digest): Promise<void> {
    await this.#store.write(`repositories/${repository}/_tags/${tagFile(tag)}`, Buffer.from(digest));
  }

  async deleteTag(repository: string, tag: string): Promise<void> {
    await this.#store.remove(`repositories/${repository}/_tags/${tagFile(tag)}`);
  }

  async tags(repository: string): Promise<readonly string[]> {
    const files = await this.#store.list(`repositories/${repository}/_tags`);
    return files.map(tagOfFile).sort(compareBytes);
  }

  async exists(repository: string): Promise<boolean> {
    const names = await this.#store.list(`repositories/${repository}`);
    return names.some((n) => n === '_tags' || n === '_manifests' || n === '_blobs');
  }

  async referrers(repository: string, subject: Digest): Promise<readonly Descriptor[]> {
    const directory = inRepository(repository, '_referrers', subject);
    const found: Descriptor[] = [];
    for (const name of [...(await this.#store.list(directory))].sort(compareBytes)) {
      const bytes = await this.#store.read(`${directory}/${name}`);
      if (bytes !== undefined) found.push(JSON.parse(Buffer.from(bytes).toString('utf8')) as Descriptor);
    }
    return found;
  }

  /** Names of all repositories that hold a manifest. */
  async repositories(directory = ''): Promise<readonly string[]> {
    const found: string[] = [];
    for (const name of await this.#store.list(
      directory === '' ? 'repositories' : `repositories/${directory}`,
    )) {
      if (name === '_manifests') found.push(directory);
      if (!name.startsWith('_'))
        found.push(...(await this.repositories(directory === '' ? name : `${directory}/${name}`)));
    }
    return found.sort(compareBytes);
  }
}

function blobPath(digest: Digest): string {
  return `blobs/${digestAlgorithm(digest)}/${digestHex(digest)}`;
}

function inRepository(
  repository: string,
  kind: '_blobs' | '_manifests' | '_referrers',
  digest: Digest,
): string {
  return `repositories/${repository}/${kind}/${flat(digest)}`;
}

function flat(digest: Digest): string {
  return digest.replace(':', '-');
}

/** Tags differ by case, some file systems do not: `Ab` → `~ab`. No tag has a `~`. */
function tagFile(tag: string): string {
  return tag.replace(/[A-Z]/g, (c) => `~${c.toLowerCase()}`);
}

function tagOfFile(file: string): string {
  return file.replace(/~([a-z])/g, (_, c: string) => c.toUpperCase());
}
