import type { Issue } from '../errors.ts';
import { isObject } from '../internal/json.ts';
import { validateRules } from './cel-validator.ts';
import { didYouMean } from './did-you-mean.ts';
import { validateListType } from './list-types.ts';
import type { StructuralSchema } from './structural-types.ts';
import { deref, join, MAX_ISSUES, MAX_VALUE_DEPTH, type Run } from './validation-run.ts';
import { checkLimits, checkType, type Report } from './value-checks.ts';

export interface ValidateStructuralOptions {
  /** The stored value, for transition rules (`oldSelf`); absent on create. */
  readonly oldValue?: unknown;
  /** What the value is called in the findings. @default "" (paths start at the first key) */
  readonly path?: string;
  /** Resolves `$ref: k8s:<definition>`; a name that is missing accepts anything. */
  readonly definitions?: ReadonlyMap<string, StructuralSchema>;
  /** The value is a whole object: `apiVersion`, `kind` and `metadata` need no declaration. @default false */
  readonly resource?: boolean;
}

/**
 * Judges a value as kube-apiserver does under strict field validation: types, unknown fields, value validations,
 * list types, then (when all of that holds) the CEL rules. At most {@link MAX_ISSUES} findings; never throws.
 */
export function validateStructural(
  schema: StructuralSchema,
  value: unknown,
  options: ValidateStructuralOptions = {},
): Issue[] {
  const run: Run = {
    definitions: options.definitions,
    issues: [],
    add(path, message, remedy) {
      if (this.issues.length >= MAX_ISSUES) return;
      const at = path === '' ? '.' : path;
      this.issues.push(remedy === undefined ? { path: at, message } : { path: at, message, remedy });
    },
  };
  validateNode(schema, value, options.path ?? '', 0, run, options.resource ?? false);
  // As in the apiserver: rules see only values whose types are right.
  if (run.issues.length === 0) validateRules(schema, value, options.oldValue, options.path ?? '', run);
  return run.issues;
}

function validateNode(
  given: StructuralSchema,
  value: unknown,
  path: string,
  depth: number,
  run: Run,
  resource: boolean,
): void {
  if (run.issues.length >= MAX_ISSUES) return;
  if (depth > MAX_VALUE_DEPTH) {
    run.add(path, `is nested deeper than ${MAX_VALUE_DEPTH} levels`);
    return;
  }
  const schema = deref(given, run);
  if (schema === undefined) return;
  if (!checkType(schema, value, path, run)) return;
  validateValue(schema, value, path, depth, run);
  if (Array.isArray(value)) {
    validateListType(schema, value, path, run);
    if (schema.items !== undefined) {
      for (const [i, item] of value.entries())
        validateNode(schema.items, item, join(path, i), depth + 1, run, false);
    }
  } else if (isObject(value)) {
    validateFields(
      schema,
      value,
      path,
      depth,
      run,
      resource || schema['x-kubernetes-embedded-resource'] === true,
    );
  }
}

const RESOURCE_FIELDS: ReadonlySet<string> = new Set(['apiVersion', 'kind', 'metadata']);

function validateFields(
  schema: StructuralSchema,
  value: object,
  path: string,
  depth: number,
  run: Run,
  resource: boolean,
): void {
  const properties = schema.properties ?? {};
  if (schema['x-kubernetes-embedded-resource']) {
    for (const key of ['apiVersion', 'kind']) {
      if (!Object.hasOwn(value, key)) run.add(join(path, key), 'is required', `set ${key}`);
    }
  }
  for (const [key, item] of Object.entries(value)) {
    const at = join(path, key);
    const child = Object.hasOwn(properties, key) ? properties[key] : undefined;
    if (child !== undefined) validateNode(child, item, at, depth + 1, run, false);
    else if (typeof schema.additionalProperties === 'object') {
      validateNode(schema.additionalProperties, item, at, depth + 1, run, false);
    } else if (resource && RESOURCE_FIELDS.has(key)) {
      const wrong = key === 'metadata' ? !isObject(item) : typeof item !== 'string';
      if (wrong) run.add(at, `must be ${key === 'metadata' ? 'an object' : 'a string'}`);
    } else if (!isOpen(schema)) {
      const near = didYouMean(key, Object.keys(properties));
      run.add(
        at,
        'is not a field of this object',
        near === undefined ? 'remove it' : `did you mean "${near}"?`,
      );
    }
  }
}

