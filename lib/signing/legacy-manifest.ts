import { isToolkitError, ToolkitError } from '../errors.ts';
import { type Digest, digestAlgorithm, digestHex } from '../internal/digest.ts';
import { descriptorOf } from '../oci/descriptor.ts';
import { type ImageManifest, MAX_MANIFEST_BYTES, parseManifest } from '../oci/manifest.ts';
import { CONFIG_TYPE, MANIFEST_TYPE } from '../oci/media-types.ts';
import type { CallOptions, Descriptor, ReadTarget, Target } from '../oci/target.ts';
import type { LegacyLayer } from './legacy-layer.ts';
import { MAX_LEGACY_LAYERS } from './limits.ts';
import { SIGNATURE_ANNOTATION } from './media-types.ts';

export type LegacySuffix = 'sig' | 'att';

const MAX_MERGES = 5;

/** `sha256-<hex>.sig` or `.att`. */
export function legacyTag(artifact: Digest, suffix: LegacySuffix): string {
  return `${digestAlgorithm(artifact)}-${digestHex(artifact)}.${suffix}`;
}

/** The layers of an artifact's `.sig` or `.att`, none if the tag does not exist. */
export async function readLegacyLayers(
  target: ReadTarget,
  artifact: Digest,
  suffix: LegacySuffix,
  options: CallOptions = {},
): Promise<readonly Descriptor[]> {
  const manifest = await readImageManifest(target, legacyTag(artifact, suffix), options);
  if (manifest === undefined) return [];
  if (manifest.layers.length > MAX_LEGACY_LAYERS) {
    throw new ToolkitError(
      'limit',
      `Cannot read "${legacyTag(artifact, suffix)}": ${manifest.layers.length} layers are more than ${MAX_LEGACY_LAYERS}`,
    );
  }
  return manifest.layers;
}

/**
 * Adds layers to an artifact's `.sig` or `.att` in one write. Others may write the same tag at the same time, and
 * registries offer no lock: what was written is read again, and merged again if it lost.
 */
export async function addLegacyLayers(
  target: Target,
  artifact: Digest,
  suffix: LegacySuffix,
  added: readonly LegacyLayer[],
  options: CallOptions = {},
): Promise<void> {
  if (added.length === 0) return;
  for (const { descriptor, bytes } of added) await target.push(content(descriptor), bytes, options);
  for (let attempt = 0; attempt < MAX_MERGES; attempt++) {
    const layers = merge(await readLegacyLayers(target, artifact, suffix, options), added);
    if (layers.length > MAX_LEGACY_LAYERS) {
      throw new ToolkitError('limit', `Cannot add to "${legacyTag(artifact, suffix)}": it is full`);
    }
    await writeLegacyManifest(target, artifact, suffix, layers, options);
    const now = new Set((await readLegacyLayers(target, artifact, suffix, options)).map(layerKey));
    if (added.every((layer) => now.has(layerKey(layer.descriptor)))) return;
  }
  throw new ToolkitError(
    'conflict',
    `Cannot add to "${legacyTag(artifact, suffix)}": others kept overwriting it`,
    { remedy: 'run again when no other job signs the same artifact' },
  );
}

async function writeLegacyManifest(
  target: Target,
  artifact: Digest,
  suffix: LegacySuffix,
  layers: readonly Descriptor[],
  options: CallOptions,
): Promise<void> {
  const created = '0001-01-01T00:00:00Z';
  const config = Buffer.from(
    JSON.stringify({
      architecture: '',
      created,
      history: layers.map(() => ({ created })),
      os: '',
      rootfs: { type: 'layers', diff_ids: layers.map((layer) => layer.digest) },
      config: {},
    }),
  );
  const configDescriptor = descriptorOf(CONFIG_TYPE, config);
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: MANIFEST_TYPE,
      config: { mediaType: CONFIG_TYPE, size: configDescriptor.size, digest: configDescriptor.digest },
      layers: layers.map(({ mediaType, size, digest, annotations }) => ({
        mediaType,
        size,
        digest,
        annotations,
      })),
    }),
  );
  const descriptor = descriptorOf(MANIFEST_TYPE, manifest);
  await target.push(configDescriptor, config, options);
  await target.push(descriptor, manifest, options);
  await target.tag(descriptor, legacyTag(artifact, suffix), { ...options, move: true });
}

/** The image manifest at a tag or digest, undefined if it is not there. */
export async function readImageManifest(
  target: ReadTarget,
  reference: string,
  options: CallOptions = {},
): Promise<ImageManifest | undefined> {
  let descriptor: Descriptor;
  try {
    descriptor = await target.resolve(reference, options);
  } catch (error) {
    if (isToolkitError(error) && error.code === 'not-found') return undefined;
    throw error; // a registry that fails is never "no signatures"
  }
  if (descriptor.size > MAX_MANIFEST_BYTES) {
    throw new ToolkitError(
      'limit',
      `Cannot read "${reference}": ${descriptor.size} bytes are too many for a manifest`,
    );
  }
  const manifest = parseManifest(
    await target.fetch(descriptor, options),
    descriptor.mediaType,
    `"${reference}"`,
  );
  if (manifest.kind !== 'manifest') {
    throw new ToolkitError('invalid', `Cannot read "${reference}": it is an index, not an image manifest`);
  }
  return manifest;
}

function merge(present: readonly Descriptor[], added: readonly LegacyLayer[]): Descriptor[] {
  const keys = new Set(present.map(layerKey));
  return [...present, ...added.map((a) => a.descriptor).filter((d) => !keys.has(layerKey(d)))];
}

/** Signers share a payload, so a `.sig` layer is told apart by its signature. */
function layerKey(layer: Descriptor): string {
  return `${layer.digest} ${layer.annotations?.[SIGNATURE_ANNOTATION] ?? ''}`;
}

function content({ mediaType, digest, size }: Descriptor): Descriptor {
  return { mediaType, digest, size };
}
