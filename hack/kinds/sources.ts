import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import {
  type DefinitionsFile,
  foldCore,
  type KindFile,
  type Origin,
  pruneDefinition,
  pruneSchema,
  referencedDefinitions,
  type Schema,
  withoutStatus,
} from '../../lib/import/index.ts';

/** One Go module of `kinds.sources.json`, pinned by version and checksum. */
export interface Source {
  readonly door: string;
  readonly module: string;
  readonly version: string;
  /** The module's `h1:` checksum, as in go.sum. */
  readonly sum: string;
  readonly licence: string;
  readonly folder: string;
  /** Of the core kinds: other versions of the module, kept as what differs. */
  readonly also?: readonly { readonly version: string; readonly sum: string }[];
  readonly kinds: readonly {
    readonly file: string;
    readonly docs: string;
    /** CRDs: which of the served versions. */
    readonly version?: string;
    /** OpenAPI documents, and files of several CRDs: which of the kinds. */
    readonly kind?: string;
  }[];
}

/** Gets a module through the Go command (cache or proxy) and returns its folder. */
export function downloadModule(source: Source): string {
  const what = `${source.module}@${source.version}`;
  const out = execFileSync('go', ['mod', 'download', '-json', what], {
    cwd: tmpdir(),
    env: { ...process.env, GOFLAGS: '-mod=mod' },
    encoding: 'utf8',
  });
  const { Dir, Sum } = JSON.parse(out) as { Dir: string; Sum: string };
  if (Sum !== source.sum) throw new Error(`Cannot use "${what}": its sum is ${Sum}, pinned is ${source.sum}`);
  return Dir;
}

interface Crd {
  readonly spec: {
    readonly group: string;
    readonly names: { readonly kind: string; readonly plural: string };
    readonly scope: 'Namespaced' | 'Cluster';
    readonly versions: readonly {
      readonly name: string;
      readonly schema: { readonly openAPIV3Schema: Schema };
    }[];
  };
}

/** The kinds that a CRD source lists. `definitions` are the core types that inlined copies are folded into. */
export function readCrds(
  source: Source,
  folder: string,
  definitions: Readonly<Record<string, Schema>>,
): KindFile[] {
  return source.kinds.map((entry) => {
    const path = `${source.folder}/${entry.file}`;
    const crd = readCrd(join(folder, path), entry.kind);
    return crdKind(
      crd,
      entry.version ?? '',
      { origin: originOf(source, path), door: source.door, docs: entry.docs },
      definitions,
    );
  });
}

function readCrd(path: string, kind: string | undefined): Crd {
  const crds = parseAllDocuments(readFileSync(path, 'utf8')).map((doc) => doc.toJS() as Crd | null);
  const found = crds.find((crd) => crd !== null && (kind === undefined || crd.spec.names.kind === kind));
  if (!found)
    throw new Error(`Cannot read "${path}": it has no CRD${kind === undefined ? '' : ` of kind "${kind}"`}`);
  return found;
}

/** One served version of a CRD as a {@link KindFile}. */
function crdKind(
  crd: Crd,
  version: string,
  about: Pick<KindFile, 'origin' | 'door' | 'docs'>,
  definitions: Readonly<Record<string, Schema>>,
): KindFile {
  const { group, names, scope, versions } = crd.spec;
  const found = versions.find((v) => v.name === version);
  if (!found) throw new Error(`Cannot read "${names.plural}.${group}": it has no version "${version}"`);
  const notes: string[] = [];
  const schema = foldCore(pruneSchema(withoutStatus(found.schema.openAPIV3Schema)), definitions, notes);
  const head = { group, version, kind: names.kind, plural: names.plural, scope };
  return { ...about, ...head, ...(notes.length > 0 ? { notes } : {}), schema };
}

interface OpenApi {
  readonly paths: Readonly<Record<string, unknown>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

/** Every definition that the OpenAPI documents of a source hold, pruned. */
export function readDefinitions(source: Source, folder: string): Record<string, Schema> {
  const out: Record<string, Schema> = {};
  for (const file of new Set(source.kinds.map((k) => k.file))) {
    const { schemas } = readOpenApi(join(folder, source.folder, file)).components;
    for (const [name, schema] of Object.entries(schemas)) out[name] = pruneDefinition(schema);
  }
  return out;
}

/** The core kinds that a source lists. */
export function readCoreKinds(
  source: Source,
  folder: string,
  definitions: Readonly<Record<string, Schema>>,
): KindFile[] {
  return source.kinds.map((entry) => {
    const path = `${source.folder}/${entry.file}`;
    const api = readOpenApi(join(folder, path));
    return coreKind(
      api,
      entry.kind ?? '',
      { origin: originOf(source, path), door: source.door, docs: entry.docs },
      definitions,
    );
  });
}

function coreKind(
  api: OpenApi,
  kind: string,
  about: Pick<KindFile, 'origin' | 'door' | 'docs'>,
  definitions: Readonly<Record<string, Schema>>,
): KindFile {
  const [name, raw] =
    Object.entries(api.components.schemas).find(
      ([key, s]) => key.endsWith(`.${kind}`) && gvkOf(s)?.kind === kind,
    ) ?? [];
  const gvk = raw && gvkOf(raw);
  if (name === undefined || gvk === undefined)
    throw new Error(`Cannot read "${kind}": not in ${about.origin.path}`);
  const namespaced = pathsOf(api, kind).find((p) => p.includes('/namespaces/{namespace}/'));
  const path = namespaced ?? pathsOf(api, kind)[0] ?? '';
  return {
    ...about,
    group: gvk.group,
    version: gvk.version,
    kind,
    plural: path.slice(path.lastIndexOf('/') + 1),
    scope: namespaced === undefined ? 'Cluster' : 'Namespaced',
    schema: withoutStatus(definitions[name] as Schema),
  };
}

// The collections where one can POST this kind (`/api/v1/namespaces/{namespace}/services`), not its subresources.
function pathsOf(api: OpenApi, kind: string): string[] {
  return Object.entries(api.paths)
    .filter(([path, item]) => {
      const { post } = item as { post?: { 'x-kubernetes-group-version-kind'?: { kind: string } } };
      return post?.['x-kubernetes-group-version-kind']?.kind === kind && !path.includes('{name}');
    })
    .map(([path]) => path);
}

function gvkOf(schema: Schema): { group: string; version: string; kind: string } | undefined {
  const gvks = schema['x-kubernetes-group-version-kind'] as
    | { group: string; version: string; kind: string }[]
    | undefined;
  return gvks?.[0];
}

function readOpenApi(path: string): OpenApi {
  return JSON.parse(readFileSync(path, 'utf8')) as OpenApi;
}

function originOf(source: Source, path: string): Origin {
  return { module: source.module, version: source.version, path, licence: source.licence };
}

/** Only the definitions that the kinds reach. */
export function definitionsFile(
  kinds: readonly KindFile[],
  source: Source,
  definitions: Readonly<Record<string, Schema>>,
): DefinitionsFile {
  const found = new Map<string, Schema>();
  for (const kind of kinds) referencedDefinitions(kind.schema, definitions, found);
  const sorted = [...found].sort(([a], [b]) => (a < b ? -1 : 1));
  return { origin: originOf(source, source.folder), definitions: Object.fromEntries(sorted) };
}
