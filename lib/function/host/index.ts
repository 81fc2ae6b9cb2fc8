export type { TracingOptions } from '../tracing/index.ts';
export { readTlsDirectory, type TlsFiles, type TlsSource } from './certificates.ts';
export { createHost, type Host, type HostOptions, type WorkerOptions } from './host.ts';
export {
  createRouter,
  type Handler,
  INPUT_API_VERSION,
  INPUT_KIND,
  type Meter,
  parseStepInput,
  type Refusal,
  type Router,
  type Served,
  type ServedKind,
  type StepInput,
} from './router.ts';
export { type CallRecord, createRunner, type Runner, type RunnerOptions } from './runner.ts';
