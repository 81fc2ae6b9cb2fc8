import { celCondition, fractionRules } from './cel-rules.ts';
import type { ConfigSchema } from './config-schema-types.ts';
import { CONFIG_FORMATS, EMITTED_FORMATS } from './formats.ts';
import { MAX_OCCURRENCES } from './parse-limits.ts';
import { translatePattern } from './pattern.ts';
import type { MutableStructural, StructuralSchema, ValidationRule } from './structural-types.ts';

// A rule's estimated cost is multiplied with how often its place can occur. Conditions have an OpenAPI form that costs
// nothing, so CEL (with its better message) is for places that stay far below the apiserver's limit.
const MAX_RULE_OCCURRENCES = 1000; // places

const COPIED = [
  'title',
  'description',
  'nullable',
  'enum',
  'minLength',
  'maxLength',
  'multipleOf',
  'minItems',
  'maxItems',
  'minProperties',
  'maxProperties',
  'required',
  'x-kubernetes-int-or-string',
  'x-kubernetes-preserve-unknown-fields',
  'x-kubernetes-list-type',
  'x-kubernetes-map-type',
] as const;

/** A whole config schema as structural schema: same verdicts, `default` left out. */
export function toStructuralNode(schema: ConfigSchema, occurrences = 1): StructuralSchema {
  const out: MutableStructural = {};
  if (schema.type !== undefined) out.type = schema.type;
  limits(schema, schema, out);
  if (schema.type === 'integer' || schema['x-kubernetes-int-or-string']) boundInteger(schema, out);
  if (schema.uniqueItems) out['x-kubernetes-list-type'] = 'set';
  children(schema, occurrences, out);
  const rules = [...fractionRules(schema), ...conditions(schema, schema, occurrences, out)];
  if (rules.length > 0) out['x-kubernetes-validations'] = rules;
  return out;
}

function children(schema: ConfigSchema, occurrences: number, out: MutableStructural): void {
  if (schema.items !== undefined) {
    out.items = toStructuralNode(schema.items, occurrences * (schema.maxItems ?? MAX_OCCURRENCES));
  }
  if (schema.properties !== undefined) {
    out.properties = Object.fromEntries(
      Object.entries(schema.properties).map(([key, child]) => [key, toStructuralNode(child, occurrences)]),
    );
  }
  const more = schema.additionalProperties;
  if (more === true) out['x-kubernetes-preserve-unknown-fields'] = true;
  else if (typeof more === 'object') {
    out.additionalProperties = toStructuralNode(
      more,
      occurrences * (schema.maxProperties ?? MAX_OCCURRENCES),
    );
  }
}

/** The constraints of a condition on values of `node`: no types, no texts, no CEL, as structural schemas demand. */
export function toStructuralBranch(branch: ConfigSchema, node: ConfigSchema): StructuralSchema {
  const out: MutableStructural = {};
  limits(branch, node, out);
  if (branch.items !== undefined && node.items !== undefined) {
    out.items = toStructuralBranch(branch.items, node.items);
  }
  if (branch.properties !== undefined) {
    out.properties = Object.fromEntries(
      Object.entries(branch.properties).map(([key, child]) => [
        key,
        toStructuralBranch(child, node.properties?.[key] ?? {}),
      ]),
    );
  }
  conditions(branch, node, Number.POSITIVE_INFINITY, out);
  return out;
}

function limits(schema: ConfigSchema, node: ConfigSchema, out: MutableStructural): void {
  for (const key of COPIED) {
    if (schema[key] !== undefined) Object.assign(out, { [key]: schema[key] });
  }
  if (schema.format !== undefined && EMITTED_FORMATS.has(schema.format)) out.format = schema.format;
  patterns(schema, out);
  bounds(schema, node, out);
}

