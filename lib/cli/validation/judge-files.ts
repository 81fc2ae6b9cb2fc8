import { basename, dirname, join } from 'node:path';
import { immutableFields } from '../../diff/immutable-fields.ts';
import { isToolkitError, ToolkitError } from '../../errors.ts';
import { isObject, type JsonObject } from '../../internal/json.ts';
import {
  type Finding,
  fileOf,
  isKustomize,
  looseReferences,
  SUPPRESSION_FILE,
  suppress,
  YamlPositions,
} from '../../lint/index.ts';
import { COMPOSE_API_VERSION } from '../../model/names.ts';
import type { Project } from '../../project/index.ts';
import { readIfThere } from '../../project/planned-files.ts';
import { type ValidateObjectOptions, validateObject } from '../../project/validate-object.ts';
import { describe, objectKey } from '../../render/objects.ts';
import type { Cli } from '../command.ts';
import { inputFiles, readDocuments } from '../documents.ts';

/** An object of a file, and where in it: for findings with line and column. */
interface Located {
  readonly object: JsonObject;
  readonly place: string;
  /** Before the paths of its findings: `items[3].`, or nothing. */
  readonly within: string;
  readonly index: number;
  readonly positions: YamlPositions | undefined;
}

export interface JudgedFiles {
  readonly objects: number;
  readonly findings: readonly Finding[];
}

export interface JudgeOptions extends Pick<ValidateObjectOptions, 'schemas' | 'kubernetes'> {
  /** What is stored, by `objectKey`: objects of the same key are judged as updates. */
  readonly previous?: ReadonlyMap<string, JsonObject>;
}

/** Judges every object of the files; one unreadable document does not hide what is wrong with the others. */
export async function judgeFiles(
  cli: Cli,
  paths: readonly string[],
  project: Project,
  options: JudgeOptions,
): Promise<JudgedFiles> {
  const findings: Finding[] = [];
  const all: Located[] = [];
  const files = paths.flatMap((path) => documentsIn(cli, path));
  for (const file of files) {
    try {
      all.push(...(await readObjects(cli, file)));
    } catch (error) {
      if (!isToolkitError(error)) throw error;
      findings.push(unreadable(error.place ?? file, error.message));
    }
  }
  const updates =
    options.previous === undefined ? [] : all.filter((o) => options.previous?.has(objectKey(o.object)));
  if (options.previous !== undefined && updates.length === 0) {
    throw new ToolkitError(
      'usage',
      'Cannot compare with --previous: it holds none of the objects that are judged',
      {
        remedy: 'objects are the same by kind, namespace and name',
      },
    );
  }
  const whole = findings.length === 0 && isWhole(paths, files, all);
  for (const one of all) findings.push(...judge(one, project, options));
  if (!whole) return { objects: all.length, findings };
  return { objects: all.length, findings: suppressed(cli, files, [...findings, ...together(all)]) };
}

/** Whether these are applied together: a directory, several files, or what Helm and Kustomize print, but no List. */
function isWhole(paths: readonly string[], files: readonly string[], all: readonly Located[]): boolean {
  if (files.length > 1 || files[0] !== paths[0]) return true;
  return files[0] === '-' && all.length > 1 && all.every((one) => one.within === '');
}

/** What `lint.json` of a directory suppresses is no object of it. */
function documentsIn(cli: Cli, path: string): readonly string[] {
  return inputFiles(cli, path).filter((file) => file === path || basename(file) !== SUPPRESSION_FILE);
}

/** What objects that are applied together refer to is among them. */
function together(all: readonly Located[]): readonly Finding[] {
  const located = new Map(all.map((one) => [one.object, one]));
  return looseReferences([...located.keys()]).map(({ object, ...found }) => {
    const { place, index, within, positions } = located.get(object) as Located;
    const at = found.path === '.' ? within : `${within}${found.path}`;
    return {
      ...found,
      path: `${describe(object)} ${found.path}`,
      file: place,
      ...positions?.find(index, at),
    };
  });
}

/** Each directory says for itself, in its `lint.json`, which findings are right there. */
function suppressed(cli: Cli, files: readonly string[], findings: readonly Finding[]): readonly Finding[] {
  const folders = new Set(files.filter((file) => file !== '-').map((file) => dirname(file)));
  const isIn = (finding: Finding, folder: string): boolean => dirname(fileOf(finding.file)) === folder;
  const apart = findings.filter((f) => ![...folders].some((folder) => isIn(f, folder)));
  const inFolders = [...folders].flatMap((folder) => {
    const text = readIfThere(join(cli.path(folder), SUPPRESSION_FILE));
    const own = findings.filter((f) => isIn(f, folder));
    return suppress(own, text, folder);
  });
  return [...apart, ...inFolders];
}

/** `file:3:7` is a place with line and column. */
function unreadable(place: string, message: string): Finding {
  const [, file = place, line, column] = /^(.*?):(\d+):(\d+)$/.exec(place) ?? [];
  return {
    rule: 'document',
    severity: 'error',
    file,
    path: '.',
    message,
    ...(line === undefined ? {} : { line: Number(line), column: Number(column) }),
  };
}

async function readObjects(cli: Cli, file: string): Promise<readonly Located[]> {
  const documents = await readDocuments(cli, file);
  const text = documents[0]?.text;
  const positions = text === undefined ? undefined : new YamlPositions(text);
  return documents.flatMap(({ object, place, index }): Located[] => {
    const items = object.kind === 'List' && Array.isArray(object.items) ? object.items : undefined;
    if (items === undefined) return [{ object, place, within: '', index, positions }];
    return items.map((item, i) => ({
      object: isObject(item) ? item : {},
      place: `${place} items[${i}]`,
      within: `items[${i}].`,
      index,
      positions,
    }));
  });
}

function judge(one: Located, project: Project, options: JudgeOptions): readonly Finding[] {
  const { object, place, within, index, positions } = one;
  if (isKustomize(object)) return [];
  const blueprints = [...project.blueprints.values()].map((b) => b.blueprint);
  const { previous: stored, ...given } = options;
  const at = (found: Omit<Finding, 'file'>): Finding => ({
    ...found,
    file: place,
    ...positions?.find(index, found.path === '.' ? within : `${within}${found.path}`),
  });
  const { known, issues } = validateObject(object, blueprints, given);
  if (!known) {
    const message = `no schema of ${String(object.apiVersion)} ${String(object.kind)} is at hand: it was not checked`;
    return [
      at({
        rule: 'unknown-kind',
        path: '.',
        message,
        remedy: 'give its CRD with --crds',
        severity: 'warning',
      }),
    ];
  }
  const rule = object.apiVersion === COMPOSE_API_VERSION ? 'xr' : 'object-schema';
  const own = issues.map((i) => at({ ...i, rule, severity: 'error' }));
  const previous = stored?.get(objectKey(object));
  if (previous === undefined || own.length > 0) return own;
  const changed = validateObject(object, blueprints, { ...given, previous }).issues;
  const fields = immutableFields(previous, object).filter((f) => f.outcome === 'refused');
  return [
    ...changed.map((i) => at({ ...i, rule: 'immutable', severity: 'error' })),
    ...fields.map(({ path, loses }) =>
      at({
        path,
        rule: 'immutable',
        message: 'was changed, but cannot be',
        remedy: loses ?? 'keep it, or make a new object',
        severity: 'error',
      }),
    ),
  ];
}
