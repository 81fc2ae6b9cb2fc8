import { join } from 'node:path';
import { copy, LayoutTarget, type RemoteClient } from '../../lib/oci/index.ts';
import { type PublishResult, publishBlueprints, systemGit } from '../../lib/pipeline/index.ts';
import type { Project } from '../../lib/project/index.ts';
import {
  createKeylessSigner,
  parseTrustedRoot,
  requireAccepted,
  type VerificationReport,
  verifyArtifact,
} from '../../lib/signing/index.ts';
import { DEFAULT_ISSUER, DEFAULT_SUBJECT, type Sigstore } from '../../lib/sigstore/index.ts';

/** Where the demonstration publishes to, and who vouches for it. */
export interface Places {
  /** `127.0.0.1:41234/openova-io` */
  readonly registry: string;
  readonly client: RemoteClient;
  readonly sigstore: Sigstore;
}

/** What a machine that only has the trust root would ask for. */
const POLICY = {
  identities: [{ subject: DEFAULT_SUBJECT, issuer: DEFAULT_ISSUER }],
  attestations: ['spdxjson', 'cyclonedx', 'slsaprovenance1'],
  strict: true,
} as const;

export { DEFAULT_SUBJECT as WORKFLOW };

/** Publishes every Blueprint, signed keyless. @throws Error naming what failed */
export async function publishAll(
  project: Project,
  { registry, client, sigstore }: Places,
): Promise<readonly PublishResult[]> {
  const results = await publishBlueprints(project, [...project.blueprints.values()], {
    registry,
    target: (repository) => client.target(repository),
    signing: {
      signers: [createKeylessSigner({ fulcioUrl: sigstore.url, identityToken: sigstore.identityToken() })],
      rekorUrl: sigstore.url,
      trustedRoot: parseTrustedRoot(sigstore.trustedRoot),
    },
    git: systemGit,
  });
  const failed = results.filter((r) => r.status === 'failed');
  if (failed.length > 0) throw new Error(failed.map((r) => `${r.name}: ${r.error}`).join('\n'));
  return results;
}

/** Verifies every artifact by its tag, as a stranger with the trust root would. */
export async function verifyAll(
  results: readonly PublishResult[],
  { client, sigstore }: Places,
): Promise<readonly VerificationReport[]> {
  const trustedRoot = parseTrustedRoot(sigstore.trustedRoot);
  const reports = await Promise.all(
    results.map((r) => verifyArtifact(client.target(r.repository), r.tag, POLICY, { trustedRoot })),
  );
  reports.forEach(requireAccepted);
  const refused = reports.flatMap((r) => r.consumers).filter((c) => !c.accepted);
  if (refused.length > 0) throw new Error(refused.map((c) => `${c.title}: ${c.reason}`).join('\n'));
  return reports;
}

/** Copies the artifacts with their signatures into one OCI layout, and the trust root beside it. */
export async function keep(
  results: readonly PublishResult[],
  { client, sigstore }: Places,
  directory: string,
): Promise<void> {
  const layout = new LayoutTarget(join(directory, 'artifacts'));
  for (const { name, repository, tag } of results) {
    const { descriptor } = await copy(client.target(repository), tag, layout, { tag: false });
    await layout.name(descriptor, `bp-${name}:${tag}`);
  }
  await sigstore.writeFiles(join(directory, 'sigstore'));
}