function isOpen(schema: StructuralSchema): boolean {
  if (schema['x-kubernetes-preserve-unknown-fields'] || schema.additionalProperties === true) return true;
  return schema.type === undefined && !schema['x-kubernetes-int-or-string'];
}

/** Value validations of a node or of a condition; keys and items only where a condition names them. */
function validateValue(
  schema: StructuralSchema,
  value: unknown,
  path: string,
  depth: number,
  run: Report,
): void {
  checkLimits(schema, value, path, run);
  if (value === null) return; // kube-openapi looks at type and enum only
  for (const part of schema.allOf ?? []) validateBranch(part, value, path, depth + 1, run);
  const { anyOf, oneOf, not } = schema;
  const passes = (part: StructuralSchema): boolean => branchPasses(part, value, depth + 1);
  if (anyOf !== undefined && anyOf.length > 0 && !anyOf.some(passes)) {
    explain(anyOf, value, path, depth, run, 'matches none of the alternatives');
  }
  if (oneOf !== undefined && oneOf.length > 0) {
    const count = oneOf.filter(passes).length;
    if (count === 0) explain(oneOf, value, path, depth, run, 'matches none of the alternatives');
    if (count > 1) run.add(path, `matches ${count} alternatives where exactly one may apply`);
  }
  if (not !== undefined && passes(not)) run.add(path, forbidden(not));
}

function forbidden(not: StructuralSchema): string {
  const keys = Object.keys(not);
  if (keys.length === 1 && not.required !== undefined)
    return `must not set ${not.required.join(' together with ')}`;
  return 'matches what is not allowed here';
}

function branchPasses(schema: StructuralSchema, value: unknown, depth: number): boolean {
  let ok = true;
  validateBranch(schema, value, '', depth, {
    add() {
      ok = false;
    },
  });
  return ok;
}

function validateBranch(
  schema: StructuralSchema,
  value: unknown,
  path: string,
  depth: number,
  run: Report,
): void {
  if (depth > MAX_VALUE_DEPTH * 2) {
    run.add(path, 'is judged by conditions that are nested too deep');
    return;
  }
  if (schema.type !== undefined && !checkType(schema, value, path, run)) return;
  validateValue(schema, value, path, depth, run);
  if (Array.isArray(value) && schema.items !== undefined) {
    for (const [i, item] of value.entries())
      validateBranch(schema.items, item, join(path, i), depth + 1, run);
  } else if (isObject(value) && schema.properties !== undefined) {
    for (const [key, child] of Object.entries(schema.properties)) {
      if (Object.hasOwn(value, key)) validateBranch(child, value[key], join(path, key), depth + 1, run);
    }
  }
}

/** The findings of the alternative that comes closest, or one sentence. */
function explain(
  parts: readonly StructuralSchema[],
  value: unknown,
  path: string,
  depth: number,
  run: Report,
  message: string,
): void {
  let best: [string, string, string | undefined][] | undefined;
  for (const part of parts) {
    const found: [string, string, string | undefined][] = [];
    validateBranch(part, value, path, depth + 1, { add: (p, m, r) => void found.push([p, m, r]) });
    if (best === undefined || found.length < best.length) best = found;
  }
  const nearest = best?.[0];
  run.add(
    path,
    nearest === undefined ? message : `${message}; the nearest: ${nearest[0]} ${nearest[1]}`,
    nearest?.[2],
  );
}
