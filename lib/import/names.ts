import { canonicalJson, compareBytes, isObject, type Json } from '../internal/json.ts';
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

type Path = readonly string[];

/** True for a schema that becomes an interface of its own. */
export function isStruct(schema: Schema): boolean {
  return (
    schema.$ref === undefined && schema.properties !== undefined && Object.keys(schema.properties).length > 0
  );
}

/**
 * Names for the objects nested in the roots of one file, made from their path. Inside a root equal structures share the
 * name of the shortest path; across roots only a whole first-level one is shared, so that `ClusterIssuer` has the
 * `IssuerSpec` of `Issuer`, while a `Kustomization` never shows a name of `HelmRelease`.
 */
export class Names {
  readonly #names = new Map<Schema, string>();
  readonly #emitted: [name: string, schema: Schema][] = [];
  /** First-level structures by content, with the path that names them. */
  readonly #shared = new Map<string, Path>();

  constructor(roots: readonly (readonly [name: string, schema: Schema])[], taken: Iterable<string> = []) {
    for (const [root, schema] of roots) {
      for (const [name, child] of childrenOf(schema))
        if (isStruct(child)) this.#share([root, pascal(name)], child);
    }
    const used = new Set(taken);
    for (const path of this.#shared.values()) used.add(path.join(''));
    for (const [root, schema] of roots) this.#nameInside(root, schema, used);
    this.#emitted.sort(([a], [b]) => compareBytes(a, b));
  }

  /** The name of a struct that the roots contain. */
  of(schema: Schema): string {
    const name = this.#names.get(schema);
    if (name === undefined) throw new Error('Cannot name a structure that no root contains');
    return name;
  }

  /** Every struct with its name, in the order of names. */
  all(): readonly (readonly [name: string, schema: Schema])[] {
    return this.#emitted;
  }

  #share(path: Path, schema: Schema): void {
    const known = this.#shared.get(keyOf(schema));
    if (known === undefined || comparePaths(path, known) < 0) this.#shared.set(keyOf(schema), path);
  }

  #nameInside(root: string, schema: Schema, used: Set<string>): void {
    const found = new Map<string, { paths: Path[]; schemas: Schema[] }>();
    for (const [name, child] of childrenOf(schema)) this.#collect([root, pascal(name)], child, found);
    const groups = [...found.values()].map(({ paths, schemas }) => ({
      path: paths.sort(comparePaths)[0] as Path,
      schemas,
    }));
    for (const { path, schemas } of groups.sort((a, b) => comparePaths(a.path, b.path))) {
      const first = schemas[0] as Schema;
      const shared = this.#shared.get(keyOf(first));
      const name = shared === undefined ? unused(path.join(''), used) : shared.join('');
      for (const struct of schemas) this.#names.set(struct, name);
      if (shared === undefined || shared.join('') === path.join('')) this.#emitted.push([name, first]);
    }
  }

  #collect(path: Path, schema: Schema, into: Map<string, { paths: Path[]; schemas: Schema[] }>): void {
    if (isStruct(schema)) {
      const group = into.get(keyOf(schema)) ?? { paths: [], schemas: [] };
      into.set(keyOf(schema), { paths: [...group.paths, path], schemas: [...group.schemas, schema] });
      const shared = this.#shared.get(keyOf(schema));
      if (shared !== undefined && shared.join('') !== path.join('')) return; // named and written elsewhere
    }
    for (const [name, child] of childrenOf(schema)) {
      this.#collect(name === '' ? path : [...path, pascal(name)], child, into);
    }
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

function comparePaths(a: Path, b: Path): number {
  const [left, right] = [a.join(''), b.join('')];
  return a.length - b.length || left.length - right.length || compareBytes(left, right);
}

function unused(name: string, used: Set<string>): string {
  let out = name;
  for (let n = 2; used.has(out); n++) out = `${name}${n}`;
  used.add(out);
  return out;
}
