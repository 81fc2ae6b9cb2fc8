import type { Json } from '../internal/json.ts';

export type ConfigType = 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean';

/**
 * A config schema after {@link parseConfigSchema}: `$ref` inlined, `const` as a one-valued `enum`, dependencies as
 * `if`/`then`, objects closed unless they say otherwise, every property of a condition declared on its object too.
 * Conditions (`allOf` … `else`) hold constraints only, never `type`, `default` or texts.
 */
export interface ConfigSchema {
  /** Absent in conditions, in int-or-string nodes and in nodes that hold any JSON. */
  readonly type?: ConfigType;
  readonly nullable?: true;
  readonly title?: string;
  readonly description?: string;
  readonly default?: Json;
  readonly enum?: readonly (string | number | boolean)[];
  readonly format?: string;
  /** As written, in ECMAScript; `translatePattern` gives what Kubernetes runs. */
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly multipleOf?: number;
  readonly items?: ConfigSchema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly uniqueItems?: true;
  readonly properties?: { readonly [name: string]: ConfigSchema };
  readonly required?: readonly string[];
  /** Always present on objects: false = closed, true = any further key, schema = a map. */
  readonly additionalProperties?: boolean | ConfigSchema;
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly allOf?: readonly ConfigSchema[];
  readonly anyOf?: readonly ConfigSchema[];
  readonly oneOf?: readonly ConfigSchema[];
  readonly not?: ConfigSchema;
  readonly if?: ConfigSchema;
  readonly then?: ConfigSchema;
  readonly else?: ConfigSchema;
  readonly 'x-catalyst-ui-hint'?: string;
  readonly 'x-catalyst-ui-filter'?: Json;
  readonly 'x-kubernetes-int-or-string'?: true;
  readonly 'x-kubernetes-preserve-unknown-fields'?: true;
  readonly 'x-kubernetes-list-type'?: string;
  readonly 'x-kubernetes-map-type'?: string;
}

/** A schema under construction. */
export type MutableSchema = { -readonly [K in keyof ConfigSchema]: ConfigSchema[K] };
