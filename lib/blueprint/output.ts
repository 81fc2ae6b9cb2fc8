import type { JsonObject } from '../internal/json.ts';

declare const TYPE: unique symbol;

/** One declared output or status field: its schema for the XRD, its type for `compose` and for dependents. */
export interface OutputField<T> {
  readonly [TYPE]?: T;
  /** OpenAPI schema of the field, with its description. */
  readonly schema: JsonObject;
}

/** A reference to one key of a Secret; what a Blueprint hands on instead of a value. */
export interface SecretKeyRef {
  readonly name: string;
  readonly key: string;
  readonly namespace?: string;
}

function field<T>(schema: JsonObject): OutputField<T> {
  return { schema };
}

export interface OutputBuilder {
  string(description: string): OutputField<string>;
  integer(description: string): OutputField<number>;
  boolean(description: string): OutputField<boolean>;
  strings(description: string): OutputField<readonly string[]>;
  /** Where a consumer finds a credential; the value itself never leaves its Secret. */
  secret(description: string): OutputField<SecretKeyRef>;
}

/** Declares outputs: `outputs: { issuer: output.string('Base URL of the realm') }`. */
export const output: OutputBuilder = {
  string: (description) => field({ type: 'string', description }),
  integer: (description) => field({ type: 'integer', format: 'int64', description }),
  boolean: (description) => field({ type: 'boolean', description }),
  strings: (description) => field({ type: 'array', description, items: { type: 'string' } }),
  secret: (description) =>
    field({
      type: 'object',
      description,
      required: ['name', 'key'],
      properties: { name: { type: 'string' }, key: { type: 'string' }, namespace: { type: 'string' } },
    }),
};

/** The values that belong to declared outputs. */
export type OutputValues<O> = { readonly [K in keyof O]: O[K] extends OutputField<infer T> ? T : never };
