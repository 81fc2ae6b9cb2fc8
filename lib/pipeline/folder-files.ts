import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ToolkitError } from '../errors.ts';
import { compareBytes } from '../internal/json.ts';
import type { TarEntry } from '../internal/tar.ts';
import type { ProjectBlueprint } from '../project/index.ts';

const MAX_FILE_BYTES = 5 * 1024 * 1024; // 5 MiB a file
const MAX_TOTAL_BYTES = 20 * 1024 * 1024; // 20 MiB: the whole layer is held in memory by every reader
const TEXT = /\.(md|svg|txt|ya?ml|json)$/;

/**
 * `README.md` and everything in `card/`, as layer 0 carries them: plain files, text with line feeds whatever the
 * checkout made of them. Links and files whose name begins with a dot are left out.
 * @throws ToolkitError `limit`
 */
export function readFolderFiles(one: ProjectBlueprint): readonly TarEntry[] {
  const paths = [
    ...(isFile(join(one.directory, 'README.md')) ? ['README.md'] : []),
    ...below(one.directory, 'card'),
  ];
  let total = 0;
  return paths.map((path) => {
    const file = join(one.directory, path);
    const { size } = lstatSync(file);
    total += size;
    if (size > MAX_FILE_BYTES || total > MAX_TOTAL_BYTES) {
      throw new ToolkitError('limit', `Cannot pack "${one.path}/${path}": ${tooMuch(size)}`, {
        remedy: 'keep the card small; large pictures belong on a web page',
      });
    }
    const bytes = readFileSync(file);
    return { path, content: TEXT.test(path) ? bytes.toString('utf8').replaceAll('\r\n', '\n') : bytes };
  });
}

function tooMuch(size: number): string {
  return size > MAX_FILE_BYTES
    ? `it has ${size} bytes, more than ${MAX_FILE_BYTES}`
    : `with it the files have more than ${MAX_TOTAL_BYTES} bytes`;
}

function below(directory: string, path: string): readonly string[] {
  const at = join(directory, path);
  if (lstatSync(at, { throwIfNoEntry: false })?.isDirectory() !== true) return [];
  return readdirSync(at)
    .filter((name) => !name.startsWith('.'))
    .sort(compareBytes)
    .flatMap((name) => {
      const inside = `${path}/${name}`;
      return isFile(join(directory, inside)) ? [inside] : below(directory, inside);
    });
}

function isFile(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isFile() === true;
}
