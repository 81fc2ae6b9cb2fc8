import { ToolkitError } from '../errors.ts';
import { isDigest } from '../internal/digest.ts';
import { Semaphore } from '../internal/lock.ts';
import { isNotFound } from './is-not-found.ts';
import { MAX_MANIFEST_BYTES, type Manifest, parseManifest } from './manifest.ts';
import { isManifestType } from './media-types.ts';
import { checkTag, digestTag } from './tag.ts';
import type { Descriptor, Digest, PushItem, ReadTarget, Target } from './target.ts';

export interface CopyOptions {
  /** Tag in the target, written last. @default the reference, if it is a tag; false writes none */
  readonly tag?: string | false;
  /** Also point an existing tag elsewhere. @default false */
  readonly moveTag?: boolean;
  /** Copy what refers to the manifest, recursively. @default true */
  readonly referrers?: boolean;
  /** Copy `sha256-<hex>.sig` and `.att` of the manifest. @default true */
  readonly legacySignatures?: boolean;
  /** Requests at once. @default 8 */
  readonly concurrency?: number;
  readonly signal?: AbortSignal;
}

export interface CopyResult {
  readonly descriptor: Descriptor;
  /** The tag that was written. */
  readonly tag: string | undefined;
  readonly referrers: readonly Descriptor[];
  /** `sha256-<hex>.sig` and `.att` that were found and copied. */
  readonly legacyTags: readonly string[];
}

const CONCURRENCY = 8;
const MAX_DEPTH = 8; // of indexes in indexes, and of referrers of referrers
const MAX_MANIFESTS = 10_000;

/**
 * Moves a manifest with all it names from one repository to another, byte for byte: digest and signatures stay valid.
 * Blobs go first and in parallel, then the manifest by digest, then older signatures and referrers, the tag last, so
 * nobody sees the version before it can be verified. What is there already is not sent again.
 * @throws ToolkitError `conflict` if a tag points elsewhere in the target
 */
export async function copy(
  source: ReadTarget,
  reference: string,
  target: Target,
  options: CopyOptions = {},
): Promise<CopyResult> {
  const tag =
    options.tag === undefined ? (isDigest(reference) ? undefined : reference) : options.tag || undefined;
  if (tag !== undefined) checkTag(tag);
  const call = options.signal === undefined ? {} : { signal: options.signal };
  const descriptor = await source.resolve(reference, call);
  const job = new CopyJob(source, target, options);
  await job.manifest(descriptor);
  const legacyTags = options.legacySignatures === false ? [] : await job.legacy(descriptor);
  const referrers = options.referrers === false ? [] : await job.referrers(descriptor);
  if (tag !== undefined)
    await target.tag(descriptor, tag, { ...call, ...(options.moveTag === true ? { move: true } : {}) });
  return { descriptor, tag, referrers, legacyTags };
}

class CopyJob {
  readonly #source: ReadTarget;
  readonly #target: Target;
  readonly #call: { readonly signal?: AbortSignal };
  readonly #slots: Semaphore;
  readonly #blobs = new Map<Digest, Promise<void>>();
  readonly #manifests = new Map<Digest, Promise<void>>();

  constructor(source: ReadTarget, target: Target, options: CopyOptions) {
    this.#source = source;
    this.#target = target;
    this.#call = options.signal === undefined ? {} : { signal: options.signal };
    this.#slots = new Semaphore(options.concurrency ?? CONCURRENCY);
  }

  /** A manifest with its blobs and, for an index, its manifests; by digest. */
  manifest(descriptor: Descriptor, depth = 0): Promise<void> {
    const running = this.#manifests.get(descriptor.digest) ?? this.#copyManifest(descriptor, depth);
    this.#manifests.set(descriptor.digest, running);
    return running;
  }

