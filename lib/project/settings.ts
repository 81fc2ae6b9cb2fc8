import { existsSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import type { CatalogueEntry } from '../blueprint/catalogue.ts';
import { formatIssues, type Issue, ToolkitError } from '../errors.ts';
import {
  blueprintPackage,
  type Coordinates,
  DEFAULT_COORDINATES,
  HOST_PACKAGE,
  parseCoordinates,
} from '../generate/coordinates.ts';
import { isObject, type Json, type JsonObject, parseJson } from '../internal/json.ts';
import { blueprintNameProblem } from '../model/names.ts';
import { versionProblem } from '../model/versions.ts';

/** What `"blueprints"` in package.json says. */
export interface ProjectSettings {
  readonly coordinates: Coordinates;
  /** Blueprints of other repositories, from the files named by `catalogue`. */
  readonly outside: readonly CatalogueEntry[];
}

const KEYS = ['coordinates', 'host', 'catalogue'];
const MAX_FILE_BYTES = 1024 * 1024; // 1 MiB

/**
 * Reads the project's settings: `{ "coordinates": "ghcr.io/acme", "host": "ghcr.io/openova-io/function-blueprints",
 * "catalogue": ["catalogue.json"] }`. A catalogue file is what `bp catalog -o json` prints in another repository.
 * @throws ToolkitError `invalid` naming the setting or the entry
 */
export function readSettings(root: string): ProjectSettings {
  const manifest = readJson(root, 'package.json');
  const settings = isObject(manifest) && isObject(manifest.blueprints) ? manifest.blueprints : {};
  const strange = Object.keys(settings).find((key) => !KEYS.includes(key));
  if (strange !== undefined) throw bad(`"${strange}" is not one of ${KEYS.join(', ')}`);
  return {
    coordinates: coordinatesOf(settings),
    outside: catalogueFiles(settings).flatMap((f) => readCatalogue(root, f)),
  };
}

function bad(what: string): ToolkitError {
  return new ToolkitError('invalid', `Cannot read "blueprints" in "package.json": ${what}`, {
    place: 'package.json',
  });
}

function coordinatesOf(settings: JsonObject): Coordinates {
  const { coordinates: prefix, host } = settings;
  if (prefix !== undefined && typeof prefix !== 'string') throw bad('"coordinates" must be a text');
  const coordinates = prefix === undefined ? DEFAULT_COORDINATES : parseCoordinates(prefix);
  if (host === undefined) return coordinates;
  if (typeof host !== 'string') throw bad('"host" must be a text');
  const repository = parseCoordinates(host).prefix;
  if (!repository.endsWith(`/${HOST_PACKAGE}`))
    throw bad(`"host" must be a repository named ${HOST_PACKAGE}`);
  return { ...coordinates, host: repository };
}

function catalogueFiles(settings: JsonObject): readonly string[] {
  const { catalogue = [] } = settings;
  const list: readonly Json[] = Array.isArray(catalogue) ? (catalogue as readonly Json[]) : [catalogue];
  return list.map((file) => {
    if (typeof file !== 'string') throw bad('"catalogue" must be a file name or a list of them');
    return file;
  });
}

function readCatalogue(root: string, file: string): readonly CatalogueEntry[] {
  const value = readJson(root, file);
  const prefix = isObject(value) ? value.coordinates : undefined;
  const list = isObject(value) ? value.blueprints : undefined;
  if (typeof prefix !== 'string' || !Array.isArray(list)) {
    throw new ToolkitError(
      'invalid',
      `Cannot read catalogue "${file}": it is not what bp catalog -o json prints`,
      {
        remedy: 'write it with bp catalog -o json in the other repository',
        place: file,
      },
    );
  }
  const coordinates = parseCoordinates(prefix);
  const issues: Issue[] = [];
  const entries = (list as readonly Json[]).map((item, i) =>
    entryOf(item, `blueprints[${i}]`, coordinates, issues),
  );
  if (issues.length > 0) {
    throw new ToolkitError('invalid', `Cannot read catalogue "${file}":\n${formatIssues(issues)}`, {
      place: file,
    });
  }
  return entries;
}

function entryOf(item: Json, path: string, coordinates: Coordinates, issues: Issue[]): CatalogueEntry {
  const fields = isObject(item) ? item : {};
  const text = (key: string, problem: (value: string) => string | undefined): string => {
    const value = fields[key];
    const message = typeof value === 'string' ? problem(value) : 'must be a text';
    if (message !== undefined) issues.push({ path: `${path}.${key}`, message });
    return String(value);
  };
  const texts = (key: string): readonly string[] => {
    const value = fields[key];
    if (Array.isArray(value) && value.every((v) => typeof v === 'string')) return value as readonly string[];
    issues.push({ path: `${path}.${key}`, message: 'must be a list of texts' });
    return [];
  };
  const matches = (pattern: RegExp, what: string) => (value: string) =>
    pattern.test(value) ? undefined : `must be ${what}`;
  const name = text('name', blueprintNameProblem);
  return {
    name,
    version: text('version', versionProblem),
    kind: text('kind', matches(/^[A-Z][A-Za-z0-9]{0,62}$/, 'PascalCase')),
    plural: text('plural', matches(/^[a-z][a-z0-9]{0,62}$/, 'lower case')),
    scope:
      text('scope', matches(/^(Cluster|Namespaced)$/, 'Cluster or Namespaced')) === 'Cluster'
        ? 'Cluster'
        : 'Namespaced',
    sizes: texts('sizes'),
    placements: texts('placements'),
    repository: blueprintPackage(coordinates, name),
  };
}

function readJson(root: string, file: string): Json {
  const path = resolve(root, file);
  if (relative(root, path).startsWith('..')) throw bad(`"${file}" lies outside the project`);
  if (!existsSync(path))
    throw new ToolkitError('not-found', `Cannot read "${file}": it does not exist`, {
      place: 'package.json',
    });
  return parseJson(readFileSync(join(path), 'utf8'), `"${file}"`, { maxBytes: MAX_FILE_BYTES });
}
