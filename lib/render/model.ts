import type { ResourceSelector, ResultTarget, SchemaSelector } from '../function/protocol.ts';
import type { JsonObject } from '../internal/json.ts';

/** Readiness as it travels: a function may leave it open. */
export type WireReady = 'unspecified' | 'true' | 'false';
/** A function built against a newer protocol may send a severity that nobody knows yet. */
export type WireSeverity = 'unspecified' | 'fatal' | 'warning' | 'normal';

/** A resource of a request or response, as plain data. */
export interface RunResource {
  readonly object: JsonObject;
  readonly ready: WireReady;
  readonly connectionDetails?: ReadonlyMap<string, Uint8Array>;
}

export interface RunState {
  readonly composite: RunResource | undefined;
  readonly resources: ReadonlyMap<string, RunResource>;
}

/** `RunFunctionRequest` as plain data; what a function sees of one call. */
export interface RunRequest {
  readonly tag: string;
  readonly capabilities: readonly number[];
  readonly observed: RunState;
  readonly desired: RunState;
  readonly input: JsonObject | undefined;
  readonly context: JsonObject | undefined;
  /** Key present and undefined or empty: looked for, nothing found. */
  readonly requiredResources: ReadonlyMap<string, readonly RunResource[] | undefined>;
  readonly extraResources: ReadonlyMap<string, readonly RunResource[] | undefined>;
  /** Key present and undefined: the kind has no known schema. */
  readonly requiredSchemas: ReadonlyMap<string, JsonObject | undefined>;
  readonly credentials: ReadonlyMap<string, ReadonlyMap<string, Uint8Array>>;
}

export interface RunResult {
  readonly severity: WireSeverity;
  readonly message: string;
  readonly reason?: string;
  readonly target?: ResultTarget;
}

export interface RunCondition {
  readonly type: string;
  readonly status: 'unspecified' | 'True' | 'False' | 'Unknown';
  readonly reason: string;
  readonly message?: string;
  readonly target?: ResultTarget;
}

/** Selectors by requirement name. */
export interface Requirements {
  readonly resources: ReadonlyMap<string, ResourceSelector>;
  readonly extraResources: ReadonlyMap<string, ResourceSelector>;
  readonly schemas: ReadonlyMap<string, SchemaSelector>;
}

/** `RunFunctionResponse` as plain data. */
export interface RunResponse {
  readonly tag: string;
  readonly ttlSeconds: number | undefined;
  /** Absent: the function desires nothing at all. */
  readonly desired: RunState | undefined;
  readonly results: readonly RunResult[];
  readonly conditions: readonly RunCondition[];
  /** Absent: the context is erased for the steps that follow. */
  readonly context: JsonObject | undefined;
  /** Absent is not the same as empty: an empty message costs one more call. */
  readonly requirements: Requirements | undefined;
  readonly output: JsonObject | undefined;
}

export const EMPTY_STATE: RunState = { composite: undefined, resources: new Map() };
