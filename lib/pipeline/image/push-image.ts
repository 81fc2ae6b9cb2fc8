import { HOST_PACKAGE } from '../../generate/coordinates.ts';
import type { CallOptions, Descriptor, Target } from '../../oci/index.ts';
import { LayoutTarget } from '../../oci/layout.ts';
import { type HostImage, imageBlobs } from './build-image.ts';

/** Blobs, then each platform's manifest by digest, then the index by digest: no tag is written here. */
export async function pushHostImage(
  target: Target,
  image: HostImage,
  options: CallOptions = {},
): Promise<Descriptor> {
  for (const { descriptor, bytes } of imageBlobs(image)) await target.push(descriptor, bytes, options);
  for (const { manifest } of image.images) await target.push(manifest.descriptor, manifest.bytes, options);
  await target.push(image.index.descriptor, image.index.bytes, options);
  return image.index.descriptor;
}

/** Writes the image into an OCI layout, named `function-blueprints:<version>`. */
export async function writeHostImage(directory: string, image: HostImage): Promise<string> {
  const layout = new LayoutTarget(directory);
  const name = `${HOST_PACKAGE}:${image.version}`;
  await layout.name(await pushHostImage(layout, image), name);
  return name;
}
