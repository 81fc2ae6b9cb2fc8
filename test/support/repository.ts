import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

/** The root of this repository. */
export const root: string = join(import.meta.dirname, '..', '..');

const NOT_OURS: ReadonlySet<string> = new Set(['node_modules', '.git', '.cache', 'dist', 'coverage', '.bp']);

/** Every file under a folder of the repository, as paths from the root with forward slashes, sorted. */
export function listFiles(folder: string, keep: (path: string) => boolean = () => true): string[] {
  const top = join(root, folder);
  if (!existsSync(top)) return [];
  const walk = (directory: string): string[] =>
    readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
      const path = join(directory, entry.name);
      if (entry.isDirectory()) return NOT_OURS.has(entry.name) ? [] : walk(path);
      return entry.isFile() ? [relative(root, path).split(sep).join('/')] : [];
    });
  return walk(top).filter(keep).sort();
}

export function readText(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

export function readJson<T>(path: string): T {
  return JSON.parse(readText(path)) as T;
}

/** package.json, as far as the tests about the package look into it. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly engines: { readonly node: string };
  readonly exports: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

export const manifest: Manifest = readJson<Manifest>('package.json');
