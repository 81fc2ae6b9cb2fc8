import { predicateTypeOf, type Signer, type TrustRoot, type VerificationPolicy } from '../signing/index.ts';

/** Builder of what was not built by a workflow with an identity of its own. */
const LOCAL_BUILDER = 'https://openova.io/blueprints/build/local';

/** What every release must have: each signer, each attestation, in both formats. */
const RELEASE_ATTESTATIONS: readonly string[] = [
  predicateTypeOf('spdxjson'),
  predicateTypeOf('cyclonedx'),
  predicateTypeOf('slsaprovenance1'),
];

/**
 * The policy that the signers' own work must satisfy before a version is tagged. Asks the signers who they are, so it
 * fails early where a token or a password is wrong.
 */
export async function policyOf(signing: {
  readonly signers: readonly Signer[];
  readonly noTlog?: boolean;
  readonly trustedRoot?: TrustRoot;
}): Promise<VerificationPolicy> {
  const identities = await Promise.all(signing.signers.map((signer) => signer.identity()));
  return {
    identities: identities
      .filter((identity) => identity.kind === 'keyless')
      .map(({ issuer, subject }) => ({ issuer, subject })),
    keys: identities.filter((identity) => identity.kind === 'key').map(({ publicKey }) => ({ publicKey })),
    attestations: RELEASE_ATTESTATIONS,
    strict: true,
    ignoreTlog: signing.noTlog === true,
  };
}

/** The workflow that an OpenID Connect issuer vouches for, else a name for a build by hand. */
export async function builderOf(signers: readonly Signer[]): Promise<string> {
  for (const signer of signers) {
    const identity = await signer.identity();
    if (identity.kind === 'keyless') return identity.subject;
  }
  return LOCAL_BUILDER;
}
