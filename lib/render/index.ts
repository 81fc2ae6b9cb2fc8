export type { BecomeReady } from './become-ready.ts';
export { statusWhenReady } from './become-ready.ts';
export type { Applied } from './cluster.ts';
export { FakeCluster } from './cluster.ts';
export type { ScopeOf } from './composed.ts';
export { FIXED_TIME } from './conditions.ts';
export type { RenderEvent } from './events.ts';
export type { BytesClient, PipelineFunction } from './function.ts';
export { addressFunction, bytesFunction, hostFunction, requestTag } from './function.ts';
export type { InProcessOptions } from './in-process.ts';
export { inProcessFunction } from './in-process.ts';
export type { RenderInput } from './input.ts';
export type {
  Requirements,
  RunCondition,
  RunRequest,
  RunResource,
  RunResponse,
  RunResult,
  RunState,
  WireReady,
  WireSeverity,
} from './model.ts';
export { childName, nameProblem, renderUid } from './names.ts';
export { dependencyOrder } from './order.ts';
export type { OutputOptions } from './output.ts';
export { renderedObjects, renderYaml } from './output.ts';
export type { StepTrace } from './pipeline.ts';
export { MAX_REQUIREMENT_ITERATIONS } from './pipeline.ts';
export { formatObjects } from './readable.ts';
export { renderComposite } from './reconcile.ts';
export type { AskedResource, AskedSchema } from './resources.ts';
export { Lookup } from './resources.ts';
export type { ComposedResource, RenderResult } from './result.ts';
export type {
  Change,
  CompositionOf,
  SettleInput,
  SettleOptions,
  SettleResult,
  SettleRound,
} from './settle.ts';
export { DEFAULT_MAX_ROUNDS, settle } from './settle.ts';
export type { Paint } from './summary.ts';
export { formatRound, formatSettled, formatSummary, PLAIN } from './summary.ts';
export type { Waiting } from './waiting.ts';
export { whyNotReady } from './waiting.ts';
