import type { ErrorObject } from 'ajv';
import type { Issue } from '../errors.ts';
import { isObject } from '../internal/json.ts';
import { didYouMean } from './did-you-mean.ts';
import { join, MAX_ISSUES } from './validation-run.ts';
import { listed, typeName } from './value-checks.ts';

// Said by the errors inside of them, or by nothing that a reader could use.
const WRAPPERS: ReadonlySet<string> = new Set(['if', 'allOf']);

/** ajv's findings in our words: the path in the document, what is allowed, the key that was meant. */
export function ajvIssues(errors: readonly ErrorObject[], root: string): Issue[] {
  const alternatives = errors.filter((e) => e.keyword === 'anyOf' || e.keyword === 'oneOf');
  const issues = new Map<string, Issue>();
  for (const error of errors) {
    if (WRAPPERS.has(error.keyword) && errors.length > 1) continue;
    // Findings of single alternatives contradict each other; the sentence about the alternatives stands for them.
    const part = alternatives.some((a) => a !== error && error.schemaPath.startsWith(`${a.schemaPath}/`));
    if (part) continue;
    const issue = toIssue(error, root);
    issues.set(`${issue.path}\n${issue.message}`, issue);
    if (issues.size >= MAX_ISSUES) break;
  }
  return [...issues.values()];
}

function toIssue(error: ErrorObject, root: string): Issue {
  const path = toPath(error.instancePath, root);
  const params = error.params as Readonly<Record<string, unknown>>;
  switch (error.keyword) {
    case 'required':
      return {
        path: join(path, String(params.missingProperty)),
        message: 'is required',
        remedy: `set ${String(params.missingProperty)}`,
      };
    case 'additionalProperties':
      return unknownKey(error, path, String(params.additionalProperty));
    case 'type':
      return { path, message: `must be ${words(params.type)}, not ${typeName(error.data)}` };
    case 'enum':
      return { path, message: `must be ${listed(params.allowedValues as unknown[])}` };
    case 'x-re2':
      return { path, message: `does not match the pattern ${patternOf(error)}` };
    case 'x-format':
      return { path, message: `is not a valid ${String(error.schema)}` };
    case 'minimum':
    case 'maximum':
    case 'exclusiveMinimum':
    case 'exclusiveMaximum':
      return { path, message: `must be ${BOUND[error.keyword]} ${String(params.limit)}` };
    case 'uniqueItems':
      return {
        path: join(path, Math.max(Number(params.i), Number(params.j))),
        message: 'is a duplicate of another item',
      };
    case 'anyOf':
    case 'oneOf':
      return alternative(error, path);
    case 'not':
      return notIssue(error, path);
    default:
      return { path, message: error.message ?? `breaks "${error.keyword}"` };
  }
}

const BOUND: Readonly<Record<string, string>> = {
  minimum: 'at least',
  maximum: 'at most',
  exclusiveMinimum: 'more than',
  exclusiveMaximum: 'less than',
};

function words(type: unknown): string {
  return Array.isArray(type) ? type.join(' or ') : `of type ${String(type)}`;
}

function patternOf(error: ErrorObject): string {
  return String(error.schema);
}

function unknownKey(error: ErrorObject, path: string, key: string): Issue {
  const parent = error.parentSchema as { properties?: object } | undefined;
  const known = Object.keys(parent?.properties ?? {});
  const near = didYouMean(key, known);
  return {
    path: join(path, key),
    message: 'is not a key of this config',
    remedy: near === undefined ? `use one of ${known.slice(0, 20).join(', ')}` : `did you mean "${near}"?`,
  };
}

function alternative(error: ErrorObject, path: string): Issue {
  const both =
    error.keyword === 'oneOf' && Array.isArray((error.params as { passingSchemas?: unknown }).passingSchemas);
  if (both) return { path, message: 'matches several alternatives where exactly one may apply' };
  const parts = (error.schema as unknown[]).filter(isObject).map((part) => describe(part));
  const known = parts.filter((text) => text !== '');
  return {
    path,
    message: `matches none of the alternatives${known.length > 0 ? `: ${known.join('; or ')}` : ''}`,
  };
}

/** `mode is external, host set`. */
function describe(part: Readonly<Record<string, unknown>>): string {
  const out: string[] = [];
  const properties = isObject(part.properties) ? part.properties : {};
  for (const [key, child] of Object.entries(properties)) {
    if (isObject(child) && Array.isArray(child.enum)) out.push(`${key} is ${child.enum.join(' or ')}`);
  }
  const required = Array.isArray(part.required) ? part.required : [];
  const more = required.filter((key) => !out.some((text) => text.startsWith(`${String(key)} is`)));
  if (more.length > 0) out.push(`${more.join(', ')} set`);
  return out.join(', ');
}

function notIssue(error: ErrorObject, path: string): Issue {
  const schema = error.schema as { required?: readonly string[] };
  if (schema.required !== undefined && Object.keys(schema).length === 1) {
    return { path, message: `must not set ${schema.required.join(' together with ')}` };
  }
  return { path, message: 'matches what is not allowed here' };
}

function toPath(pointer: string, root: string): string {
  let path = root;
  for (const part of pointer.split('/').slice(1)) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
    path = /^(?:0|[1-9]\d*)$/.test(key) ? `${path}[${key}]` : join(path, key);
  }
  return path;
}
