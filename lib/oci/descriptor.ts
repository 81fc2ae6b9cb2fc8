import { ToolkitError } from '../errors.ts';
import { isDigest, sha256, verifyDigest } from '../internal/digest.ts';
import { isObject } from '../internal/json.ts';
import { EMPTY_TYPE } from './media-types.ts';
import type { Descriptor } from './target.ts';

const MEDIA_TYPE = /^[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}\/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}$/;

/** What a descriptor may carry beside media type, digest and size. */
export type DescriptorExtras = Pick<Descriptor, 'artifactType' | 'annotations' | 'platform'>;

/** The descriptor of bytes that we have. */
export function descriptorOf(
  mediaType: string,
  bytes: Uint8Array,
  extras: DescriptorExtras = {},
): Descriptor {
  return { mediaType, digest: sha256(bytes), size: bytes.length, ...extras };
}

/** The content `{}`, which OCI names for an empty config. */
export const EMPTY_BYTES: Uint8Array = new Uint8Array(Buffer.from('{}'));
/** The descriptor of `{}`. */
export const EMPTY_DESCRIPTOR: Descriptor = descriptorOf(EMPTY_TYPE, EMPTY_BYTES);

/** Reads a descriptor of an untrusted manifest; `what` is its path, for the error. @throws ToolkitError `invalid` */
export function parseDescriptor(value: unknown, what: string): Descriptor {
  if (!isObject(value)) throw invalid(what, 'it is not an object');
  const { mediaType, digest, size, artifactType, platform, data, urls } = value;
  if (typeof mediaType !== 'string' || !MEDIA_TYPE.test(mediaType))
    throw invalid(`${what}.mediaType`, 'it is not a media type');
  if (!isDigest(digest)) throw invalid(`${what}.digest`, 'it is not a sha256 or sha512 digest');
  if (!Number.isSafeInteger(size) || (size as number) < 0) throw invalid(`${what}.size`, 'it is not a size');
  if (artifactType !== undefined && typeof artifactType !== 'string')
    throw invalid(`${what}.artifactType`, 'it is not a string');
  if (data !== undefined && typeof data !== 'string') throw invalid(`${what}.data`, 'it is not a string');
  const annotations = parseAnnotations(value.annotations, `${what}.annotations`);
  return {
    mediaType,
    digest,
    size: size as number,
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(annotations === undefined ? {} : { annotations }),
    ...parsePlatform(platform, `${what}.platform`),
    ...(data === undefined ? {} : { data }),
    ...parseUrls(urls, `${what}.urls`),
  };
}

/** A map of strings, or undefined when absent. @throws ToolkitError `invalid` */
export function parseAnnotations(value: unknown, what: string): Record<string, string> | undefined {
  if (value === undefined || value === null) return undefined;
  if (!isObject(value)) throw invalid(what, 'it is not a map of strings');
  for (const item of Object.values(value)) {
    if (typeof item !== 'string') throw invalid(what, 'it is not a map of strings');
  }
  return value as Record<string, string>;
}

/** @throws ToolkitError `integrity` if size or digest differ; `what` names the content in the error */
export function verifyContent(bytes: Uint8Array, descriptor: Descriptor, what: string): void {
  if (bytes.length !== descriptor.size) {
    throw new ToolkitError(
      'integrity',
      `Cannot read ${what}: it has ${bytes.length} bytes, its descriptor says ${descriptor.size}`,
      { remedy: 'the content was changed or cut on its way; read it again or from another place' },
    );
  }
  verifyDigest(bytes, descriptor.digest, what);
}

function parsePlatform(value: unknown, what: string): Pick<Descriptor, 'platform'> {
  if (value === undefined || value === null) return {};
  if (!isObject(value)) throw invalid(what, 'it is not an object');
  const { architecture, os, variant } = value;
  if (typeof architecture !== 'string' || typeof os !== 'string')
    throw invalid(what, 'it has no architecture and os');
  return { platform: { architecture, os, ...(typeof variant === 'string' ? { variant } : {}) } };
}

function parseUrls(value: unknown, what: string): Pick<Descriptor, 'urls'> {
  if (value === undefined || value === null) return {};
  if (!Array.isArray(value) || value.some((u) => typeof u !== 'string'))
    throw invalid(what, 'it is not a list of strings');
  return { urls: value as string[] };
}

function invalid(what: string, why: string): ToolkitError {
  return new ToolkitError('invalid', `Cannot read ${what}: ${why}`);
}
