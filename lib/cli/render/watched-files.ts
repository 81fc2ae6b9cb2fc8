import { existsSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Watch } from '../watch.ts';

const IGNORED = /(?:^|\/)(?:node_modules|\.git|generated|golden|dist)(?:\/|$)|~$|\.sw[px]$|(?:^|\/)\.#/;
const SOURCE = /\.(?:ts|mts|js|mjs|json|ya?ml)$/;
const DOCUMENT = /\.(?:ya?ml|json)$/;

/**
 * What is looked at for changes: the sources of a project, and single files and directories wherever they lie. Links are
 * followed, and a file is found again after an editor has put another one in its place.
 */
export class WatchedFiles {
  readonly #watch: Watch;
  readonly #onSave: (path: string) => void;
  readonly #watchers = new Map<string, { close(): void }>();
  readonly #files = new Set<string>();
  readonly #directories = new Set<string>();

  /** @param onSave gets the absolute path of what was saved, links resolved for what lies in a project */
  constructor(watch: Watch, onSave: (path: string) => void) {
    this.#watch = watch;
    this.#onSave = onSave;
  }

  /** The sources below a project's root; what is generated or installed there is nobody's source. */
  addProject(root: string): void {
    if (this.#watchers.has(`${root}/**`)) return;
    const watcher = this.#watch(root, (path) => {
      if (!IGNORED.test(path) && SOURCE.test(path)) this.#onSave(join(root, path));
    });
    this.#watchers.set(`${root}/**`, watcher);
  }

  /** One file, or the YAML and JSON files of a directory. What does not exist is waited for, if its folder does. */
  add(path: string): void {
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) {
      this.#addFile(path);
      return;
    }
    const folder = realpathSync(path);
    this.#directories.add(folder);
    this.#open(folder);
    // Those may be links to somewhere else.
    for (const name of readdirSync(folder)) if (DOCUMENT.test(name)) this.#addFile(join(folder, name));
  }

  close(): void {
    for (const watcher of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
  }

  #addFile(path: string): void {
    for (const place of existsSync(path) ? [path, realpathSync(path)] : [path]) {
      if (!existsSync(dirname(place))) continue;
      const folder = realpathSync(dirname(place));
      this.#files.add(join(folder, basename(place)));
      this.#open(folder);
    }
  }

  #open(folder: string): void {
    if (this.#watchers.has(folder)) return;
    const watcher = this.#watch(
      folder,
      (name) => {
        const path = join(folder, name);
        const inDirectory = this.#directories.has(folder) && DOCUMENT.test(name);
        if (inDirectory || this.#files.has(path)) this.#onSave(path);
      },
      { recursive: false },
    );
    this.#watchers.set(folder, watcher);
  }
}
