import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Catalogue, catalogueOf } from '../blueprint/catalogue.ts';
import type { Blueprint } from '../blueprint/define.ts';
import { ToolkitError } from '../errors.ts';
import type { Coordinates } from '../generate/coordinates.ts';
import { useImportedKinds } from '../import/repository.ts';
import { isObject, type JsonObject } from '../internal/json.ts';
import { parseYamlDocument } from '../internal/yaml.ts';
import { readSettings } from './settings.ts';

/** One Blueprint folder of a project. */
export interface ProjectBlueprint {
  readonly name: string;
  /** Absolute path of the folder. */
  readonly directory: string;
  /** The folder below the project's root, with forward slashes: `blueprints/platform/cnpg`. */
  readonly path: string;
  readonly blueprint: Blueprint;
  /** The checked-in example XR of each size, from `examples/<size>.yaml`. */
  readonly examples: ReadonlyMap<string, JsonObject>;
}

/** A repository of Blueprints. */
export interface Project {
  readonly root: string;
  readonly coordinates: Coordinates;
  /** By name, sorted. */
  readonly blueprints: ReadonlyMap<string, ProjectBlueprint>;
  /** Every Blueprint of the project, and those of the catalogues it names: what members and dependencies are looked up in. */
  readonly catalogue: Catalogue;
}

const GROUPS = ['platform', 'products'];
const DEFINITION = 'blueprint.ts';
const MAX_FILE_BYTES = 1024 * 1024; // 1 MiB for a package.json or an example

/** The folder with `package.json` and `blueprints/` at or above `from`. @throws ToolkitError `not-found` */
export function findProjectRoot(from: string): string {
  for (let at = resolve(from); ; at = dirname(at)) {
    if (existsSync(join(at, 'package.json')) && existsSync(join(at, 'blueprints'))) return at;
    if (at === dirname(at)) {
      throw new ToolkitError('not-found', `Cannot find a Blueprint project at or above "${from}"`, {
        remedy:
          'run the command inside a folder that has package.json and blueprints/, name it with -C, or start one with bp new NAME',
      });
    }
  }
}

/** Blueprint folders below `blueprints/`: directly, or in `platform/` and `products/`. */
export function blueprintDirectories(root: string): readonly string[] {
  const base = join(root, 'blueprints');
  const folders = (at: string): string[] =>
    existsSync(at)
      ? readdirSync(at, { withFileTypes: true })
          .filter((e) => e.isDirectory())
          .map((e) => join(at, e.name))
      : [];
  const candidates = [...folders(base), ...GROUPS.flatMap((g) => folders(join(base, g)))];
  return candidates.filter((d) => existsSync(join(d, DEFINITION))).sort();
}

export interface LoadOptions {
  /** Read examples only when they are asked for; broken ones then throw there. @default false */
  readonly lateExamples?: boolean;
}

/**
 * Loads a project: every Blueprint of it, or the ones named and what the catalogue needs to know of the others.
 * @throws ToolkitError `not-found`, or `invalid` naming the file that cannot be loaded
 */
export async function loadProject(directory: string, options: LoadOptions = {}): Promise<Project> {
  const root = findProjectRoot(directory);
  const { coordinates, outside } = readSettings(root);
  useImportedKinds(root);
  const loaded: ProjectBlueprint[] = [];
  for (const folder of blueprintDirectories(root)) {
    const one = await loadBlueprint(root, folder);
    if (options.lateExamples !== true) void one.examples;
    loaded.push(one);
  }
  const byName = new Map<string, ProjectBlueprint>();
  for (const one of loaded.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const other = byName.get(one.name);
    if (other !== undefined) {
      throw new ToolkitError(
        'conflict',
        `Cannot load the project: "${other.path}" and "${one.path}" both define "${one.name}"`,
      );
    }
    byName.set(one.name, one);
  }
  refuseSharedApis(loaded);
  return {
    root,
    coordinates,
    blueprints: byName,
    // A Blueprint of one's own wins over one of the same name elsewhere.
    catalogue: new Map([
      ...outside.map((e) => [e.name, e] as const),
      ...catalogueOf(loaded.map((l) => l.blueprint)),
    ]),
  };
}

