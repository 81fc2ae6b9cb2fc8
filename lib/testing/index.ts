/** The fakes and helpers that we use ourselves, for the tests of a Blueprint's author. */
export type { Proof, ProvenFault } from '../prove/index.ts';
export type { BecomeReady } from '../render/index.ts';
export { FakeCluster, statusWhenReady } from '../render/index.ts';
export type { CertificateAuthority, IssuedCertificate, IssueOptions } from './certificates.ts';
export { createCertificateAuthority } from './certificates.ts';
export type { RenderedVariant } from './check-rendered.ts';
export { checkRendered, renderVariants } from './check-rendered.ts';
export type { BlueprintMatchers, ExpectFileSnapshot, MatcherContext, MatcherResult } from './matchers.ts';
export { blueprintMatchers } from './matchers.ts';
export type { ProveMatrixOptions } from './prove-matrix.ts';
export { proveMatrix } from './prove-matrix.ts';
export { readExample } from './read-example.ts';
export type { RenderBlueprintOptions, RenderedBlueprint } from './render-blueprint.ts';
export { renderBlueprint } from './render-blueprint.ts';
export type { XrOptions } from './xr.ts';
export { xr } from './xr.ts';
