import type { Issue } from '../errors.ts';
import type { JsonObject } from '../internal/json.ts';
import type { RenderEvent } from './events.ts';
import type { StepTrace } from './pipeline.ts';
import type { AskedResource, AskedSchema } from './resources.ts';

/** A composed resource after the reconcile. */
export interface ComposedResource {
  /** Its name in the Composition. */
  readonly name: string;
  /** What would be applied. */
  readonly object: JsonObject;
  readonly ready: boolean;
  /** Whether the observed resources hold it already. */
  readonly exists: boolean;
  /** As it was observed, with its status. */
  readonly observed?: JsonObject;
}

export interface RenderResult {
  /** The XR's identity, its references and its status: what Crossplane writes, not the input's spec. */
  readonly composite: JsonObject;
  /** Sorted by resource name. Empty after a failure: nothing is applied. */
  readonly composed: readonly ComposedResource[];
  /** Observed resources that are no longer desired. */
  readonly deleted: readonly JsonObject[];
  readonly events: readonly RenderEvent[];
  /** What functions and Composition asked for, and whether it was there. */
  readonly requirements: {
    readonly resources: readonly AskedResource[];
    readonly schemas: readonly AskedSchema[];
  };
  /** The context after the last step. */
  readonly context: JsonObject | undefined;
  /** Seconds until the XR would be looked at again; undefined: only when something changes. */
  readonly ttlSeconds: number | undefined;
  readonly steps: readonly StepTrace[];
  /** Whether the XR is Ready after this reconcile. */
  readonly ready: boolean;
  /** Why nothing was applied. `result`: a function said FATAL; else a step or a resource failed. */
  readonly failure?: { readonly step?: string; readonly message: string; readonly result: boolean };
  /** Suspicious, though Crossplane would go on: two names for one object, a desired status. */
  readonly findings: readonly Issue[];
}
