export type {
  ArtifactDescription,
  BuildDescription,
  DescribedChart,
  DescribedFile,
  DescribedImage,
  DescribedPackage,
} from './attest/index.ts';
export { cycloneDxPredicate, describeFile, slsaPredicate, spdxPredicate } from './attest/index.ts';
export type { ConsumerName, ConsumerVerdict } from './consumers.ts';
export type { SignatureFormat } from './entry.ts';
export type { KeyIdentity, KeylessIdentity, SignerIdentity } from './identity.ts';
export { formatIdentity } from './identity.ts';
export type { KeySignerOptions } from './key-signer.ts';
export { createKeySigner, generateKeyPair, publicKeyOf } from './key-signer.ts';
export type { KeylessSignerOptions } from './keyless-signer.ts';
export { createKeylessSigner } from './keyless-signer.ts';
export { PREDICATE_TYPES, predicateTypeOf, SIGN_V1 } from './media-types.ts';
export type { IdentityRule, KeyRule, VerificationPolicy } from './policy.ts';
export type { EntryReport, VerificationReport, VerifiedAttestation } from './report.ts';
export type { SigningServices } from './services.ts';
export { parseSigningConfig, publicServices } from './services.ts';
export type { SignedEntry, SignOptions } from './sign-artifact.ts';
export { signArtifact } from './sign-artifact.ts';
export type { Signer } from './signer.ts';
export type { Attestation } from './statement.ts';
export type { TrustRoot } from './trust-material.ts';
export { fetchPublicTrustedRoot, parseTrustedRoot } from './trust-material.ts';
export type { TrustPolicy, TrustRule } from './trust-policy.ts';
export { parseTrustPolicy, policyFor } from './trust-policy.ts';
export type { VerifyOptions } from './verify-artifact.ts';
export { requireAccepted, verifyArtifact } from './verify-artifact.ts';
