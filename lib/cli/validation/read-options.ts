import { ToolkitError } from '../../errors.ts';
import { readDefinitionsOf } from '../../import/crd.ts';
import { isObject, type JsonObject } from '../../internal/json.ts';
import { objectKey } from '../../render/objects.ts';
import type { StructuralSchema } from '../../schema/index.ts';
import type { Cli } from '../command.ts';
import { inputFiles, readBounded, readDocuments } from '../documents.ts';

/** Schemas of the CRDs (and XRDs) in files or directories, by `apiVersion kind`. @throws ToolkitError `usage` when there are none */
export function readSchemas(cli: Cli, paths: readonly string[]): ReadonlyMap<string, StructuralSchema> {
  const files = paths.flatMap((path) => inputFiles(cli, path));
  const texts = files.map((path) => ({
    path,
    text: new TextDecoder().decode(readBounded(cli.path(path), path)),
  }));
  const kinds = readDefinitionsOf(texts, { module: paths.join(', '), version: '' });
  if (kinds.length === 0) {
    throw new ToolkitError('usage', `Cannot read CRDs from "${paths.join(', ')}": there are none`);
  }
  return new Map(kinds.map((k) => [`${k.group}/${k.version} ${k.kind}`, k.schema as StructuralSchema]));
}

/** The stored objects that others are judged as updates of, by `objectKey`. */
export async function readPrevious(cli: Cli, path: string): Promise<ReadonlyMap<string, JsonObject>> {
  const documents = await readDocuments(cli, path);
  const objects = documents.flatMap(({ object }) =>
    object.kind === 'List' && Array.isArray(object.items) ? object.items.filter(isObject) : [object],
  );
  return new Map(objects.map((object) => [objectKey(object), object]));
}
