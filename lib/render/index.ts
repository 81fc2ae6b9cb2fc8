export type { PipelineFunction } from './function.ts';
export { inProcessFunction } from './in-process.ts';
export type { RenderInput } from './input.ts';
export type { ComposedResource, RenderResult } from './reconcile.ts';
export { renderComposite } from './reconcile.ts';
export { Lookup } from './resources.ts';
