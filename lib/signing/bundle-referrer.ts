import { type Bundle, bundleFromJSON, bundleToJSON } from '@sigstore/bundle';
import { ToolkitError } from '../errors.ts';
import type { Digest } from '../internal/digest.ts';
import { parseJson } from '../internal/json.ts';
import { descriptorOf, EMPTY_BYTES, EMPTY_DESCRIPTOR } from '../oci/descriptor.ts';
import { MANIFEST_TYPE } from '../oci/media-types.ts';
import type { CallOptions, Descriptor, PushItem, ReadTarget, Target } from '../oci/target.ts';
import { readImageManifest } from './legacy-manifest.ts';
import { MAX_BUNDLE_BYTES, MAX_REFERRERS } from './limits.ts';
import { BUNDLE_PREFIX, BUNDLE_V03 } from './media-types.ts';

/** A bundle with the type of what it says. */
export interface NewBundle {
  readonly bundle: Bundle;
  readonly predicateType: string;
}

/**
 * Writes bundles as referrers of the artifact: `{}` once, the bundles, then their manifests by digest, together
 * where the target can, so that a registry without referrers API gets its fallback tag in one write.
 * @returns the manifests' digests, in the order given
 */
export async function writeBundles(
  target: Target,
  subject: Descriptor,
  bundles: readonly NewBundle[],
  options: CallOptions = {},
): Promise<readonly Digest[]> {
  if (bundles.length === 0) return [];
  const made = bundles.map((item) => bundleManifest(subject, item));
  await target.push(EMPTY_DESCRIPTOR, EMPTY_BYTES, options);
  await Promise.all(made.map(({ layer }) => target.push(layer.descriptor, layer.bytes, options)));
  const manifests = made.map(({ manifest }) => manifest);
  if (target.pushReferrers !== undefined) await target.pushReferrers(subject, manifests, options);
  else for (const { descriptor, bytes } of manifests) await target.push(descriptor, bytes, options);
  return manifests.map(({ descriptor }) => descriptor.digest);
}

function bundleManifest(
  subject: Descriptor,
  { bundle, predicateType }: NewBundle,
): { layer: PushItem; manifest: PushItem } {
  const bytes = Buffer.from(JSON.stringify(bundleToJSON(bundle)));
  if (bytes.length > MAX_BUNDLE_BYTES) {
    throw new ToolkitError(
      'limit',
      `Cannot attach the ${predicateType} bundle: ${bytes.length} bytes are more than ${MAX_BUNDLE_BYTES}`,
      { remedy: 'attest less in one predicate; Kyverno reads no larger bundle' },
    );
  }
  const layer = descriptorOf(BUNDLE_V03, bytes);
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: MANIFEST_TYPE,
      config: pick(EMPTY_DESCRIPTOR),
      layers: [pick(layer)],
      annotations: {
        'dev.sigstore.bundle.content': 'dsse-envelope',
        'dev.sigstore.bundle.predicateType': predicateType,
        'org.opencontainers.image.created': createdAt(bundle),
      },
      subject: pick(subject),
      artifactType: BUNDLE_V03,
    }),
  );
  return {
    layer: { descriptor: layer, bytes },
    manifest: { descriptor: descriptorOf(MANIFEST_TYPE, manifest), bytes: manifest },
  };
}

/**
 * Referrers of the artifact that are, or may be, Sigstore bundles. cosign writes wrong descriptors into the
 * fallback tag, so those without a telling artifactType are looked at as well.
 */
export async function listBundles(
  target: ReadTarget,
  subject: Descriptor,
  options: CallOptions = {},
): Promise<readonly Descriptor[]> {
  const all = await target.referrers(subject, undefined, options);
  const found = all.filter((d) => isBundleType(d.artifactType) || isVague(d.artifactType));
  if (found.length > MAX_REFERRERS) {
    throw new ToolkitError(
      'limit',
      `Cannot read the bundles of "${subject.digest}": ${found.length} referrers are more than ${MAX_REFERRERS}`,
    );
  }
  return found;
}

/** The bundle of a referrer; undefined if the referrer is no bundle. @throws ToolkitError if it is damaged */
export async function readBundle(
  target: ReadTarget,
  referrer: Descriptor,
  subject: Descriptor,
  options: CallOptions = {},
): Promise<Bundle | undefined> {
  const manifest = await readImageManifest(target, referrer.digest, options);
  if (manifest === undefined) {
    if (isVague(referrer.artifactType)) return undefined;
    throw new ToolkitError('not-found', `Cannot read "${referrer.digest}": the referrer is not there`);
  }
  if (!isBundleType(manifest.artifactType ?? manifest.layers[0]?.mediaType)) return undefined;
  const [layer, ...rest] = manifest.layers;
  if (layer === undefined || rest.length > 0) throw damaged('it does not have exactly one layer');
  if (manifest.subject?.digest !== subject.digest) throw damaged('it refers to another artifact');
  if (layer.size > MAX_BUNDLE_BYTES) throw damaged(`${layer.size} bytes are more than ${MAX_BUNDLE_BYTES}`);
  const bytes = await target.fetch(layer, options);
  const value = parseJson(Buffer.from(bytes).toString('utf8'), 'the bundle', { maxBytes: MAX_BUNDLE_BYTES });
  try {
    return bundleFromJSON(value);
  } catch (cause) {
    throw damaged('it is not a Sigstore bundle', cause);
  }
}

function isBundleType(type: string | undefined): boolean {
  return type?.startsWith(BUNDLE_PREFIX) ?? false;
}

function isVague(type: string | undefined): boolean {
  return type === undefined || type === '' || type === EMPTY_DESCRIPTOR.mediaType;
}

/** The time that the log vouches for; no clock of ours. */
function createdAt(bundle: Bundle): string {
  const seconds = Number(bundle.verificationMaterial.tlogEntries[0]?.integratedTime ?? 0);
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
}

function pick({ mediaType, size, digest }: Descriptor): Pick<Descriptor, 'mediaType' | 'size' | 'digest'> {
  return { mediaType, size, digest };
}

function damaged(reason: string, cause?: unknown): ToolkitError {
  return new ToolkitError(
    'invalid',
    `Cannot read the bundle: ${reason}`,
    cause === undefined ? {} : { cause },
  );
}
