import { isToolkitError, type ToolkitError } from '../errors.ts';
import { blueprintPackage, refuseCollisions } from '../generate/coordinates.ts';
import { Semaphore } from '../internal/lock.ts';
import type { Target } from '../oci/target.ts';
import type { Project, ProjectBlueprint } from '../project/index.ts';
import {
  requireAccepted,
  type SignedEntry,
  type Signer,
  signArtifact,
  type TrustRoot,
  type VerificationPolicy,
  verifyArtifact,
} from '../signing/index.ts';
import { subjectOf } from '../xpkg/index.ts';
import { attestationsOf } from './attest.ts';
import { type BuildOptions, type BuiltBlueprint, buildBlueprint } from './build.ts';
import type { Git, GitState } from './git.ts';
import { checkVersionTag, pushArtifact } from './push.ts';
import { builderOf, policyOf } from './signers.ts';

/** Who signs, and what makes the signatures count. */
export interface PublishSigning {
  readonly signers: readonly Signer[];
  readonly rekorUrl?: string;
  readonly timestampUrl?: string;
  /** Sign with a key and no log entry, on purpose. */
  readonly noTlog?: boolean;
  /** Needed to verify log entries and certificates. */
  readonly trustedRoot?: TrustRoot;
}

export interface PublishOptions extends BuildOptions {
  /** `ghcr.io/acme`: artifacts go to `<registry>/bp-<name>`. */
  readonly registry: string;
  /** The repository behind `<registry>/bp-<name>`. */
  readonly target: (repository: string) => Target;
  readonly signing: PublishSigning;
  readonly git: Git;
  /** Artifacts at once. @default 8 */
  readonly concurrency?: number;
  /** Address of the CI run, for the provenance. */
  readonly invocationId?: string;
  /** Called once for every artifact, as soon as it is done. */
  readonly onResult?: (result: PublishResult) => void;
  /** @default the system's clock; it is seen in the provenance only */
  readonly now?: () => Date;
  readonly signal?: AbortSignal;
}

/** One artifact's outcome, as `bp publish -o json` prints it. */
export interface PublishResult {
  /** Short name of the Blueprint. */
  readonly name: string;
  readonly version: string;
  readonly repository: string;
  readonly tag: string;
  /** Null when it could not be built. */
  readonly digest: string | null;
  readonly status: 'published' | 'unchanged' | 'failed';
  readonly signatures: readonly SignedEntry[];
  readonly attestations: readonly SignedEntry[];
  readonly error?: string;
}

const CONCURRENCY = 8;

/**
 * Builds, pushes, signs, attests, verifies and tags Blueprints, several at once. What the registry has already is not
 * done again; an artifact that fails is a result, and the others go on.
 * @throws ToolkitError `conflict` when two packages would get one name; `usage` and `auth` of the signers
 */
export async function publishBlueprints(
  project: Project,
  blueprints: readonly ProjectBlueprint[],
  options: PublishOptions,
): Promise<readonly PublishResult[]> {
  refuseCollisions([...project.blueprints.keys()].map((name) => blueprintPackage(project.coordinates, name)));
  // Once for all, and before anything is written: who cannot sign shall not push.
  const policy = await policyOf(options.signing);
  const shared: Shared = {
    project,
    options,
    policy,
    builderId: await builderOf(options.signing.signers),
    git: await options.git.describe(project.root),
    now: options.now ?? (() => new Date()),
  };
  const slots = new Semaphore(options.concurrency ?? CONCURRENCY);
  return Promise.all(
    blueprints.map((one) =>
      slots.run(async () => {
        const result = await publishOne(one, shared);
        options.onResult?.(result);
        return result;
      }),
    ),
  );
}

interface Shared {
  readonly project: Project;
  readonly options: PublishOptions;
  readonly policy: VerificationPolicy;
  readonly builderId: string;
  readonly git: GitState | undefined;
  readonly now: () => Date;
}

async function publishOne(one: ProjectBlueprint, shared: Shared): Promise<PublishResult> {
  const { options, project } = shared;
  const { name } = one;
  const repository = `${options.registry}/${one.blueprint.artifact}`;
  const { version } = one.blueprint;
  let known = { name, version, repository, tag: version, digest: null as string | null };
  try {
    options.signal?.throwIfAborted();
    const startedOn = shared.now();
    const built = await buildBlueprint(project, one, options);
    const { digest } = subjectOf(built.artifact);
    known = { ...known, version: built.version, tag: built.version, digest };
    return { ...known, ...(await release(built, repository, startedOn, shared)) };
  } catch (error) {
    return { ...known, status: 'failed', signatures: [], attestations: [], error: describeError(error) };
  }
}

/** In this order nobody ever sees a version that is not signed. */
async function release(
  built: BuiltBlueprint,
  repository: string,
  startedOn: Date,
  shared: Shared,
): Promise<Pick<PublishResult, 'status' | 'signatures' | 'attestations'>> {
  const { options, policy, git, builderId, project } = shared;
  const { signing } = options;
  const call = options.signal === undefined ? {} : { signal: options.signal };
  const target = options.target(repository);
  const subject = subjectOf(built.artifact);
  const tagged = await checkVersionTag(target, built.version, subject.digest, repository, call);
  if (tagged === 'absent') await pushArtifact(target, built.artifact, call);
  const entries = await signArtifact(target, subject, {
    ...signing,
    ...call,
    reference: repository,
    attestations: attestationsOf(built, {
      root: project.root,
      repository,
      builderId,
      git,
      startedOn,
      finishedOn: shared.now(),
      ...(options.invocationId === undefined ? {} : { invocationId: options.invocationId }),
    }),
  });
  const trust = signing.trustedRoot === undefined ? {} : { trustedRoot: signing.trustedRoot };
  requireAccepted(await verifyArtifact(target, subject.digest, policy, { ...call, ...trust }));
  await target.tag(subject, built.version, call);
  const unchanged = tagged === 'same' && entries.every((entry) => entry.status === 'present');
  return {
    status: unchanged ? 'unchanged' : 'published',
    signatures: entries.filter((entry) => entry.kind === 'signature'),
    attestations: entries.filter((entry) => entry.kind === 'attestation'),
  };
}

/** The sentence and the way out; a defect of ours keeps its own words. */
function describeError(error: unknown): string {
  if (!isToolkitError(error)) return error instanceof Error ? error.message : String(error);
  const { message, remedy } = error as ToolkitError;
  return remedy === undefined ? message : `${message} (${remedy})`;
}