  /** `.sig` and `.att`, where the source has them. */
  async legacy(subject: Descriptor): Promise<readonly string[]> {
    const copied: string[] = [];
    for (const suffix of ['.sig', '.att'] as const) {
      const tag = digestTag(subject.digest, suffix);
      const found = await orUndefined(this.#source.resolve(tag, this.#call));
      if (found === undefined) continue;
      await this.manifest(found);
      await this.#tagLegacy(found, tag);
      copied.push(tag);
    }
    return copied;
  }

  /** All referrers below a manifest; those of one subject are written together. */
  async referrers(
    subject: Descriptor,
    depth = 0,
    seen: Set<Digest> = new Set([subject.digest]),
  ): Promise<Descriptor[]> {
    if (depth > MAX_DEPTH) throw tooMuch(subject, `its referrers are nested deeper than ${MAX_DEPTH}`);
    const found = (await this.#source.referrers(subject, undefined, this.#call)).filter(
      (d) => !seen.has(d.digest),
    );
    for (const d of found) seen.add(d.digest);
    if (seen.size > MAX_MANIFESTS) throw tooMuch(subject, `it has more than ${MAX_MANIFESTS} referrers`);
    const items = await settle(found.map((d) => this.#readWithContent(d, 0)));
    if (items.length > 0 && this.#target.pushReferrers !== undefined)
      await this.#target.pushReferrers(subject, items, this.#call);
    else for (const item of items) await this.#target.push(item.descriptor, item.bytes, this.#call);
    const below = [];
    for (const d of found) below.push(...(await this.referrers(d, depth + 1, seen)));
    return [...found, ...below];
  }

  async #copyManifest(descriptor: Descriptor, depth: number): Promise<void> {
    if (this.#manifests.size > MAX_MANIFESTS)
      throw tooMuch(descriptor, `it has more than ${MAX_MANIFESTS} manifests`);
    const item = await this.#readWithContent(descriptor, depth);
    await this.#slots.run(() => this.#target.push(item.descriptor, item.bytes, this.#call));
  }

  /** Reads a manifest and brings over everything that it names. */
  async #readWithContent(descriptor: Descriptor, depth: number): Promise<PushItem> {
    if (depth > MAX_DEPTH) throw tooMuch(descriptor, `its indexes are nested deeper than ${MAX_DEPTH}`);
    if (descriptor.size > MAX_MANIFEST_BYTES)
      throw tooMuch(descriptor, `its manifest has ${descriptor.size} bytes`);
    const bytes = await this.#slots.run(() => this.#source.fetch(descriptor, this.#call));
    const manifest = parseManifest(bytes, descriptor.mediaType, `manifest "${descriptor.digest}"`);
    await settle(
      contentOf(manifest).map((d) =>
        isManifestType(d.mediaType) ? this.manifest(d, depth + 1) : this.#blob(d),
      ),
    );
    return {
      descriptor: { mediaType: descriptor.mediaType, digest: descriptor.digest, size: descriptor.size },
      bytes,
    };
  }

  #blob(descriptor: Descriptor): Promise<void> {
    const running = this.#blobs.get(descriptor.digest) ?? this.#slots.run(() => this.#copyBlob(descriptor));
    this.#blobs.set(descriptor.digest, running);
    return running;
  }

  async #copyBlob(descriptor: Descriptor): Promise<void> {
    if (await this.#target.exists(descriptor, this.#call)) return;
    if ((await this.#target.mount?.(descriptor, this.#source, this.#call)) === true) return;
    const bytes = await this.#source.fetch(descriptor, this.#call);
    await this.#target.push(descriptor, bytes, this.#call);
  }

  /** The target's signatures may be replaced only by a list that holds them all. */
  async #tagLegacy(found: Descriptor, tag: string): Promise<void> {
    const current = await orUndefined(this.#target.resolve(tag, this.#call));
    const move = current !== undefined && (await this.#holdsAll(found, current));
    await this.#target.tag(found, tag, { ...this.#call, ...(move ? { move } : {}) });
  }

  async #holdsAll(wider: Descriptor, narrower: Descriptor): Promise<boolean> {
    const [a, b] = await Promise.all([wider, narrower].map((d) => this.#layers(d)));
    return a !== undefined && b !== undefined && [...b].every((layer) => a.has(layer));
  }

  async #layers(descriptor: Descriptor): Promise<ReadonlySet<string>> {
    const manifest = parseManifest(await this.#target.fetch(descriptor, this.#call), descriptor.mediaType);
    const layers = manifest.kind === 'manifest' ? manifest.layers : [];
    // Signatures of one payload differ only in their annotation.
    return new Set(layers.map((l) => `${l.digest} ${JSON.stringify(l.annotations ?? {})}`));
  }
}

function contentOf(manifest: Manifest): readonly Descriptor[] {
  if (manifest.kind === 'index') return manifest.manifests;
  // Layers with urls are not distributed by registries (Windows base layers).
  return [manifest.config, ...manifest.layers.filter((l) => l.urls === undefined || l.urls.length === 0)];
}

/** Waits for all, so that nothing writes on after a failure was reported; then throws the first failure. */
async function settle<T>(tasks: readonly Promise<T>[]): Promise<T[]> {
  const results = await Promise.allSettled(tasks);
  const failed = results.find((r) => r.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  return results.flatMap((r) => (r.status === 'fulfilled' ? [r.value] : []));
}

async function orUndefined<T>(task: Promise<T>): Promise<T | undefined> {
  try {
    return await task;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

function tooMuch(descriptor: Descriptor, why: string): ToolkitError {
  return new ToolkitError('limit', `Cannot copy "${descriptor.digest}": ${why}`);
}
