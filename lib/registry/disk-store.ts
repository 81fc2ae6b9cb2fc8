import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { appendFile, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { ToolkitError } from '../errors.ts';
import type { Store } from './store.ts';

const TEMPORARY = 'tmp';

/** Files below one directory. A crash leaves old files or whole new ones, and leftovers in `tmp` that the next start clears. */
export class DiskStore implements Store {
  readonly #root: string;

  private constructor(root: string) {
    this.#root = root;
  }

  /** @throws ToolkitError `invalid` if the directory cannot be written */
  static async open(directory: string): Promise<DiskStore> {
    const root = resolve(directory);
    try {
      await mkdir(join(root, TEMPORARY), { recursive: true });
      const probe = join(root, TEMPORARY, randomUUID());
      await (await open(probe, 'wx')).close();
      await rm(probe);
      return new DiskStore(root);
    } catch (cause) {
      throw new ToolkitError('invalid', `Cannot use "${root}" as registry storage: it cannot be written`, {
        cause,
        remedy: 'name a directory that this user may write',
      });
    }
  }

  async size(path: string): Promise<number | undefined> {
    const info = await stat(join(this.#root, path)).catch(absent);
    return info?.isFile() === true ? info.size : undefined;
  }

  async read(path: string): Promise<Uint8Array | undefined> {
    const bytes = await readFile(join(this.#root, path)).catch(absent);
    return bytes === undefined ? undefined : new Uint8Array(bytes);
  }

  stream(path: string, start: number, end: number): AsyncIterable<Uint8Array> {
    return createReadStream(join(this.#root, path), { start, end });
  }

  async write(path: string, bytes: Uint8Array): Promise<void> {
    const temporary = join(TEMPORARY, randomUUID());
    const file = await open(join(this.#root, temporary), 'wx', 0o644);
    try {
      await file.writeFile(bytes);
    } finally {
      await file.close();
    }
    await this.move(temporary, path);
  }

  async append(path: string, bytes: Uint8Array): Promise<void> {
    const full = join(this.#root, path);
    await mkdir(dirname(full), { recursive: true });
    await appendFile(full, bytes);
  }

  async move(from: string, to: string): Promise<void> {
    const [source, target] = [join(this.#root, from), join(this.#root, to)];
    await mkdir(dirname(target), { recursive: true });
    await sync(source, 'r+');
    await rename(source, target);
    await sync(dirname(target), 'r').catch(() => undefined); // not every system can sync a directory
  }

  async list(directory: string): Promise<readonly string[]> {
    return (await readdir(join(this.#root, directory)).catch(absent)) ?? [];
  }

  async remove(path: string): Promise<void> {
    await rm(join(this.#root, path), { force: true, recursive: true });
  }
}

async function sync(path: string, flags: string): Promise<void> {
  const file = await open(path, flags);
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

function absent(error: unknown): undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ENAMETOOLONG') return undefined;
  throw error;
}
