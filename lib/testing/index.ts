/** The fakes and helpers that we use ourselves, for the tests of a Blueprint's author. */
export type { CertificateAuthority, IssuedCertificate, IssueOptions } from './certificates.ts';
export { createCertificateAuthority } from './certificates.ts';
export type { RenderedVariant } from './check-rendered.ts';
export { checkRendered, renderVariants } from './check-rendered.ts';
export { readExample } from './read-example.ts';
export type { RenderBlueprintOptions, RenderedBlueprint } from './render-blueprint.ts';
export { renderBlueprint } from './render-blueprint.ts';
