import { ToolkitError } from '../errors.ts';
import { isObject, type JsonObject, parseJson } from '../internal/json.ts';
import { parseAnnotations, parseDescriptor } from './descriptor.ts';
import { isIndexType, isManifestType } from './media-types.ts';
import type { Descriptor } from './target.ts';

export const MAX_MANIFEST_BYTES: number = 4 * 1024 * 1024; // 4 MiB
const MAX_DESCRIPTORS = 10_000;

/** An image manifest: one config, layers, and what it refers to. */
export interface ImageManifest {
  readonly kind: 'manifest';
  readonly mediaType: string;
  readonly artifactType?: string;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
  readonly subject?: Descriptor;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** A list of manifests. */
export interface ImageIndex {
  readonly kind: 'index';
  readonly mediaType: string;
  readonly artifactType?: string;
  readonly manifests: readonly Descriptor[];
  readonly subject?: Descriptor;
  readonly annotations?: Readonly<Record<string, string>>;
}

export type Manifest = ImageManifest | ImageIndex;

/**
 * Reads untrusted manifest bytes. `mediaType` is what the descriptor or Content-Type said; a `mediaType` inside that
 * says something else is an error, since two readers could take the same bytes for different things.
 * @throws ToolkitError `invalid` or `limit`
 */
export function parseManifest(bytes: Uint8Array, mediaType: string, what = 'manifest'): Manifest {
  const doc = parseDocument(bytes, what);
  if (doc.schemaVersion !== 2) throw invalid(what, 'its schemaVersion is not 2');
  const inside = doc.mediaType ?? mediaType;
  if (inside !== mediaType)
    throw invalid(what, `it says it is ${JSON.stringify(inside)}, not "${mediaType}"`);
  if (!isManifestType(mediaType)) throw invalid(what, `"${mediaType}" is not a media type of a manifest`);
  if (doc.artifactType !== undefined && typeof doc.artifactType !== 'string')
    throw invalid(what, 'its artifactType is not a string');
  const annotations = parseAnnotations(doc.annotations, `${what}.annotations`);
  const shared = {
    mediaType,
    ...(typeof doc.artifactType === 'string' ? { artifactType: doc.artifactType } : {}),
    ...(doc.subject === undefined ? {} : { subject: parseDescriptor(doc.subject, `${what}.subject`) }),
    ...(annotations === undefined ? {} : { annotations }),
  };
  if (isIndexType(mediaType)) {
    if (doc.layers !== undefined || doc.config !== undefined) throw invalid(what, 'an index has no layers');
    return { kind: 'index', ...shared, manifests: descriptors(doc.manifests, `${what}.manifests`) };
  }
  if (doc.manifests !== undefined) throw invalid(what, 'an image manifest has no manifests');
  return {
    kind: 'manifest',
    ...shared,
    config: parseDescriptor(doc.config, `${what}.config`),
    layers: descriptors(doc.layers, `${what}.layers`),
  };
}

/** The media type that manifest bytes name inside, else what their shape says. @throws ToolkitError `invalid` */
export function sniffMediaType(bytes: Uint8Array, what = 'manifest'): string {
  const doc = parseDocument(bytes, what);
  if (typeof doc.mediaType === 'string') return doc.mediaType;
  return doc.manifests === undefined
    ? 'application/vnd.oci.image.manifest.v1+json'
    : 'application/vnd.oci.image.index.v1+json';
}

/** What a referrers list says of a manifest: its artifactType (else its config's media type) and its annotations. */
export function referrerDescriptor(descriptor: Descriptor, manifest: Manifest): Descriptor {
  const configType = manifest.kind === 'manifest' ? manifest.config.mediaType : undefined;
  const artifactType = manifest.artifactType ?? configType;
  return {
    mediaType: descriptor.mediaType,
    digest: descriptor.digest,
    size: descriptor.size,
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(manifest.annotations === undefined ? {} : { annotations: manifest.annotations }),
  };
}

function parseDocument(bytes: Uint8Array, what: string): JsonObject {
  if (bytes.length > MAX_MANIFEST_BYTES) {
    throw new ToolkitError(
      'limit',
      `Cannot read ${what}: ${bytes.length} bytes are more than ${MAX_MANIFEST_BYTES}`,
    );
  }
  const doc = parseJson(Buffer.from(bytes).toString('utf8'), what);
  if (!isObject(doc)) throw invalid(what, 'it is not an object');
  return doc;
}

function descriptors(value: unknown, what: string): readonly Descriptor[] {
  if (!Array.isArray(value)) throw invalid(what, 'it is not a list');
  if (value.length > MAX_DESCRIPTORS)
    throw new ToolkitError('limit', `Cannot read ${what}: it has more than ${MAX_DESCRIPTORS} entries`);
  return value.map((item, i) => parseDescriptor(item, `${what}[${i}]`));
}

function invalid(what: string, why: string): ToolkitError {
  return new ToolkitError('invalid', `Cannot read ${what}: ${why}`);
}
