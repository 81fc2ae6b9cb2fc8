export { digestHex, isDigest, parseDigest, sha256, verifyDigest } from '../internal/digest.ts';
export type { CopyOptions, CopyResult } from './copy.ts';
export { copy } from './copy.ts';
export type { HelperCall, HelperRunner } from './credential-helper.ts';
export { runCredentialHelper } from './credential-helper.ts';
export type { Credential, CredentialSource } from './credentials.ts';
export { anonymous, staticCredential } from './credentials.ts';
export type { DescriptorExtras } from './descriptor.ts';
export {
  descriptorOf,
  EMPTY_BYTES,
  EMPTY_DESCRIPTOR,
  parseDescriptor,
  verifyContent,
} from './descriptor.ts';
export type { DockerConfigOptions } from './docker-config.ts';
export { credentialsFromDockerConfig } from './docker-config.ts';
export type { HttpRequest, HttpResponse, HttpTransport, HttpTransportOptions } from './http.ts';
export { createHttpTransport } from './http.ts';
export { isNotFound } from './is-not-found.ts';
export { isLayout, LayoutTarget } from './layout.ts';
export type { ImageIndex, ImageManifest, Manifest } from './manifest.ts';
export { MAX_MANIFEST_BYTES, parseManifest, referrerDescriptor, sniffMediaType } from './manifest.ts';
export {
  CONFIG_TYPE,
  DOCKER_LIST_TYPE,
  DOCKER_MANIFEST_TYPE,
  EMPTY_TYPE,
  INDEX_TYPE,
  isIndexType,
  isManifestType,
  MANIFEST_TYPE,
  MANIFEST_TYPES,
} from './media-types.ts';
export { MemoryTarget } from './memory.ts';
export type { Reference } from './reference.ts';
export { formatReference, isRegistryHost, isRepository, isTag, parseReference } from './reference.ts';
export { RemoteTarget } from './remote.ts';
export type { RemoteOptions } from './remote-client.ts';
export { RemoteClient } from './remote-client.ts';
export { digestTag } from './tag.ts';
export type { CallOptions, Descriptor, Digest, PushItem, ReadTarget, Target } from './target.ts';
