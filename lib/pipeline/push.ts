import { isToolkitError, ToolkitError } from '../errors.ts';
import { isNotFound } from '../oci/is-not-found.ts';
import type { CallOptions, Descriptor, Digest, Target } from '../oci/target.ts';
import { type Artifact, artifactBlobs, subjectOf } from '../xpkg/index.ts';

/** What stands under the version's tag: nothing, or this very artifact. */
export type TagState = 'absent' | 'same';

/**
 * Looks at the tag before anything is written.
 * @throws ToolkitError `conflict` when the version was published with other bytes
 */
export async function checkVersionTag(
  target: Target,
  tag: string,
  wanted: Digest,
  where: string,
  options: CallOptions = {},
): Promise<TagState> {
  const there = await resolveOrUndefined(target, tag, options);
  if (there === undefined) return 'absent';
  if (there.digest === wanted) return 'same';
  throw new ToolkitError(
    'conflict',
    `Cannot publish "${where}:${tag}": it was published as ${there.digest}, this build is ${wanted}`,
    {
      remedy:
        'a published version keeps its bytes: raise the version, or publish a development version with --dev',
    },
  );
}

/** Blobs in parallel, then the manifest by digest, then read back: no tag is written here. */
export async function pushArtifact(
  target: Target,
  artifact: Artifact,
  options: CallOptions = {},
): Promise<Descriptor> {
  const subject = subjectOf(artifact);
  const blobs = artifactBlobs(artifact);
  // All of them end before an error is reported: nothing writes on behind it.
  const sent = await Promise.allSettled(blobs.map((b) => target.push(b.descriptor, b.bytes, options)));
  for (const outcome of sent) if (outcome.status === 'rejected') throw outcome.reason;
  await target.push(subject, artifact.manifest.bytes, options);
  await pullBack(target, artifact, options);
  return subject;
}

/** The registry must give back what it was given, before anybody signs for it. */
async function pullBack(target: Target, artifact: Artifact, options: CallOptions): Promise<void> {
  const { digest } = subjectOf(artifact);
  const back = await target.resolve(digest, options);
  const there = await Promise.all(artifactBlobs(artifact).map((b) => target.exists(b.descriptor, options)));
  const lost = artifactBlobs(artifact).find((_, i) => there[i] !== true);
  if (back.digest === digest && lost === undefined) return;
  throw new ToolkitError(
    'integrity',
    `Cannot rely on "${digest}" after pushing it: the registry lost ${lost?.descriptor.digest ?? 'its manifest'}`,
  );
}

export async function resolveOrUndefined(
  target: Target,
  reference: string,
  options: CallOptions = {},
): Promise<Descriptor | undefined> {
  try {
    return await target.resolve(reference, options);
  } catch (error) {
    if (isToolkitError(error) && isNotFound(error)) return undefined;
    throw error;
  }
}
