import { type Digest, sha256 } from '../internal/digest.ts';
import { gzip } from '../internal/gzip.ts';
import { type TarEntry, writeTar } from '../internal/tar.ts';
import { descriptorOf } from '../oci/descriptor.ts';
import type { PushItem } from '../oci/target.ts';
import {
  BUNDLE_LAYER_TYPE,
  FLUX_CONTENT_TYPE,
  PACKAGE_LAYER_TYPE,
  TITLE_ANNOTATION,
  XPKG_ANNOTATION,
} from './media-types.ts';

/** A layer with the digest of its tar before compression, as an image config lists it. */
export interface Layer extends PushItem {
  readonly diffId: Digest;
  readonly entries: readonly TarEntry[];
}

/** Layer 0: `manifests/`, `crossplane/`, `blueprint.yaml`, `README.md`, `card/`. */
export function manifestsLayer(entries: readonly TarEntry[]): Layer {
  return packLayer(FLUX_CONTENT_TYPE, entries, { [TITLE_ANNOTATION]: 'manifests.tgz' });
}

/** Layer 1: `package.yaml` and nothing else, since Crossplane takes the first entry of that base name. */
export function packageLayer(packageYaml: string): Layer {
  return packLayer(PACKAGE_LAYER_TYPE, [{ path: 'package.yaml', content: packageYaml }], {
    [XPKG_ANNOTATION]: 'base',
    [TITLE_ANNOTATION]: 'package.tgz',
  });
}

/** Layer 2: the compiled Blueprint. A Composition names it by digest, so it is packed first. */
export function bundleLayer(entries: readonly TarEntry[]): Layer {
  return packLayer(BUNDLE_LAYER_TYPE, entries, { [TITLE_ANNOTATION]: 'bundle.tgz' });
}

/** An ordinary layer of a runnable image. */
export function imageLayer(entries: readonly TarEntry[]): Layer {
  return packLayer(PACKAGE_LAYER_TYPE, entries, {});
}

/** The time of every entry is 1970: a layer depends on its content alone, whatever SOURCE_DATE_EPOCH says. */
function packLayer(
  mediaType: string,
  entries: readonly TarEntry[],
  annotations: Readonly<Record<string, string>>,
): Layer {
  const tar = writeTar(entries);
  const bytes = gzip(tar);
  const extras = Object.keys(annotations).length === 0 ? {} : { annotations };
  return { descriptor: descriptorOf(mediaType, bytes, extras), bytes, diffId: sha256(tar), entries };
}
