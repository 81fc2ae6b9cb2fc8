import { type FSWatcher, readdirSync, statSync, watch as watchFiles } from 'node:fs';
import { join } from 'node:path';

/** Tells of files that were saved in a folder, by default below it too, until it is closed. */
export type Watch = (
  folder: string,
  onSave: (path: string) => void,
  options?: { readonly recursive: boolean },
) => { close(): void };

/** The real one. Paths are relative to the folder; a folder that goes away ends the watch quietly. */
export const watchFolder: Watch = (folder, onSave, { recursive } = { recursive: true }) => {
  const tree = new WatchedTree(folder, onSave, recursive);
  tree.add('', false);
  return tree;
};

/** Installed packages and Git's own files are many, and nobody saves them. */
const NEVER = new Set(['node_modules', '.git']);

/**
 * Folder by folder: where Node watches a tree by itself it watches each file, and on Linux loses one that an editor has
 * replaced by another.
 */
class WatchedTree {
  readonly #root: string;
  readonly #onSave: (path: string) => void;
  readonly #recursive: boolean;
  readonly #folders = new Map<string, FSWatcher>();

  constructor(root: string, onSave: (path: string) => void, recursive: boolean) {
    this.#root = root;
    this.#onSave = onSave;
    this.#recursive = recursive;
  }

  /** Watches a folder below the root, and with `tell` says what is in it: files may have come with it. */
  add(below: string, tell: boolean): void {
    const path = join(this.#root, below);
    const watcher = watchFiles(path, (event, name) => {
      if (name !== null) this.#changed(event, below === '' ? name : `${below}/${name}`);
    });
    watcher.on('error', () => this.#drop(below));
    this.#folders.set(below, watcher);
    if (!this.#recursive) return;
    for (const entry of readdirSync(path, { withFileTypes: true })) {
      const inside = below === '' ? entry.name : `${below}/${entry.name}`;
      if (entry.isDirectory()) this.#addIfThere(inside, entry.name, tell);
      else if (tell) this.#onSave(inside);
    }
  }

  close(): void {
    for (const watcher of this.#folders.values()) watcher.close();
    this.#folders.clear();
  }

  #changed(event: string, path: string): void {
    if (!this.#recursive || event === 'change') {
      if (!this.#folders.has(path)) this.#onSave(path);
      return;
    }
    // It may have gone, or be another one of the same name.
    this.#drop(path);
    if (isFolder(join(this.#root, path))) this.#addIfThere(path, path.slice(path.lastIndexOf('/') + 1), true);
    else this.#onSave(path);
  }

  #addIfThere(below: string, name: string, tell: boolean): void {
    if (NEVER.has(name)) return;
    try {
      this.add(below, tell);
    } catch {
      this.#drop(below); // gone again already
    }
  }

  #drop(below: string): void {
    for (const [path, watcher] of this.#folders) {
      if (path !== below && !path.startsWith(`${below}/`)) continue;
      watcher.close();
      this.#folders.delete(path);
    }
  }
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false; // gone, or not ours to see
  }
}
