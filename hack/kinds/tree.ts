import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import {
  coreNames,
  type DefinitionsFile,
  emitDoor,
  formatJson,
  type KindFile,
  pathOf,
} from '../../lib/import/index.ts';
import { compareBytes, type JsonObject } from '../../lib/internal/json.ts';
import { differenceOf } from '../../lib/kinds/difference.ts';
import { filesBelow } from '../../lib/project/planned-files.ts';
import { emitDoorIndex, emitIndex, HEADER, PACKAGED } from './emit-index.ts';
import {
  definitionsFile,
  downloadModule,
  readCoreKinds,
  readCrds,
  readDefinitions,
  type Source,
} from './sources.ts';

/** Relative path → text: what a folder should hold. */
export type Tree = ReadonlyMap<string, string>;

const DEFINITIONS = 'definitions.json';
/** Below it lies a file for each further version of Kubernetes: what differs from the kinds beside it. */
const KUBERNETES = 'kubernetes';

/** `schemas/kinds` as the pinned sources have it now. Fetches modules that the machine lacks. */
export function schemaTree(sources: readonly Source[]): Tree {
  const coreSource = sources.find((s) => s.door === 'core');
  if (!coreSource)
    throw new Error('Cannot read hack/kinds.sources.json: it has no source for the core kinds');
  const coreFolder = downloadModule(coreSource);
  const definitions = readDefinitions(coreSource, coreFolder);
  const kinds = sources.flatMap((source) =>
    source === coreSource
      ? readCoreKinds(source, coreFolder, definitions)
      : readCrds(source, downloadModule(source), definitions),
  );
  const tree = new Map(kinds.map((kind) => [pathOf(kind), formatJson(kind)]));
  const base = definitionsFile(kinds, coreSource, definitions);
  tree.set(DEFINITIONS, formatJson(base));
  const own = kinds.filter((kind) => kind.door === coreSource.door);
  for (const also of coreSource.also ?? []) {
    const path = `${KUBERNETES}/${minorOf(also.version)}.json`;
    tree.set(path, formatJson(kubernetesFile({ ...coreSource, ...also }, own, base)));
  }
  return tree;
}

/** `v1.34.4` → `1.34`. */
const minorOf = (version: string): string => version.split('.').slice(0, 2).join('.').replace(/^v/, '');

/** Another version of Kubernetes, as what differs in its kinds and in the definitions behind them. */
function kubernetesFile(source: Source, base: readonly KindFile[], baseDefinitions: DefinitionsFile): object {
  const folder = downloadModule(source);
  const definitions = readDefinitions(source, folder);
  const kinds = readCoreKinds(source, folder, definitions);
  const changed = base.map((before) => {
    const after = kinds.find((k) => pathOf(k) === pathOf(before));
    return [
      pathOf(before),
      after === undefined ? null : differenceOf(plain(before.schema), plain(after.schema)),
    ] as const;
  });
  const found = definitionsFile(kinds, source, definitions);
  return {
    origin: found.origin,
    kinds: Object.fromEntries(
      changed.filter(([, change]) => change === null || Object.keys(change).length > 0),
    ),
    definitions: differenceOf(plain(baseDefinitions.definitions), plain(found.definitions)),
  };
}

const plain = (value: object): JsonObject => JSON.parse(JSON.stringify(value)) as JsonObject;

export interface SchemaTree {
  readonly kinds: readonly KindFile[];
  readonly definitions: DefinitionsFile;
  /** Minor versions of Kubernetes beside that of the definitions. */
  readonly others: readonly string[];
}

/** The checked-in schemas. */
export function readSchemaTree(root: string): SchemaTree {
  const folder = join(root, 'schemas/kinds');
  const read = <T>(path: string): T => JSON.parse(readFileSync(join(folder, path), 'utf8')) as T;
  const all = filesBelow(folder).filter((path) => path.endsWith('.json') && path !== DEFINITIONS);
  const files = all.filter((path) => !path.startsWith(`${KUBERNETES}/`));
  return {
    others: all.filter((path) => !files.includes(path)).map((path) => basename(path, '.json')),
    kinds: files.map((path) => read<KindFile>(path)),
    definitions: read<DefinitionsFile>(DEFINITIONS),
  };
}

/** The generated files below `lib/kinds`: one module and one public door per door name, and the table of kinds. */
export function emitTree({ kinds, definitions, others }: SchemaTree): Tree {
  const names = coreNames(definitions, kinds);
  const tree = new Map([
    ['gen/index.ts', emitIndex(kinds, [minorOf(definitions.origin.version), ...others])],
  ]);
  for (const door of new Set(kinds.map((k) => k.door))) {
    const text = emitDoor(
      door,
      kinds.filter((k) => k.door === door),
      definitions,
      names,
      PACKAGED,
    );
    tree.set(`gen/${door}.ts`, text);
    tree.set(`${door}.ts`, emitDoorIndex(door, text));
  }
  return tree;
}

/**
 * Makes `folder` hold `tree` and returns the paths that differed, removed ones included.
 * Files that we did not generate stay. With `check` nothing is written.
 */
export function writeTree(folder: string, tree: Tree, check: boolean): string[] {
  const changed: string[] = [];
  for (const [path, text] of tree) {
    const file = join(folder, path);
    if (existsSync(file) && readFileSync(file, 'utf8') === text) continue;
    changed.push(path);
    if (check) continue;
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  for (const path of filesBelow(folder)) {
    if (tree.has(path) || !isGenerated(join(folder, path))) continue;
    changed.push(path);
    if (!check) rmSync(join(folder, path));
  }
  return changed.sort(compareBytes);
}

function isGenerated(file: string): boolean {
  return file.endsWith('.json') || readFileSync(file, 'utf8').startsWith(HEADER);
}
