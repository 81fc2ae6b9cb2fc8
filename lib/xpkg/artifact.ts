import { compareBytes } from '../internal/json.ts';
import { descriptorOf } from '../oci/descriptor.ts';
import { CONFIG_TYPE, MANIFEST_TYPE } from '../oci/media-types.ts';
import type { Descriptor, PushItem } from '../oci/target.ts';
import type { Layer } from './layer.ts';
import { BLUEPRINT_TYPE } from './media-types.ts';

/** What the manifest's annotations say. The Git revision is not among them: it stands in the provenance only. */
export interface ArtifactFacts {
  /** For people: `CloudNativePG`. */
  readonly title: string;
  /** Bare semantic version, which becomes the tag. */
  readonly version: string;
  readonly description: string;
  /** SPDX expression. */
  readonly licenses?: string;
  /** Web address. */
  readonly documentation?: string;
  /** `meta.crossplane.io/…` of the Configuration. */
  readonly crossplane?: Readonly<Record<string, string>>;
  /** Seconds since 1970: SOURCE_DATE_EPOCH of the caller. @default 0 */
  readonly created?: number;
}

export interface ArtifactLayers {
  readonly manifests: Layer;
  readonly package: Layer;
  readonly bundle: Layer;
}

/** One Blueprint as an OCI image manifest, with all that it names. */
export interface Artifact {
  readonly manifest: PushItem;
  readonly config: PushItem;
  readonly layers: ArtifactLayers;
  /** RFC 3339, UTC. */
  readonly created: string;
}

/**
 * Assembles `bp-<name>:<version>`: one manifest that Crossplane, Flux, the function host and `oras pull` all take
 * (docs/adr/0003). Pure: the same input gives the same digest on any machine and any day.
 */
export function assembleArtifact(facts: ArtifactFacts, layers: ArtifactLayers): Artifact {
  const created = formatCreated(facts.created ?? 0);
  // Flux takes the first layer unless told otherwise.
  const ordered = [layers.manifests, layers.package, layers.bundle];
  const config = jsonItem(CONFIG_TYPE, {
    created,
    architecture: 'amd64',
    os: 'linux',
    config: {},
    rootfs: { type: 'layers', diff_ids: ordered.map((layer) => layer.diffId) },
  });
  const manifest = jsonItem(MANIFEST_TYPE, {
    schemaVersion: 2,
    mediaType: MANIFEST_TYPE,
    artifactType: BLUEPRINT_TYPE,
    config: config.descriptor,
    layers: ordered.map((layer) => layer.descriptor),
    annotations: annotationsOf(facts, created),
  });
  const extras = { artifactType: BLUEPRINT_TYPE };
  return {
    manifest: { ...manifest, descriptor: { ...manifest.descriptor, ...extras } },
    config,
    layers,
    created,
  };
}

/** Config and layers, in the order of the manifest. */
export function artifactBlobs(artifact: Artifact): readonly PushItem[] {
  const { manifests, package: base, bundle } = artifact.layers;
  return [artifact.config, manifests, base, bundle];
}

/** The manifest's descriptor as it is pushed and signed: media type, digest, size. */
export function subjectOf(artifact: Artifact): Descriptor {
  const { mediaType, digest, size } = artifact.manifest.descriptor;
  return { mediaType, digest, size };
}

function annotationsOf(facts: ArtifactFacts, created: string): Readonly<Record<string, string>> {
  const { licenses, documentation } = facts;
  const all: Record<string, string> = {
    'org.opencontainers.image.created': created,
    'org.opencontainers.image.title': facts.title,
    'org.opencontainers.image.version': facts.version,
    'org.opencontainers.image.description': facts.description,
    ...(licenses === undefined ? {} : { 'org.opencontainers.image.licenses': licenses }),
    ...(documentation === undefined ? {} : { 'org.opencontainers.image.documentation': documentation }),
    ...facts.crossplane,
  };
  return Object.fromEntries(Object.entries(all).sort(([a], [b]) => compareBytes(a, b)));
}

function jsonItem(mediaType: string, value: object): PushItem {
  const bytes = new Uint8Array(Buffer.from(JSON.stringify(value)));
  return { descriptor: descriptorOf(mediaType, bytes), bytes };
}

const MAX_SECONDS = 253_402_300_799; // the end of year 9999, as far as RFC 3339 goes

function formatCreated(seconds: number): string {
  if (!Number.isInteger(seconds) || seconds < 0 || seconds > MAX_SECONDS) {
    throw new RangeError(`created must be whole seconds since 1970, not ${seconds}`);
  }
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
}
