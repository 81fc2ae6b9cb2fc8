import { ToolkitError } from '../../errors.ts';
import { readDefinitionsOf } from '../../import/crd.ts';
import type { KindFile } from '../../import/kind-file.ts';
import { isObject, type JsonObject } from '../../internal/json.ts';
import { objectKey } from '../../render/objects.ts';
import type { StructuralSchema } from '../../schema/index.ts';
import type { Cli } from '../command.ts';
import { inputFiles, readBounded, readDocuments } from '../documents.ts';

const FETCHED = /^(?:[a-z][a-z+.-]+:\/\/|npm:)/;

/**
 * Schemas of the CRDs (and XRDs) in files, directories, packages and pages, by `apiVersion kind`.
 * @throws ToolkitError `usage` when there are none, and what fetching them fails with
 */
export async function readSchemas(
  cli: Cli,
  sources: readonly string[],
  options: { readonly plainHttp?: boolean },
): Promise<ReadonlyMap<string, StructuralSchema>> {
  const texts = sources
    .filter((source) => !FETCHED.test(source))
    .flatMap((path) => inputFiles(cli, path))
    .map((path) => ({ path, text: new TextDecoder().decode(readBounded(cli.path(path), path)) }));
  const kinds = [
    ...readDefinitionsOf(texts, { module: sources.join(', '), version: '' }),
    ...(await fetchKinds(
      cli,
      sources.filter((source) => FETCHED.test(source)),
      options,
    )),
  ];
  if (kinds.length === 0) {
    throw new ToolkitError('usage', `Cannot read CRDs from "${sources.join(', ')}": there are none`);
  }
  return new Map(kinds.map((k) => [`${k.group}/${k.version} ${k.kind}`, k.schema as StructuralSchema]));
}

async function fetchKinds(
  cli: Cli,
  sources: readonly string[],
  options: { readonly plainHttp?: boolean },
): Promise<readonly KindFile[]> {
  if (sources.length === 0) return [];
  const { readSource } = await import('../../import/index.ts');
  const { openImportPorts } = await import('../release/import-ports.ts');
  const { ports, close } = await openImportPorts(cli, cli.directory, options);
  try {
    const kinds: KindFile[] = [];
    for (const source of sources) kinds.push(...(await readSource(source, ports)).kinds);
    return kinds;
  } finally {
    close();
  }
}

/** The stored objects that others are judged as updates of, by `objectKey`. */
export async function readPrevious(cli: Cli, path: string): Promise<ReadonlyMap<string, JsonObject>> {
  const documents = await readDocuments(cli, path);
  const objects = documents.flatMap(({ object }) =>
    object.kind === 'List' && Array.isArray(object.items) ? object.items.filter(isObject) : [object],
  );
  return new Map(objects.map((object) => [objectKey(object), object]));
}
