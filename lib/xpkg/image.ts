import { descriptorOf } from '../oci/descriptor.ts';
import { CONFIG_TYPE, INDEX_TYPE, MANIFEST_TYPE } from '../oci/media-types.ts';
import type { Descriptor, PushItem } from '../oci/target.ts';

export type Architecture = 'amd64' | 'arm64';

/** A layer with the digest of its tar before compression. */
export interface ImageLayer extends PushItem {
  readonly diffId: string;
}

/** How a container of the image is started. */
export interface ImageRuntime {
  readonly entrypoint: readonly string[];
  /** `uid:gid` */
  readonly user: string;
  readonly env: Readonly<Record<string, string>>;
  /** `9443/tcp` */
  readonly ports: readonly string[];
  readonly workingDir: string;
}

export interface ImageFacts {
  readonly runtime: ImageRuntime;
  readonly annotations: Readonly<Record<string, string>>;
  /** RFC 3339, UTC. */
  readonly created: string;
}

/** The image of one platform, with all that its manifest names. */
export interface PlatformImage {
  readonly architecture: Architecture;
  readonly manifest: PushItem;
  readonly config: PushItem;
  readonly layers: readonly ImageLayer[];
}

/** A runnable image of one platform. Pure: the same input gives the same digest. */
export function assembleImage(
  architecture: Architecture,
  layers: readonly ImageLayer[],
  facts: ImageFacts,
): PlatformImage {
  const { entrypoint, user, env, ports, workingDir } = facts.runtime;
  const config = jsonItem(CONFIG_TYPE, {
    created: facts.created,
    architecture,
    os: 'linux',
    config: {
      User: user,
      ExposedPorts: Object.fromEntries(ports.map((port) => [port, {}])),
      Env: Object.entries(env).map(([name, value]) => `${name}=${value}`),
      Entrypoint: entrypoint,
      WorkingDir: workingDir,
    },
    rootfs: { type: 'layers', diff_ids: layers.map((layer) => layer.diffId) },
  });
  const manifest = jsonItem(MANIFEST_TYPE, {
    schemaVersion: 2,
    mediaType: MANIFEST_TYPE,
    config: config.descriptor,
    layers: layers.map((layer) => layer.descriptor),
    annotations: facts.annotations,
  });
  return { architecture, manifest, config, layers };
}

/**
 * The index over the images of a release.
 * @throws RangeError without an amd64 image: Crossplane resolves every index as linux/amd64, on arm64 too
 */
export function assembleImageIndex(
  images: readonly PlatformImage[],
  annotations: Readonly<Record<string, string>>,
): PushItem {
  if (!images.some((image) => image.architecture === 'amd64')) {
    throw new RangeError('an index without linux/amd64 cannot be installed by Crossplane');
  }
  return jsonItem(INDEX_TYPE, {
    schemaVersion: 2,
    mediaType: INDEX_TYPE,
    manifests: images.map(
      ({ architecture, manifest }): Descriptor => ({
        ...manifest.descriptor,
        platform: { architecture, os: 'linux' },
      }),
    ),
    annotations,
  });
}

function jsonItem(mediaType: string, value: object): PushItem {
  const bytes = new Uint8Array(Buffer.from(JSON.stringify(value)));
  return { descriptor: descriptorOf(mediaType, bytes), bytes };
}
