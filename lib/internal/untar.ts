import { ToolkitError } from '../errors.ts';
import { checksum, pathProblem } from './tar.ts';

export interface UntarLimits {
  /** Of the whole archive. @default 256 MiB */
  readonly maxBytes?: number;
  /** @default 10 000 */
  readonly maxEntries?: number;
}

/** A regular file that was read from an archive. */
export interface UntarredFile {
  readonly path: string;
  readonly content: Uint8Array;
  readonly executable: boolean;
}

export const MAX_TAR_BYTES: number = 256 * 1024 * 1024; // 256 MiB
export const MAX_TAR_ENTRIES = 10_000;

const BLOCK = 512;
const MAX_EXTENSION_BYTES = 64 * 1024; // a pax header or a GNU long name

/**
 * Reads an untrusted tar (ustar, pax, GNU long names) into memory. Directories are passed over; links, devices,
 * sparse files, paths that leave the directory, doubled paths and broken headers are refused. `what` names the archive.
 * @throws ToolkitError `invalid` or `limit`
 */
export function readTar(bytes: Uint8Array, what: string, limits: UntarLimits = {}): UntarredFile[] {
  const maxBytes = limits.maxBytes ?? MAX_TAR_BYTES;
  const maxEntries = limits.maxEntries ?? MAX_TAR_ENTRIES;
  const archive = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (archive.length > maxBytes) {
    throw new ToolkitError(
      'limit',
      `Cannot unpack ${what}: ${archive.length} bytes are more than ${maxBytes}`,
    );
  }
  const files = new Map<string, UntarredFile>();
  let entries = 0;
  let override: Overrides = {};
  for (let at = 0; at + BLOCK <= archive.length; ) {
    const block = archive.subarray(at, at + BLOCK);
    if (block.every((b) => b === 0)) return [...files.values()];
    if (++entries > maxEntries)
      throw new ToolkitError('limit', `Cannot unpack ${what}: it has more than ${maxEntries} entries`);
    const head = readHeader(block, what);
    const size = override.size ?? head.size;
    at += BLOCK;
    if (size > archive.length - at) throw broken(what, 'it ends inside an entry');
    const content = archive.subarray(at, at + size);
    at += Math.ceil(size / BLOCK) * BLOCK;
    if ('xgLK'.includes(head.type)) {
      override = { ...override, ...readExtension(head.type, content, what) };
      continue;
    }
    const path = override.path ?? head.path;
    override = {};
    addFile(files, { ...head, path }, content, what);
  }
  throw broken(what, 'its end is missing');
}

interface Header {
  readonly path: string;
  readonly size: number;
  readonly type: string;
  readonly executable: boolean;
}

interface Overrides {
  readonly path?: string;
  readonly size?: number;
}

function addFile(files: Map<string, UntarredFile>, head: Header, content: Buffer, what: string): void {
  const shown = JSON.stringify(head.path.slice(0, 200));
  // `./a` is how `tar -C dir .` writes every name.
  const path = head.path.replace(/^(?:\.\/)+/, '').replace(/\/$/, '');
  if (head.type === '5') {
    const problem = path === '' || path === '.' ? undefined : pathProblem(path);
    if (problem !== undefined) throw broken(what, `${shown}: ${problem}`);
    return;
  }
  if (head.type !== '0' && head.type !== '\0' && head.type !== '7') {
    const kind = head.type === '1' || head.type === '2' ? 'a link' : `of type ${JSON.stringify(head.type)}`;
    throw broken(what, `entry ${shown} is ${kind}, and only files and directories are taken`);
  }
  const problem = head.path.endsWith('/') ? 'a file ends in a slash' : pathProblem(path);
  if (problem !== undefined) throw broken(what, `${shown}: ${problem}`);
  if (files.has(path)) throw broken(what, `${shown} is there twice`);
  files.set(path, { path, content: new Uint8Array(content), executable: head.executable });
}

function readHeader(block: Buffer, what: string): Header {
  const claimed = readOctal(block, 148, 8, what);
  const blanked = Buffer.from(block);
  blanked.fill(0x20, 148, 156);
  if (checksum(blanked) !== claimed) throw broken(what, 'a header has a wrong checksum');
  const ustar = block.toString('latin1', 257, 263) === 'ustar\0';
  const name = text(block, 0, 100, what);
  const prefix = ustar ? text(block, 345, 155, what) : '';
  return {
    path: prefix === '' ? name : `${prefix}/${name}`,
    size: readOctal(block, 124, 12, what),
    type: String.fromCharCode(block[156] ?? 0),
    executable: (readOctal(block, 100, 8, what) & 0o111) !== 0,
  };
}

function readExtension(type: string, content: Buffer, what: string): Overrides {
  if (content.length > MAX_EXTENSION_BYTES)
    throw new ToolkitError('limit', `Cannot unpack ${what}: an extended header is too large`);
  if (type === 'g') return {}; // global pax headers carry comments (git archive), nothing we use
  if (type === 'K') throw broken(what, 'it has a link, and only files and directories are taken');
  if (type === 'L') return { path: text(content, 0, content.length, what) };
  let found: Overrides = {};
  for (const [key, value] of paxRecords(content, what)) {
    if (key === 'path') found = { ...found, path: value };
    if (key === 'size') found = { ...found, size: decimal(value, what) };
    if (key === 'linkpath') throw broken(what, 'it has a link, and only files and directories are taken');
    if (key.startsWith('GNU.sparse.')) throw broken(what, 'it has a sparse file');
  }
  return found;
}

function* paxRecords(content: Buffer, what: string): Generator<[string, string]> {
  for (let at = 0; at < content.length; ) {
    const space = content.indexOf(0x20, at);
    const length = space === -1 ? 0 : decimal(content.toString('latin1', at, space), what);
    const record = content.subarray(space + 1, at + length);
    const equals = record.indexOf(0x3d);
    if (equals < 1 || at + length > content.length || record.at(-1) !== 0x0a)
      throw broken(what, 'a pax header is malformed');
    yield [utf8(record.subarray(0, equals), what), utf8(record.subarray(equals + 1, -1), what)];
    at += length;
  }
}

function text(block: Buffer, start: number, length: number, what: string): string {
  const field = block.subarray(start, start + length);
  const end = field.indexOf(0);
  return utf8(end === -1 ? field : field.subarray(0, end), what);
}

function utf8(bytes: Uint8Array, what: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new ToolkitError('invalid', `Cannot unpack ${what}: a name is not UTF-8`, { cause });
  }
}

function readOctal(block: Buffer, start: number, length: number, what: string): number {
  const field = block.toString('latin1', start, start + length);
  const digits = /^ *([0-7]*)[ \0]*$/.exec(field)?.[1];
  if (digits === undefined) throw broken(what, 'a header has a number that is not octal');
  return digits === '' ? 0 : Number.parseInt(digits, 8);
}

function decimal(value: string, what: string): number {
  if (!/^[0-9]{1,15}$/.test(value)) throw broken(what, 'a pax header has a number that is not decimal');
  return Number(value);
}

function broken(what: string, why: string): ToolkitError {
  return new ToolkitError('invalid', `Cannot unpack ${what}: ${why}`);
}
