export type { Catalogue, CatalogueEntry } from './catalogue.ts';
export { catalogueEntry, catalogueOf } from './catalogue.ts';
export type { ClusterFacts } from './cluster.ts';
export type { ComposeOptions } from './compose.ts';
export { composeFunction } from './compose.ts';
export type { Blueprint } from './define.ts';
export { apiOf, DEFAULT_TTL_SECONDS, defineBlueprint } from './define.ts';
export type { HelmReleaseProps } from './helm-release.ts';
export { HelmRelease } from './helm-release.ts';
export type { Observed } from './observed.ts';
export type { OutputBuilder, OutputField, OutputValues, SecretKeyRef } from './output.ts';
export { output } from './output.ts';
export type { FieldReader, Readiness, ReadinessRule } from './readiness.ts';
export { readinessOf, readyWhen } from './readiness.ts';
export { BlueprintScope } from './scope.ts';
export type { StoredSecretProps } from './stored-secret.ts';
export { StoredSecret } from './stored-secret.ts';
export type {
  BlueprintDefinition,
  Card,
  ComposeContext,
  ComposeResult,
  Dependency,
  DependencySpec,
  Member,
  MemberSpec,
  MemberValues,
  PlacementMode,
} from './types.ts';
export type { HelmChart, Upstream } from './upstream.ts';
export { chartsOf, helmChart } from './upstream.ts';
