/**
 * Write platform Blueprints for Crossplane: `defineBlueprint`, its constructs and its types.
 * Typed kinds of the ecosystem are at `@openova/blueprints/kinds/*`.
 */
export type {
  Blueprint,
  BlueprintDefinition,
  Card,
  Catalogue,
  CatalogueEntry,
  ClusterFacts,
  ComposeContext,
  ComposeOptions,
  ComposeResult,
  Dependency,
  DependencySpec,
  FieldReader,
  HelmChart,
  HelmReleaseProps,
  Member,
  MemberSpec,
  MemberValues,
  Observed,
  OutputBuilder,
  OutputField,
  OutputValues,
  PlacementMode,
  Readiness,
  ReadinessRule,
  SecretKeyRef,
  StoredSecretProps,
  Upstream,
} from './blueprint/index.ts';
export {
  apiOf,
  BlueprintScope,
  catalogueOf,
  composeFunction,
  defineBlueprint,
  HelmRelease,
  helmChart,
  output,
  readinessOf,
  readyWhen,
  StoredSecret,
} from './blueprint/index.ts';
export type { Carried } from './cli/run-host.ts';
export { runHost } from './cli/run-host.ts';
export type { Issue, ToolkitErrorCode } from './errors.ts';
export { isToolkitError, ToolkitError } from './errors.ts';
export type { ConfigInputOf, ConfigOf, Schema } from './schema/schema.ts';
export { schema } from './schema/schema.ts';
