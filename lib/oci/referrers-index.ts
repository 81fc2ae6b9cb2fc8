import { ToolkitError } from '../errors.ts';
import { descriptorOf } from './descriptor.ts';
import { type Manifest, parseManifest, referrerDescriptor } from './manifest.ts';
import { EMPTY_TYPE, INDEX_TYPE, isIndexType } from './media-types.ts';
import type { Descriptor, PushItem } from './target.ts';

/** The entries of a fallback tag's index. @throws ToolkitError `conflict` if the tag holds something else */
export function readReferrersIndex(item: PushItem, tag: string): readonly Descriptor[] {
  const manifest: Manifest | undefined = isIndexType(item.descriptor.mediaType)
    ? parseManifest(item.bytes, item.descriptor.mediaType, `referrers tag "${tag}"`)
    : undefined;
  if (manifest?.kind === 'index') return manifest.manifests;
  throw new ToolkitError(
    'conflict',
    `Cannot use referrers tag "${tag}": it holds no index but "${item.descriptor.mediaType}"`,
    {
      remedy: 'somebody used the name of a fallback tag for something else; delete that tag',
    },
  );
}

/** The index of a fallback tag, as bytes with its descriptor. */
export function writeReferrersIndex(entries: readonly Descriptor[]): PushItem {
  const index = { schemaVersion: 2, mediaType: INDEX_TYPE, manifests: entries.map(entry) };
  const bytes = new Uint8Array(Buffer.from(JSON.stringify(index)));
  return { descriptor: descriptorOf(INDEX_TYPE, bytes), bytes };
}

/** The entry of a manifest that we push. */
export function referrerOf(item: PushItem): Descriptor {
  const { descriptor, bytes } = item;
  return referrerDescriptor(
    descriptor,
    parseManifest(bytes, descriptor.mediaType, `manifest "${descriptor.digest}"`),
  );
}

/** cosign up to 3.1 writes entries with the empty config's type, or without annotations: those are looked up again. */
export function needsRepair(entry: Descriptor): boolean {
  return (
    entry.artifactType === undefined || entry.artifactType === EMPTY_TYPE || entry.annotations === undefined
  );
}

/** Old entries in their order, then the new ones; an entry that is there takes the new one's words. */
export function mergeReferrers(
  old: readonly Descriptor[],
  added: readonly Descriptor[],
): readonly Descriptor[] {
  const merged = new Map(old.map((d) => [d.digest, d]));
  for (const d of added) merged.set(d.digest, d);
  return [...merged.values()];
}

function entry(d: Descriptor): Descriptor {
  return {
    mediaType: d.mediaType,
    digest: d.digest,
    size: d.size,
    ...(d.artifactType === undefined ? {} : { artifactType: d.artifactType }),
    ...(d.annotations === undefined ? {} : { annotations: d.annotations }),
    ...(d.platform === undefined ? {} : { platform: d.platform }),
  };
}
