import { ToolkitError } from '../../errors.ts';
import { type Descriptor, parseManifest, type ReadTarget } from '../../oci/index.ts';
import { policyFor, requireAccepted, verifyArtifact } from '../../signing/index.ts';
import { BUNDLE_LAYER_TYPE } from '../../xpkg/index.ts';
import { type BundleRef, formatRef } from './bundle-ref.ts';
import type { Trust } from './trust-file.ts';

/** Opens a repository, `host/path`. */
export type OpenRepository = (repository: string) => ReadTarget;

export const MAX_LAYER_BYTES: number = 2 * 1024 * 1024; // 2 MiB, compressed; a bundle is 1 MiB before

/**
 * Fetches a bundle layer. Nothing is asked of a repository that the policy does not name; the package's manifest is
 * verified first, and the layer must be one of that very manifest.
 * @throws ToolkitError `trust`, `signature`, `not-found`, `integrity`, `limit`, or what the registry made of it
 */
export async function fetchBundle(
  open: OpenRepository,
  ref: BundleRef,
  trust: Trust,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const policy = policyFor(trust.policy, ref.repository);
  if (policy === undefined) {
    throw new ToolkitError('trust', 'the trust policy has no rule for this repository');
  }
  const target = open(ref.repository);
  const report = await verifyArtifact(target, ref.version, policy, {
    signal,
    ...(trust.root === undefined ? {} : { trustedRoot: trust.root }),
  });
  requireAccepted(report);
  // By digest from here on: the tag may move meanwhile, what was verified may not.
  const subject = await target.resolve(report.digest, { signal });
  const layer = bundleLayerOf(await target.fetch(subject, { signal }), subject, ref);
  if (layer.size > MAX_LAYER_BYTES) {
    throw new ToolkitError('limit', `its bundle has ${layer.size} bytes, more than ${MAX_LAYER_BYTES}`);
  }
  return target.fetch(layer, { signal });
}

function bundleLayerOf(bytes: Uint8Array, subject: Descriptor, ref: BundleRef): Descriptor {
  const manifest = parseManifest(bytes, subject.mediaType, `"${formatRef(ref)}"`);
  const layers = 'layers' in manifest ? manifest.layers : [];
  const layer = layers.find((l) => l.digest === ref.digest && l.mediaType === BUNDLE_LAYER_TYPE);
  if (layer !== undefined) return layer;
  throw new ToolkitError(
    'integrity',
    `the Composition names the bundle ${ref.digest}, which is not part of the signed ${subject.digest}`,
  );
}
