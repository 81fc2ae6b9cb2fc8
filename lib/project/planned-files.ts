import { lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** A file that should hold this text, or (without a text) should not be there. */
export interface PlannedFile {
  /** Below the project's root, with forward slashes. */
  readonly path: string;
  readonly text: string | undefined;
}

/** The planned files that differ from what lies on disk. */
export function staleFiles(root: string, planned: readonly PlannedFile[]): readonly PlannedFile[] {
  return planned.filter(({ path, text }) => readIfThere(join(root, path)) !== text);
}

/** Brings files to their planned text; all texts are known before the first is written. */
export function writePlanned(root: string, planned: readonly PlannedFile[]): void {
  for (const { path, text } of planned) {
    const file = join(root, path);
    if (text === undefined) rmSync(file, { force: true });
    else {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
    }
  }
}

/** The text of a file, or undefined when there is none. */
export function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}

/** Regular files below a folder, by path with forward slashes; links are not followed. */
export function filesBelow(folder: string): readonly string[] {
  if (lstatSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) return [];
  return readdirSync(folder, { withFileTypes: true })
    .flatMap((entry) => {
      if (entry.isDirectory()) return filesBelow(join(folder, entry.name)).map((p) => `${entry.name}/${p}`);
      return entry.isFile() ? [entry.name] : [];
    })
    .sort();
}
