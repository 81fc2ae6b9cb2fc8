import type { JsonObject } from '../../internal/json.ts';
import type {
  FunctionCondition,
  Ready,
  ResourceSelector,
  ResultTarget,
  SchemaSelector,
} from '../protocol.ts';

/** A resource as plain data. */
export interface ResourceData {
  readonly object: JsonObject;
  readonly ready?: Ready;
  readonly connectionDetails?: ReadonlyMap<string, Uint8Array>;
}

export interface StateData {
  readonly composite?: ResourceData;
  /** By composition resource name. */
  readonly resources?: ReadonlyMap<string, ResourceData>;
}

/** A `RunFunctionRequest` as plain data: what a caller such as a renderer builds. Absent means unset. */
export interface RequestData {
  readonly tag?: string;
  /** `CAPABILITY_…` numbers. */
  readonly capabilities?: readonly number[];
  readonly observed?: StateData;
  readonly desired?: StateData;
  readonly input?: JsonObject;
  readonly context?: JsonObject;
  /** Key with an empty list: looked for, nothing found. */
  readonly requiredResources?: ReadonlyMap<string, readonly ResourceData[]>;
  readonly extraResources?: ReadonlyMap<string, readonly ResourceData[]>;
  /** Key with undefined: the kind is unknown. */
  readonly requiredSchemas?: ReadonlyMap<string, JsonObject | undefined>;
  /** Secret data by credential name. */
  readonly credentials?: ReadonlyMap<string, ReadonlyMap<string, Uint8Array>>;
}

/** A result as it was answered; `unspecified` where the function named no severity. */
export interface ResultData {
  readonly severity: 'unspecified' | 'fatal' | 'warning' | 'normal';
  readonly message: string;
  readonly reason?: string;
  readonly target?: ResultTarget;
}

export interface RequirementsData {
  readonly resources: ReadonlyMap<string, ResourceSelector>;
  readonly schemas: ReadonlyMap<string, SchemaSelector>;
  /** Deprecated in the protocol, still resolved by Crossplane. */
  readonly extraResources: ReadonlyMap<string, ResourceSelector>;
}

/** A `RunFunctionResponse` as plain data. */
export interface ResponseData {
  readonly tag: string;
  /** Undefined: no ttl was written, which Crossplane takes as 0. */
  readonly ttlSeconds: number | undefined;
  readonly desired: {
    readonly composite: ResourceData | undefined;
    readonly resources: ReadonlyMap<string, ResourceData>;
  };
  readonly results: readonly ResultData[];
  readonly conditions: readonly FunctionCondition[];
  readonly context: JsonObject | undefined;
  /** Undefined if unset, which differs from present but empty. */
  readonly requirements: RequirementsData | undefined;
  readonly output: JsonObject | undefined;
}
