import type { Json, JsonObject } from '../internal/json.ts';

/** Readiness as `apiextensions.fn.proto.v1` has it. */
export type Ready = 'unspecified' | 'true' | 'false';

/** A resource inside a request. Nothing is decoded before it is asked for; decoded values are shared and frozen. */
export interface ResourceView {
  /** The whole object. Decoding it costs its size: prefer `get` where a few fields are enough. */
  readonly object: JsonObject;
  /** The value at a path (`get('status', 'conditions')`), decoding only what lies on it; undefined if absent. */
  get(...path: readonly (string | number)[]): Json | undefined;
  readonly connectionDetails: ReadonlyMap<string, Uint8Array>;
  readonly ready: Ready;
}

export interface StateView {
  readonly composite: ResourceView | undefined;
  /** By composition resource name. `keys()` and `has()` decode nothing. */
  readonly resources: ReadonlyMap<string, ResourceView>;
}

/** Selects cluster objects a function asks for: by name, by labels, or (neither given) all of that kind. */
export interface ResourceSelector {
  readonly apiVersion: string;
  readonly kind: string;
  readonly matchName?: string;
  readonly matchLabels?: Readonly<Record<string, string>>;
  /** Absent: cluster-scoped, or all namespaces. */
  readonly namespace?: string;
}

export interface SchemaSelector {
  readonly apiVersion: string;
  readonly kind: string;
}

/** A `RunFunctionRequest`, read lazily from its bytes: while its call lasts. What was read of it stays. */
export interface FunctionRequest {
  readonly tag: string;
  /** `CAPABILITY_…` numbers; empty on cores older than 2.2, which does not mean that a feature is missing. */
  readonly capabilities: readonly number[];
  readonly observed: StateView;
  readonly desired: StateView;
  readonly input: JsonObject | undefined;
  readonly context: JsonObject | undefined;
  /** Key present and empty: looked for, nothing found. Key absent: not resolved yet. */
  readonly requiredResources: ReadonlyMap<string, readonly ResourceView[]>;
  readonly extraResources: ReadonlyMap<string, readonly ResourceView[]>;
  readonly requiredSchemas: ReadonlyMap<string, JsonObject | undefined>;
  readonly credentials: ReadonlyMap<string, ReadonlyMap<string, Uint8Array>>;
}

export type Severity = 'fatal' | 'warning' | 'normal';
export type ResultTarget = 'composite' | 'composite-and-claim';

export interface FunctionResult {
  readonly severity: Severity;
  readonly message: string;
  /** PascalCase; becomes the event's reason. */
  readonly reason?: string;
  readonly target?: ResultTarget;
}

export interface FunctionCondition {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: string;
  readonly message?: string;
  readonly target?: ResultTarget;
}

export interface DesiredResource {
  /** JSON data, or what `lib/function` can encode in one pass; never `undefined` in arrays. */
  readonly object: JsonObject;
  readonly ready?: Ready;
  readonly connectionDetails?: ReadonlyMap<string, Uint8Array>;
}

/**
 * What a function answers. Desired state and context of the request that it does not mention pass through as the
 * bytes they came in; the tag is copied; `ttlSeconds` absent means that the host's default is written.
 */
export interface FunctionResponse {
  readonly ttlSeconds?: number;
  /**
   * Desired composite: status and readiness only. A status key set here replaces that key as an earlier function
   * set it; the keys that are not named pass through.
   */
  readonly composite?: {
    readonly status?: JsonObject;
    readonly ready?: Ready;
    readonly connectionDetails?: ReadonlyMap<string, Uint8Array>;
  };
  /** Set or replaced, by composition resource name. */
  readonly resources?: ReadonlyMap<string, DesiredResource>;
  /** Names from the request's desired state that are to be dropped. */
  readonly removed?: readonly string[];
  readonly results?: readonly FunctionResult[];
  readonly conditions?: readonly FunctionCondition[];
  /** Keys set in the context; the others pass through. */
  readonly context?: JsonObject;
  /** Declared the same on every call, or the loop never settles; empty is written as absent. */
  readonly requirements?: {
    readonly resources?: Readonly<Record<string, ResourceSelector>>;
    readonly schemas?: Readonly<Record<string, SchemaSelector>>;
  };
  /** Operations only. */
  readonly output?: JsonObject;
  /** A whole `RunFunctionResponse`, encoded by another SDK: sent as it is, and every other field is ignored. */
  readonly encoded?: Uint8Array;
}

export interface CallContext {
  /** Aborted when the client goes away, the deadline passes or the host's own bound is reached. */
  readonly signal: AbortSignal;
}

/** Pure: the same request gives the same response. No clock, no randomness, no network, no file system. */
export type ComposeFunction = (
  request: FunctionRequest,
  context: CallContext,
) => FunctionResponse | Promise<FunctionResponse>;
