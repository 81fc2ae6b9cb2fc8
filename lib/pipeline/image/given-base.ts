import { ToolkitError } from '../../errors.ts';
import { isObject, parseJson } from '../../internal/json.ts';
import {
  type CallOptions,
  type Descriptor,
  isIndexType,
  parseManifest,
  type ReadTarget,
} from '../../oci/index.ts';
import type { Architecture, ImageLayer } from '../../xpkg/index.ts';

/** Another image to build on; it must bring glibc and libstdc++. */
export interface GivenBase {
  readonly target: ReadTarget;
  /** A tag or a digest. */
  readonly reference: string;
}

/** The layers of a base image for one platform, as they are. @throws ToolkitError `not-found` without that platform */
export async function givenLayers(
  base: GivenBase,
  architecture: Architecture,
  options: CallOptions = {},
): Promise<readonly ImageLayer[]> {
  const { target, reference } = base;
  const image = await platformOf(base, await target.resolve(reference, options), architecture, options);
  const manifest = parseManifest(
    await target.fetch(image, options),
    image.mediaType,
    `base image "${reference}"`,
  );
  if (!('layers' in manifest)) throw unusable(reference, 'it is no image');
  const config = parseJson(
    Buffer.from(await target.fetch(manifest.config, options)).toString('utf8'),
    `the config of base image "${reference}"`,
  );
  if (!isObject(config) || config.architecture !== architecture) {
    throw unusable(reference, `it is not for ${architecture}`);
  }
  const ids = isObject(config.rootfs) ? config.rootfs.diff_ids : undefined;
  if (!Array.isArray(ids) || ids.length !== manifest.layers.length) {
    throw unusable(reference, 'its config does not list its layers');
  }
  return Promise.all(
    manifest.layers.map(async (descriptor, i) => ({
      descriptor,
      diffId: String(ids[i]),
      bytes: await target.fetch(descriptor, options),
    })),
  );
}

async function platformOf(
  { target, reference }: GivenBase,
  found: Descriptor,
  architecture: Architecture,
  options: CallOptions,
): Promise<Descriptor> {
  if (!isIndexType(found.mediaType)) return found;
  const index = parseManifest(
    await target.fetch(found, options),
    found.mediaType,
    `base image "${reference}"`,
  );
  const manifests = 'manifests' in index ? index.manifests : [];
  const image = manifests.find((m) => m.platform?.os === 'linux' && m.platform.architecture === architecture);
  if (image === undefined) throw unusable(reference, `it has no linux/${architecture}`);
  return image;
}

function unusable(reference: string, state: string): ToolkitError {
  return new ToolkitError('not-found', `Cannot build on "${reference}": ${state}`);
}
