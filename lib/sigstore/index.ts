export type { IdentityTokenOptions } from './identity-token.ts';
export { DEFAULT_ISSUER, DEFAULT_SUBJECT } from './identity-token.ts';
export type { Sigstore, SigstoreOptions } from './start-sigstore.ts';
export { startSigstore } from './start-sigstore.ts';
export type { SigstorePems } from './trust-files.ts';
