/** A real Crossplane on one machine, for tests: Kubernetes API and core as processes, without containers. */
export { FLUX_NAMESPACE } from '../../generate/flux-install.ts';
export { hasCondition } from '../../render/objects.ts';
export type {
  ApiClient,
  ApiClientOptions,
  ApplyOptions,
  DeleteOptions,
  ListOptions,
  ObjectRef,
  PatchOptions,
} from './api-client.ts';
export { ApiError, connectApi, describeStatus, refOf } from './api-client.ts';
export type { ClusterBinaries, FoundBinaries } from './binaries.ts';
export { findClusterBinaries } from './binaries.ts';
export type { Child, ChildOptions } from './child.ts';
export { startChild } from './child.ts';
export type { Crossplane } from './crossplane.ts';
export { CROSSPLANE_NAMESPACE } from './crossplane.ts';
export { definitionOfKind } from './definitions.ts';
export type { Flux, FluxCluster, FluxOptions } from './flux.ts';
export { startFlux } from './flux.ts';
export type { FluxBinaries, FluxBinary, FluxController, FoundFluxBinaries } from './flux-binaries.ts';
export { findFluxBinaries } from './flux-binaries.ts';
export type { AttachedFunction } from './function-endpoint.ts';
export type { Cluster, ClusterOptions } from './start-cluster.ts';
export { startCluster } from './start-cluster.ts';
export { sumMetric } from './sum-metric.ts';
export type { ProcessUsage } from './usage.ts';
export type { Look, WaitOptions } from './wait.ts';
export { waitFor } from './wait.ts';
