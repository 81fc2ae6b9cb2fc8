import { createHash } from 'node:crypto';
import { mkdir, readdir, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { type Digest, digestHex, matchesDigest } from '../../internal/digest.ts';
import { readBounded, writeAtomic } from '../../oci/layout-files.ts';
import type { BundleRef } from './bundle-ref.ts';
import { MAX_LAYER_BYTES } from './fetch-bundle.ts';
import type { Trust } from './trust-file.ts';

const DEFAULT_MAX_BYTES: number = 256 * 1024 * 1024; // 256 MiB of the 1 GiB that the runtime config mounts
const LAYER = 'layer.tgz';

/**
 * Verified bundle layers on disk, one folder per digest, the least recently used going first. An empty file beside the
 * layer says under which policy, as part of which package it was verified: under another policy it is not found.
 */
export class BundleCache {
  readonly #directory: string;
  readonly #maxBytes: number;

  constructor(directory: string, maxBytes: number = DEFAULT_MAX_BYTES) {
    this.#directory = directory;
    this.#maxBytes = maxBytes;
  }

  /** The layer, if it was verified for this package under this policy and is still what it was. */
  async read(ref: BundleRef, trust: Trust): Promise<Uint8Array | undefined> {
    const folder = this.#folder(ref.digest);
    try {
      await stat(join(folder, markOf(ref, trust)));
      const bytes = await readBounded(join(folder, LAYER), MAX_LAYER_BYTES);
      if (bytes === undefined) return undefined;
      if (!matchesDigest(bytes, ref.digest)) {
        await rm(folder, { recursive: true, force: true });
        return undefined;
      }
      const now = new Date();
      await utimes(folder, now, now);
      return bytes;
    } catch {
      return undefined; // not there, or not readable: the registry has it
    }
  }

  /** Keeps a layer that was verified. @throws whatever the disk says */
  async write(ref: BundleRef, trust: Trust, bytes: Uint8Array): Promise<void> {
    const folder = this.#folder(ref.digest);
    await mkdir(folder, { recursive: true });
    await writeAtomic(join(folder, LAYER), bytes);
    await writeAtomic(join(folder, markOf(ref, trust)), new Uint8Array());
    await this.#prune(folder);
  }

  async #prune(keep: string): Promise<void> {
    const kept: { folder: string; size: number; used: number }[] = [];
    for (const name of await readdir(this.#directory)) {
      const folder = join(this.#directory, name);
      if (!/^[0-9a-f]{64}$/.test(name)) continue; // not ours
      const [info, layer] = await Promise.all([
        stat(folder),
        stat(join(folder, LAYER)).catch(() => undefined),
      ]);
      kept.push({ folder, size: layer?.size ?? 0, used: info.mtimeMs });
    }
    let total = kept.reduce((sum, k) => sum + k.size, 0);
    for (const { folder, size } of kept.sort((a, b) => a.used - b.used)) {
      if (total <= this.#maxBytes) return;
      if (folder === keep) continue;
      await rm(folder, { recursive: true, force: true });
      total -= size;
    }
  }

  #folder(digest: Digest): string {
    return join(this.#directory, digestHex(digest));
  }
}

function markOf({ repository, version }: BundleRef, { fingerprint }: Trust): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([repository, version, fingerprint]))
    .digest('hex');
  return `trusted-${hash}`;
}