function patterns(schema: ConfigSchema, out: MutableStructural): void {
  const translated = schema.pattern === undefined ? undefined : translatePattern(schema.pattern);
  const found = [
    translated?.ok ? translated.pattern : undefined,
    schema.format === undefined ? undefined : CONFIG_FORMATS.get(schema.format),
  ].filter((pattern) => pattern !== undefined && pattern !== '');
  const [first, second] = found;
  if (first !== undefined) out.pattern = first;
  if (second !== undefined) out.allOf = [{ pattern: second }];
}

/** JSON Schema's two numbers per side as OpenAPI v3's one number with a flag. Fractions go to CEL, see there. */
function bounds(schema: ConfigSchema, node: ConfigSchema, out: MutableStructural): void {
  const whole = (value: number | undefined): number | undefined =>
    value !== undefined && (Number.isInteger(value) || node.type === 'integer') ? value : undefined;
  const min = whole(schema.minimum);
  const above = whole(schema.exclusiveMinimum);
  if (above !== undefined && (min === undefined || above >= min)) {
    out.minimum = above;
    out.exclusiveMinimum = true;
  } else if (min !== undefined) out.minimum = min;
  const max = whole(schema.maximum);
  const below = whole(schema.exclusiveMaximum);
  if (below !== undefined && (max === undefined || below <= max)) {
    out.maximum = below;
    out.exclusiveMaximum = true;
  } else if (max !== undefined) out.maximum = max;
}

/** Numbers reach a compose function as doubles: an integer beyond 2^53 would arrive changed, without an error. */
function boundInteger(schema: ConfigSchema, out: MutableStructural): void {
  const [low, high] =
    schema.format === 'int32'
      ? [-(2 ** 31), 2 ** 31 - 1]
      : [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER];
  if (out.minimum === undefined || out.minimum < low) {
    out.minimum = low;
    delete out.exclusiveMinimum;
  }
  if (out.maximum === undefined || out.maximum > high) {
    out.maximum = high;
    delete out.exclusiveMaximum;
  }
}

function isPureIf(branch: ConfigSchema): boolean {
  return Object.keys(branch).every((key) => key === 'if' || key === 'then' || key === 'else');
}

/** OpenAPI v3 has no `if`: it is "not IF, or THEN" and "IF, or ELSE". */
function ifThenElse(branch: ConfigSchema, part: (b: ConfigSchema) => StructuralSchema): StructuralSchema[] {
  const subject = part(branch.if ?? {});
  const out: StructuralSchema[] = [];
  if (branch.then !== undefined) out.push({ anyOf: [{ not: subject }, part(branch.then)] });
  if (branch.else !== undefined) out.push({ anyOf: [subject, part(branch.else)] });
  return out;
}

/** The node's own if/then/else as one part of its allOf. */
function ownIf(schema: ConfigSchema): ConfigSchema[] {
  if (schema.if === undefined) return [];
  const { if: subject, then, else: otherwise } = schema;
  return [{ if: subject, ...(then && { then }), ...(otherwise && { else: otherwise }) }];
}

/** Writes the conditions into `out`, or as CEL rules (with a message for people) where that is exact and cheap. */
function conditions(
  schema: ConfigSchema,
  node: ConfigSchema,
  occurrences: number,
  out: MutableStructural,
): ValidationRule[] {
  const rules: ValidationRule[] = [];
  const all: StructuralSchema[] = [...(out.allOf ?? [])];
  const part = (branch: ConfigSchema): StructuralSchema => toStructuralBranch(branch, node);
  for (const branch of [...(schema.allOf ?? []), ...ownIf(schema)]) {
    const rule = occurrences > MAX_RULE_OCCURRENCES ? undefined : celCondition(branch, node);
    if (rule !== undefined) rules.push(rule);
    else if (branch.if !== undefined && isPureIf(branch)) all.push(...ifThenElse(branch, part));
    else all.push(part(branch));
  }
  if (schema.anyOf !== undefined) out.anyOf = schema.anyOf.map(part);
  if (schema.oneOf !== undefined) out.oneOf = schema.oneOf.map(part);
  if (schema.not !== undefined) out.not = part(schema.not);
  if (all.length > 0) out.allOf = all;
  return rules;
}
