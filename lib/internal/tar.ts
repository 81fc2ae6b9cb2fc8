import { ToolkitError } from '../errors.ts';
import { compareBytes } from './json.ts';

/** A file of an archive. Directories are implied by the paths, unless they need a mode of their own. */
export interface TarEntry {
  /** Relative, forward slashes, NFC: `manifests/base/kustomization.yaml`. */
  readonly path: string;
  readonly content: Uint8Array | string;
  /** Mode 0755 rather than 0644. @default false */
  readonly executable?: boolean;
  /** It is a directory with this mode, and has no content: `0o1777` for /tmp. */
  readonly directoryMode?: number;
}

export interface TarOptions {
  /** Seconds since 1970 for every entry; SOURCE_DATE_EPOCH of the caller. @default 0 */
  readonly mtime?: number;
}

const BLOCK = 512;
const MAX_MTIME = 0o77777777777;

/**
 * A ustar archive whose bytes depend on nothing but its arguments: entries sorted by the bytes of their paths, modes
 * 0644 and 0755, no owner, one mtime, two zero blocks at the end and no padding to 10 KiB.
 * @throws ToolkitError `invalid` for a path that is unsafe, doubled or too long for ustar
 */
export function writeTar(entries: readonly TarEntry[], options: TarOptions = {}): Uint8Array {
  const mtime = options.mtime ?? 0;
  if (!Number.isInteger(mtime) || mtime < 0 || mtime > MAX_MTIME) {
    throw new RangeError(`mtime must be whole seconds since 1970, not ${mtime}`);
  }
  const sorted = entries
    .map((e) => ({ ...e, path: e.path.normalize('NFC') }))
    .sort((a, b) => compareBytes(a.path, b.path));
  const seen = new Set<string>();
  const blocks: Uint8Array[] = [];
  for (const entry of sorted) {
    const problem = pathProblem(entry.path) ?? (seen.has(entry.path) ? 'it is there twice' : undefined);
    if (problem !== undefined)
      throw new ToolkitError('invalid', `Cannot pack ${JSON.stringify(entry.path)}: ${problem}`);
    seen.add(entry.path);
    const content = typeof entry.content === 'string' ? Buffer.from(entry.content) : entry.content;
    if (entry.directoryMode !== undefined && content.length > 0)
      throw new ToolkitError(
        'invalid',
        `Cannot pack ${JSON.stringify(entry.path)}: a directory with content`,
      );
    blocks.push(header(entry, content.length, mtime), content);
    const rest = content.length % BLOCK;
    if (rest !== 0) blocks.push(new Uint8Array(BLOCK - rest));
  }
  blocks.push(new Uint8Array(2 * BLOCK));
  return new Uint8Array(Buffer.concat(blocks));
}

/** Why a path may not be in an archive, or undefined. Shared by the writer and the reader. */
export function pathProblem(path: string): string | undefined {
  if (path === '') return 'the path is empty';
  if (path.includes('\0')) return 'the path has a NUL';
  if (path.includes('\\')) return 'the path has a backslash';
  if (path.startsWith('/') || /^[A-Za-z]:/.test(path)) return 'the path is absolute';
  const parts = path.split('/');
  if (parts.includes('..')) return 'the path leaves its directory';
  if (parts.includes('.') || parts.includes('')) return 'the path has an empty part';
  return undefined;
}

function header(entry: TarEntry, size: number, mtime: number): Uint8Array {
  const { path, directoryMode, executable } = entry;
  const isDirectory = directoryMode !== undefined;
  const mode = directoryMode ?? (executable === true ? 0o755 : 0o644);
  const [prefix, name] = splitPath(isDirectory ? `${path}/` : path);
  const block = Buffer.alloc(BLOCK);
  block.set(name, 0);
  block.write(`${octal(mode, 7)}\0`, 100, 'latin1');
  block.write(`${octal(0, 7)}\0`, 108, 'latin1');
  block.write(`${octal(0, 7)}\0`, 116, 'latin1');
  block.write(`${octal(size, 11)}\0`, 124, 'latin1');
  block.write(`${octal(mtime, 11)}\0`, 136, 'latin1');
  block.write('        ', 148, 'latin1'); // the checksum counts as spaces while it is computed
  block.write(isDirectory ? '5' : '0', 156, 'latin1');
  block.write('ustar\x0000', 257, 'latin1');
  block.write(`${octal(0, 7)}\0`, 329, 'latin1');
  block.write(`${octal(0, 7)}\0`, 337, 'latin1');
  block.set(prefix, 345);
  block.write(`${octal(checksum(block), 6)}\0 `, 148, 'latin1');
  return block;
}

/** ustar holds 100 bytes of name and 155 of prefix, cut at a slash. */
function splitPath(path: string): [prefix: Buffer, name: Buffer] {
  const whole = Buffer.from(path);
  if (whole.length <= 100) return [Buffer.alloc(0), whole];
  for (let cut = Math.min(155, whole.length - 2); cut >= whole.length - 101 && cut > 0; cut--) {
    if (whole[cut] === 0x2f) return [whole.subarray(0, cut), whole.subarray(cut + 1)];
  }
  throw new ToolkitError(
    'invalid',
    `Cannot pack ${JSON.stringify(path)}: the path is too long for a tar header`,
    {
      remedy: 'shorten it to 100 bytes for the name and 155 for its directory',
    },
  );
}

/** The sum of a header's bytes. */
export function checksum(block: Uint8Array): number {
  let sum = 0;
  for (const byte of block) sum += byte;
  return sum;
}

function octal(value: number, width: number): string {
  const text = value.toString(8).padStart(width, '0');
  if (text.length > width) throw new ToolkitError('limit', `Cannot pack a file of ${value} bytes: too large`);
  return text;
}
