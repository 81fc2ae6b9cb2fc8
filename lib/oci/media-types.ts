export const MANIFEST_TYPE = 'application/vnd.oci.image.manifest.v1+json';
export const INDEX_TYPE = 'application/vnd.oci.image.index.v1+json';
export const CONFIG_TYPE = 'application/vnd.oci.image.config.v1+json';
export const EMPTY_TYPE = 'application/vnd.oci.empty.v1+json';
export const DOCKER_MANIFEST_TYPE = 'application/vnd.docker.distribution.manifest.v2+json';
export const DOCKER_LIST_TYPE = 'application/vnd.docker.distribution.manifest.list.v2+json';

/** Every media type that is a manifest to us, for `Accept`. */
export const MANIFEST_TYPES: readonly string[] = [
  MANIFEST_TYPE,
  INDEX_TYPE,
  DOCKER_MANIFEST_TYPE,
  DOCKER_LIST_TYPE,
];

/** True for an image manifest or an index: content that is pushed to `/manifests/`, not to `/blobs/`. */
export function isManifestType(mediaType: string): boolean {
  return MANIFEST_TYPES.includes(mediaType);
}

/** True for a list of manifests: an OCI index or a Docker manifest list. */
export function isIndexType(mediaType: string): boolean {
  return mediaType === INDEX_TYPE || mediaType === DOCKER_LIST_TYPE;
}
