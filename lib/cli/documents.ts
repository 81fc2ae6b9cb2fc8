import { readdirSync, readFileSync, statSync } from 'node:fs';
import { isToolkitError, ToolkitError } from '../errors.ts';
import { isObject, type JsonObject } from '../internal/json.ts';
import { MAX_YAML_BYTES, parseYaml } from '../internal/yaml.ts';
import type { Cli } from './command.ts';

/** One object of a YAML file, and where it was. */
export interface InputDocument {
  readonly object: JsonObject;
  /** The file as the user named it; with `#2` for the second document of several. */
  readonly place: string;
  /** The text it stands in, and which of its documents it is: for line and column. */
  readonly text: string;
  readonly index: number;
}

/**
 * The objects of a YAML or JSON file, of every such file in a directory, or of stdin (`-`).
 * @throws ToolkitError `usage` for a path that cannot be read, `invalid` for what it holds
 */
export async function readDocuments(cli: Cli, argument: string): Promise<readonly InputDocument[]> {
  if (argument === '-') return parseDocuments(await readStdin(cli), 'stdin');
  return inputFiles(cli, argument).flatMap((file) => parseDocuments(readBounded(cli.path(file), file), file));
}

/** The YAML and JSON files of a directory, sorted, or the file itself; as the user would name them. */
export function inputFiles(cli: Cli, argument: string): readonly string[] {
  const path = cli.path(argument);
  if (argument === '-' || !statOf(path, argument).isDirectory()) return [argument];
  const names = readdirSync(path).filter((name) => /\.(ya?ml|json)$/.test(name));
  return names.sort().map((name) => `${argument.replace(/\/$/, '')}/${name}`);
}

/** The one Kubernetes object of a file. */
export async function readDocument(cli: Cli, argument: string, what: string): Promise<JsonObject> {
  if (argument !== '-' && statOf(cli.path(argument), argument).isDirectory()) {
    throw new ToolkitError('usage', `Cannot read ${what} from "${argument}": it is a directory`);
  }
  const [first, ...more] = await readDocuments(cli, argument);
  if (first !== undefined && more.length === 0) return identified(first, what);
  const count = first === undefined ? 'no' : String(more.length + 1);
  throw new ToolkitError(
    'invalid',
    `Cannot read ${what} from "${argument}": it holds ${count} objects, not one`,
  );
}

function identified({ object, place }: InputDocument, what: string): JsonObject {
  if (typeof object.apiVersion === 'string' && typeof object.kind === 'string') return object;
  throw new ToolkitError('invalid', `Cannot read ${what} from "${place}": it has no apiVersion and kind`, {
    place,
  });
}

function parseDocuments(bytes: Uint8Array, named: string): readonly InputDocument[] {
  const text = decode(bytes, named);
  const values = parseText(text, named);
  return values.map((value, i) => {
    const place = values.length === 1 ? named : `${named}#${i + 1}`;
    if (isObject(value)) return { object: value, place, text, index: i };
    throw new ToolkitError('invalid', `Cannot read "${named}": it does not hold a Kubernetes object`, {
      place,
    });
  });
}

function parseText(text: string, named: string): readonly unknown[] {
  try {
    return parseYaml(text, named);
  } catch (error) {
    // A bound that a document breaks is a fault of the document; a parser that ran out of stack met deep nesting.
    if (error instanceof RangeError || /call stack/.test(String(error))) throw tooDeep(named);
    if (!isToolkitError(error) || error.code !== 'limit') throw error;
    throw new ToolkitError('invalid', error.message, { place: error.place ?? named });
  }
}

function tooDeep(named: string): ToolkitError {
  return new ToolkitError('invalid', `Cannot read "${named}": it is nested too deeply`, { place: named });
}

function decode(bytes: Uint8Array, named: string): string {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    if (!text.includes('\u0000')) return text;
  } catch {
    // Said below, together with texts that hold NUL.
  }
  throw new ToolkitError('invalid', `Cannot read "${named}": it is not text in UTF-8`, { place: named });
}

/** Bytes of a regular file of at most 4 MiB. @throws ToolkitError `usage` or `invalid` */
export function readBounded(path: string, named: string): Uint8Array {
  const stat = statOf(path, named);
  if (!stat.isFile()) throw new ToolkitError('usage', `Cannot read "${named}": it is not a file`);
  if (stat.size > MAX_YAML_BYTES) throw tooLarge(named);
  try {
    return readFileSync(path);
  } catch (cause) {
    throw unreadable(named, cause);
  }
}

function tooLarge(named: string): ToolkitError {
  return new ToolkitError('invalid', `Cannot read "${named}": it is larger than ${MAX_YAML_BYTES} bytes`, {
    place: named,
  });
}

function statOf(path: string, named: string): ReturnType<typeof statSync> & object {
  try {
    return statSync(path);
  } catch (cause) {
    throw unreadable(named, cause);
  }
}

function unreadable(named: string, cause: unknown): ToolkitError {
  const code = (cause as NodeJS.ErrnoException).code ?? 'error';
  const why = new Map([
    ['ENOENT', 'it does not exist'],
    ['EACCES', 'permission denied'],
    ['ENOTDIR', 'a part of its path is not a directory'],
    ['ELOOP', 'its links form a circle'],
    ['ENAMETOOLONG', 'its name is too long'],
  ]);
  return new ToolkitError('usage', `Cannot read "${named.slice(0, 200)}": ${why.get(code) ?? code}`);
}

async function readStdin(cli: Cli): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of cli.io.stdin) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size > MAX_YAML_BYTES) throw tooLarge('stdin');
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}
