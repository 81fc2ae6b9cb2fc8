import { canonicalJson, compareBytes, isObject, type Json } from '../../lib/internal/json.ts';
import type { Schema } from './kind-file.ts';

/** `depends-on` → `DependsOn`, `caBundle` → `CaBundle`, `3d` → `_3d`. */
export function pascal(word: string): string {
  const joined = word
    .split(/[^A-Za-z0-9]+/)
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
    .join('');
  return /^[0-9]/.test(joined) || joined === '' ? `_${joined}` : joined;
}

/** A property name as an object type may have it: quoted unless it is an identifier. */
export function propertyKey(name: string): string {
  return /^[A-Za-z_$][A-Za-z0-9_$]*$/.test(name) ? name : quote(name);
}

/** A string literal in single quotes. */
export function quote(text: string): string {
  return `'${JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;
}

/** True for a schema that becomes an interface of its own. */
export function isStruct(schema: Schema): boolean {
  return (
    schema.$ref === undefined && schema.properties !== undefined && Object.keys(schema.properties).length > 0
  );
}

/**
 * Names for the objects nested in the kinds of one file. Equal structures share a name, that of their
 * shortest path, so that `ClusterIssuer` and `Issuer` have one `IssuerSpec`.
 */
export class Names {
  readonly #names = new Map<string, string>();
  readonly #schemas = new Map<string, Schema>();

  constructor(roots: readonly (readonly [name: string, schema: Schema])[], taken: Iterable<string> = []) {
    const candidates = new Map<string, string[]>();
    for (const [name, schema] of roots) this.#collect(name, schema, candidates);
    const used = new Set(taken);
    for (const [key, paths] of [...candidates].sort(([, a], [, b]) =>
      compareNames(shortest(a), shortest(b)),
    )) {
      this.#names.set(key, unused(shortest(paths), used));
    }
  }

  /** The name of a struct that the roots contain. */
  of(schema: Schema): string {
    const name = this.#names.get(keyOf(schema));
    if (name === undefined) throw new Error('Cannot name a structure that no root contains');
    return name;
  }

  /** Every struct with its name, in the order of names. */
  all(): [name: string, schema: Schema][] {
    return [...this.#schemas]
      .map(([key, schema]): [string, Schema] => [this.#names.get(key) as string, schema])
      .sort(([a], [b]) => compareBytes(a, b));
  }

  #collect(path: string, schema: Schema, into: Map<string, string[]>): void {
    if (isStruct(schema)) {
      const key = keyOf(schema);
      into.set(key, [...(into.get(key) ?? []), path]);
      this.#schemas.set(key, schema);
    }
    for (const [name, child] of childrenOf(schema))
      this.#collect(name === '' ? path : path + pascal(name), child, into);
  }
}

/** Property schemas by name; items and map values, which add nothing to a path, under ''. */
export function childrenOf(schema: Schema): [name: string, schema: Schema][] {
  const out = Object.entries(schema.properties ?? {});
  if (schema.items) out.push(['', schema.items]);
  if (isObject(schema.additionalProperties)) out.push(['', schema.additionalProperties as Schema]);
  return out;
}

function keyOf(schema: Schema): string {
  return canonicalJson(schema as Json);
}

function shortest(paths: readonly string[]): string {
  return [...paths].sort(compareNames)[0] as string;
}

function compareNames(a: string, b: string): number {
  return a.length - b.length || compareBytes(a, b);
}

function unused(name: string, used: Set<string>): string {
  let out = name;
  for (let n = 2; used.has(out); n++) out = `${name}${n}`;
  used.add(out);
  return out;
}
