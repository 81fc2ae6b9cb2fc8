/** Bounds on what a peer may send. A message that exceeds one is refused with a `limit` error. */
export interface CodecLimits {
  /** Size of a whole message, in bytes. @default 4 MiB */
  readonly maxBytes: number;
  /** Nesting of objects and arrays inside one Kubernetes object. @default 128 */
  readonly maxDepth: number;
  /** Entries of one map or list of resources, and occurrences of one field. @default 10 000 */
  readonly maxEntries: number;
  /** Values (scalars, objects and arrays) inside one Kubernetes object. @default 500 000 */
  readonly maxValues: number;
}

export const MAX_MESSAGE_BYTES: number = 4 * 1024 * 1024; // 4 MiB, the default of every gRPC implementation
// An OpenAPI schema with its references inlined costs two levels per property, so it goes deeper than any object.
export const MAX_STRUCT_DEPTH = 128;
export const MAX_ENTRIES = 10_000;
export const MAX_VALUES = 500_000;

export const DEFAULT_LIMITS: CodecLimits = {
  maxBytes: MAX_MESSAGE_BYTES,
  maxDepth: MAX_STRUCT_DEPTH,
  maxEntries: MAX_ENTRIES,
  maxValues: MAX_VALUES,
};
