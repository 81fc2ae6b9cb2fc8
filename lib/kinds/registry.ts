import { existsSync, readFileSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { ToolkitError } from '../errors.ts';
import { isObject, type JsonObject } from '../internal/json.ts';
import { KIND_ROWS } from './gen/index.ts';

/** What is known about a kind without reading its schema. */
export interface KindInfo {
  readonly apiVersion: string;
  /** '' for the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly scope: 'Namespaced' | 'Cluster';
  /** Path below `schemas/kinds`; absolute for a kind of the project's own. */
  readonly schemaFile: string;
  /** The module of `kinds/` that exports the construct: `flux`, `core`. */
  readonly door: string;
}

/** Reads a file below `schemas/kinds` by its relative path. */
export type ReadSchemaFile = (path: string) => string;

const kinds: Map<string, KindInfo> = new Map(
  KIND_ROWS.map(([group, version, kind, plural, scope, schemaFile, door]) => {
    const apiVersion = group === '' ? version : `${group}/${version}`;
    return [keyOf(apiVersion, kind), { apiVersion, group, version, kind, plural, scope, schemaFile, door }];
  }),
);

/** A kind that the toolkit knows, or undefined. Costs a map lookup. */
export function findKind(apiVersion: string, kind: string): KindInfo | undefined {
  return kinds.get(keyOf(apiVersion, kind));
}

/** Makes kinds of a project known to this process. Its own schema of a kind wins over the one that we ship. */
export function addKinds(more: readonly KindInfo[]): void {
  for (const info of more) kinds.set(keyOf(info.apiVersion, info.kind), info);
}

/** Every kind that the toolkit knows, by apiVersion, then kind. */
export function listKinds(): KindInfo[] {
  return [...kinds.values()];
}

/**
 * The structural schema of a kind (OpenAPI v3 with `x-kubernetes-*`, CEL in `x-kubernetes-validations`), without
 * `status`. `$ref: "k8s:<name>"` points at {@link loadDefinition}.
 */
export function loadSchema(info: KindInfo, read: ReadSchemaFile = readPackaged): JsonObject {
  const { schema } = readSchemaFile(info.schemaFile, read);
  if (isObject(schema)) return schema;
  throw new ToolkitError('internal', `Cannot read schema "${info.schemaFile}": it has no "schema"`);
}

/** A file below `schemas/kinds`, which holds an object. */
export function readSchemaFile(path: string, read: ReadSchemaFile): JsonObject {
  const file: unknown = JSON.parse(read(path));
  if (isObject(file)) return file;
  throw new ToolkitError('internal', `Cannot read schema "${path}": it is not an object`);
}

let packagedDefinitions: JsonObject | undefined;

/** A shared core definition by the name behind `k8s:`, or undefined. */
export function loadDefinition(name: string, read?: ReadSchemaFile): JsonObject | undefined {
  if (read === undefined) packagedDefinitions ??= parseDefinitions(readPackaged);
  const definitions = read === undefined ? (packagedDefinitions as JsonObject) : parseDefinitions(read);
  const found = Object.hasOwn(definitions, name) ? definitions[name] : undefined;
  return isObject(found) ? found : undefined;
}

function parseDefinitions(read: ReadSchemaFile): JsonObject {
  const { definitions } = readSchemaFile('definitions.json', read);
  if (isObject(definitions)) return definitions;
  throw new ToolkitError('internal', 'Cannot read schema "definitions.json": it has no "definitions"');
}

let packagedFolder: string | undefined;

/** From the folder that the package brings along. */
export const readPackaged: ReadSchemaFile = (path) => {
  if (isAbsolute(path)) return readFileSync(path, 'utf8');
  packagedFolder ??= findSchemas(import.meta.dirname);
  return readFileSync(join(packagedFolder, path), 'utf8');
};

// `schemas/` lies beside `lib/` in the repository and beside the compiled folder in the published package.
function findSchemas(from: string): string {
  for (let at = from; ; at = dirname(at)) {
    const folder = join(at, 'schemas', 'kinds');
    if (existsSync(join(folder, 'definitions.json'))) return folder;
    if (at === dirname(at)) {
      throw new ToolkitError('not-found', `Cannot find the folder "schemas/kinds" above "${from}"`, {
        remedy: 'install the whole package, or pass a reader for schema files',
      });
    }
  }
}

function keyOf(apiVersion: string, kind: string): string {
  return `${apiVersion} ${kind}`;
}
