import type { Store } from './store.ts';

/** Files in memory; gone with the process. */
export class MemoryStore implements Store {
  readonly #files = new Map<string, Uint8Array[]>();

  async size(path: string): Promise<number | undefined> {
    return this.#files.get(path)?.reduce((sum, part) => sum + part.length, 0);
  }

  async read(path: string): Promise<Uint8Array | undefined> {
    const parts = this.#files.get(path);
    return parts === undefined ? undefined : new Uint8Array(Buffer.concat(parts));
  }

  async *stream(path: string, start: number, end: number): AsyncIterable<Uint8Array> {
    yield Buffer.concat(this.#files.get(path) ?? []).subarray(start, end + 1);
  }

  async write(path: string, bytes: Uint8Array): Promise<void> {
    this.#files.set(path, [new Uint8Array(bytes)]);
  }

  async append(path: string, bytes: Uint8Array): Promise<void> {
    const parts = this.#files.get(path) ?? [];
    parts.push(new Uint8Array(bytes));
    this.#files.set(path, parts);
  }

  async move(from: string, to: string): Promise<void> {
    const parts = this.#files.get(from) ?? [];
    this.#files.delete(from);
    this.#files.set(to, [Buffer.concat(parts)]);
  }

  async list(directory: string): Promise<readonly string[]> {
    const prefix = `${directory}/`;
    const names = [...this.#files.keys()]
      .filter((k) => k.startsWith(prefix))
      .map((k) => k.slice(prefix.length));
    return [...new Set(names.map((n) => n.split('/', 1)[0] ?? n))];
  }

  async remove(path: string): Promise<void> {
    this.#files.delete(path);
  }
}