/** `cert-manager` and `certmanager` are different names, but they would be one API. */
function refuseSharedApis(loaded: readonly ProjectBlueprint[]): void {
  const seen = new Map<string, ProjectBlueprint>();
  for (const one of loaded) {
    const { kind, plural } = one.blueprint;
    for (const key of [`kind ${kind}`, `plural ${plural}`]) {
      const other = seen.get(key);
      if (other !== undefined) {
        throw new ToolkitError(
          'conflict',
          `Cannot load the project: "${other.path}" and "${one.path}" both define ${key}`,
          { remedy: 'set kind and plural in one of them' },
        );
      }
      seen.set(key, one);
    }
  }
}

/** The Blueprints named, or all. @throws ToolkitError `not-found` listing what there is */
export function selectBlueprints(project: Project, names: readonly string[]): readonly ProjectBlueprint[] {
  if (names.length === 0) return [...project.blueprints.values()];
  return names.map((given) => {
    const name = basename(given).replace(/^bp-/, '');
    const found = project.blueprints.get(name);
    if (found !== undefined) return found;
    const there = [...project.blueprints.keys()];
    throw new ToolkitError('not-found', `Cannot find Blueprint "${given}" in "${project.root}"`, {
      remedy:
        there.length === 0 ? 'start one with bp new NAME' : `there are: ${there.slice(0, 30).join(', ')}`,
    });
  });
}

async function loadBlueprint(root: string, directory: string): Promise<ProjectBlueprint> {
  const file = join(directory, DEFINITION);
  const path = relative(root, directory).replaceAll('\\', '/');
  let loaded: { readonly default?: unknown };
  try {
    loaded = (await import(pathToFileURL(file).href)) as { default?: unknown };
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new ToolkitError('invalid', `Cannot load "${path}/${DEFINITION}": ${message}`, {
      cause,
      place: brokenAt(root, cause) ?? `${path}/${DEFINITION}`,
    });
  }
  if (!isBlueprint(loaded.default)) {
    throw new ToolkitError(
      'invalid',
      `Cannot load "${path}/${DEFINITION}": its default export is not a Blueprint`,
      {
        remedy: 'write export default defineBlueprint({ … })',
        place: `${path}/${DEFINITION}`,
      },
    );
  }
  const blueprint = loaded.default;
  let examples: ReadonlyMap<string, JsonObject> | undefined;
  return {
    name: blueprint.name,
    directory,
    path,
    blueprint,
    // Read when asked for: parsing those of every Blueprint takes longer than to render one of them.
    get examples(): ReadonlyMap<string, JsonObject> {
      examples ??= readExamples(directory, path, blueprint);
      return examples;
    },
  };
}

/** The file and line of a syntax error: Node puts them before its stack. */
function brokenAt(root: string, cause: unknown): string | undefined {
  const stack = cause instanceof Error ? (cause.stack ?? '') : '';
  const [, file, line] = /^(?:file:\/\/)?(\/[^\n?]+?)(?:\?[^:\n]*)?:(\d+)\n/.exec(stack) ?? [];
  return file === undefined ? undefined : `${relative(root, file).replaceAll('\\', '/')}:${line}`;
}

function isBlueprint(value: unknown): value is Blueprint {
  return (
    typeof value === 'object' && value !== null && 'compose' in value && 'sizes' in value && 'config' in value
  );
}

function readExamples(
  directory: string,
  path: string,
  blueprint: Blueprint,
): ReadonlyMap<string, JsonObject> {
  const out = new Map<string, JsonObject>();
  for (const size of blueprint.sizes.keys()) {
    const file = join(directory, 'examples', `${size}.yaml`);
    if (!existsSync(file)) continue;
    const value = parseYamlDocument(readText(file), `${path}/examples/${size}.yaml`);
    if (isObject(value)) out.set(size, value);
  }
  return out;
}

function readText(file: string): string {
  const text = readFileSync(file, 'utf8');
  if (text.length > MAX_FILE_BYTES)
    throw new ToolkitError('limit', `Cannot read "${file}": it is larger than ${MAX_FILE_BYTES} bytes`);
  return text;
}
