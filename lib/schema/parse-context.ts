import type { Issue } from '../errors.ts';
import { isObject, type JsonObject } from '../internal/json.ts';

export const MAX_SCHEMA_DEPTH = 24; // levels of nesting; an XRD adds a few of its own
export const MAX_SCHEMA_NODES = 2000; // subschemas after $ref inlining, which can multiply them
export const MAX_SCHEMA_BYTES: number = 256 * 1024; // 256 KiB; the whole XRD must fit into etcd's 1.5 MiB
export const MAX_SCHEMA_ISSUES = 100;
const MAX_VISITS = 50_000; // looks at a subschema, several per node

export function exhausted(ctx: ParseContext): boolean {
  return ctx.visits > MAX_VISITS || ctx.nodes > MAX_SCHEMA_NODES;
}

/** What one run of the parser collects. */
export interface ParseContext {
  readonly root: JsonObject;
  readonly issues: Issue[];
  readonly warnings: Issue[];
  nodes: number;
  /** Subschemas looked at, repeats included: the bound on what `$ref` can multiply. */
  visits: number;
}

/** Where the parser stands. */
export interface Place {
  readonly path: string;
  readonly depth: number;
  /** `$ref`s being inlined around this place. */
  readonly refs: readonly string[];
  /** How often this place can occur in one document; what a CEL rule's estimated cost is multiplied with. */
  readonly occurrences: number;
}

export function refuse(ctx: ParseContext, path: string, message: string, remedy: string): void {
  if (ctx.issues.length < MAX_SCHEMA_ISSUES) ctx.issues.push({ path, message, remedy });
}

export function warn(ctx: ParseContext, path: string, message: string, remedy?: string): void {
  if (ctx.warnings.length >= MAX_SCHEMA_ISSUES) return;
  ctx.warnings.push(remedy === undefined ? { path, message } : { path, message, remedy });
}

/** The place of a keyword or of what stands under it. */
export function inside(at: Place, ...keys: readonly (string | number)[]): Place {
  return { ...at, path: at.path + keys.map(step).join(''), depth: at.depth + 1 };
}

function step(key: string | number): string {
  if (typeof key === 'number') return `[${key}]`;
  return /^[A-Za-z_$][\w$-]*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
}

const BESIDE_REF: ReadonlySet<string> = new Set([
  '$ref',
  'title',
  'description',
  'default',
  'examples',
  '$comment',
  'deprecated',
  'x-catalyst-ui-hint',
  'x-catalyst-ui-filter',
]);

export interface Resolved {
  readonly raw: JsonObject;
  readonly at: Place;
}

/** Follows `$ref` to the subschema it names; undefined after a refusal. Silent with `quiet` (a second visit). */
export function resolve(raw: unknown, at: Place, ctx: ParseContext, quiet = false): Resolved | undefined {
  ctx.visits += 1;
  if (ctx.visits > MAX_VISITS) return undefined; // reported once, by the parser
  const say = quiet ? (): void => {} : refuse;
  if (!isObject(raw)) {
    say(
      ctx,
      at.path,
      'a schema must be an object',
      'write the constraints as {…}; true and false cannot be held',
    );
    return undefined;
  }
  if (at.depth > MAX_SCHEMA_DEPTH) {
    const message = `the schema is nested deeper than ${MAX_SCHEMA_DEPTH} levels`;
    // Once: a deep schema is deep in a thousand places.
    if (!ctx.issues.some((issue) => issue.message === message)) say(ctx, at.path, message, 'make it flatter');
    return undefined;
  }
  const ref = raw.$ref;
  if (ref === undefined) return { raw, at };
  if (typeof ref !== 'string' || !/^#\/(?:\$defs|definitions)\/./.test(ref)) {
    const recursive = ref === '#';
    say(
      ctx,
      `${at.path}.$ref`,
      recursive ? '$ref is recursive, which Kubernetes cannot store' : '$ref points outside of this file',
      recursive ? 'spell out as many levels as are needed' : 'copy the schema into $defs and point there',
    );
    return undefined;
  }
  if (at.refs.includes(ref)) {
    say(
      ctx,
      `${at.path}.$ref`,
      `$ref "${ref}" is recursive, which Kubernetes cannot store`,
      'spell out as many levels as are needed, or open the object with additionalProperties: true',
    );
    return undefined;
  }
  const odd = Object.keys(raw).find((key) => !BESIDE_REF.has(key));
  if (odd !== undefined) {
    say(
      ctx,
      `${at.path}.${odd}`,
      `"${odd}" beside $ref is ignored by some readers`,
      'write allOf: [{$ref}, {…}], or inline the definition',
    );
    return undefined;
  }
  const target = pointer(ctx.root, ref);
  if (target === undefined) {
    say(ctx, `${at.path}.$ref`, `$ref "${ref}" points to nothing`, 'define it under $defs');
    return undefined;
  }
  const found = resolve(target, { ...at, refs: [...at.refs, ref] }, ctx, quiet);
  if (found === undefined) return undefined;
  const { $ref: _, ...beside } = raw;
  return { raw: { ...found.raw, ...beside }, at: found.at };
}

function pointer(root: JsonObject, ref: string): unknown {
  let at: unknown = root;
  for (const part of ref.slice(2).split('/')) {
    let key: string;
    try {
      key = decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~');
    } catch {
      return undefined;
    }
    if (at === null || typeof at !== 'object' || !Object.hasOwn(at, key)) return undefined;
    at = (at as Record<string, unknown>)[key];
  }
  return at;
}
