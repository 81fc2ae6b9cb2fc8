import type { Json } from '../internal/json.ts';

/** One `x-kubernetes-validations` entry. */
export interface ValidationRule {
  /** CEL over `self` (and `oldSelf`); true = valid. */
  readonly rule: string;
  readonly message?: string;
  readonly messageExpression?: string;
  readonly reason?: string;
  /** Path below the node, such as `.host`. */
  readonly fieldPath?: string;
  readonly optionalOldSelf?: boolean;
}

/** OpenAPI v3 as a CRD or XRD stores it. */
export interface StructuralSchema {
  /** `k8s:<definition>` stands for a shared schema that the caller supplies. */
  readonly $ref?: string;
  readonly type?: string;
  readonly nullable?: boolean;
  readonly title?: string;
  readonly description?: string;
  readonly default?: Json;
  readonly format?: string;
  readonly enum?: readonly Json[];
  /** RE2, unanchored. */
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly exclusiveMinimum?: boolean;
  readonly maximum?: number;
  readonly exclusiveMaximum?: boolean;
  readonly multipleOf?: number;
  readonly items?: StructuralSchema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly properties?: { readonly [name: string]: StructuralSchema };
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | StructuralSchema;
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly allOf?: readonly StructuralSchema[];
  readonly anyOf?: readonly StructuralSchema[];
  readonly oneOf?: readonly StructuralSchema[];
  readonly not?: StructuralSchema;
  readonly 'x-kubernetes-int-or-string'?: boolean;
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean;
  readonly 'x-kubernetes-embedded-resource'?: boolean;
  readonly 'x-kubernetes-list-type'?: string;
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
  readonly 'x-kubernetes-map-type'?: string;
  readonly 'x-kubernetes-validations'?: readonly ValidationRule[];
}

/** A structural schema under construction. */
export type MutableStructural = { -readonly [K in keyof StructuralSchema]: StructuralSchema[K] };
