export { AnswerCache, type CachedAnswer, type CacheOutcome } from './cache/index.ts';
export { type CallOptions, type ConnectOptions, connectFunction, type FunctionClient } from './client.ts';
export {
  type CodecLimits,
  decodeRequest,
  decodeResponse,
  type EncodeResponseOptions,
  encodeRequest,
  encodeResponse,
  type RequestData,
  type RequirementsData,
  type ResourceData,
  type ResponseData,
  type ResultData,
  type StateData,
} from './codec/index.ts';
export { DEFAULT_TTL_SECONDS } from './defaults.ts';
export {
  type CallRecord,
  createHost,
  createRouter,
  createRunner,
  type Handler,
  type Host,
  type HostOptions,
  INPUT_API_VERSION,
  INPUT_KIND,
  type Meter,
  parseStepInput,
  type Refusal,
  type Router,
  type Runner,
  type RunnerOptions,
  readTlsDirectory,
  type Served,
  type ServedKind,
  type StepInput,
  type TlsFiles,
  type TlsSource,
  type TracingOptions,
  type WorkerOptions,
} from './host/index.ts';
export {
  createJsonLogger,
  type JsonLoggerOptions,
  type LogFields,
  type Logger,
  type LogLevel,
  silentLogger,
} from './logger.ts';
export type {
  CallContext,
  ComposeFunction,
  DesiredResource,
  FunctionCondition,
  FunctionRequest,
  FunctionResponse,
  FunctionResult,
  Ready,
  ResourceSelector,
  ResourceView,
  ResultTarget,
  SchemaSelector,
  Severity,
  StateView,
} from './protocol.ts';
export { hostSdkHandler, type SdkFunctionHandler, type SdkHandlerOptions } from './sdk.ts';
export type { CreateWorkerRouter, WorkerRouter } from './workers/messages.ts';
export { type StartedThread, startThread, type ThreadOptions } from './workers/start-thread.ts';
