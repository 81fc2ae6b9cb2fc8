import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { ToolkitError } from '../errors.ts';
import { readTar } from '../internal/untar.ts';
import { findProjectRoot } from '../project/index.ts';
import type { GitArchive } from './git-archive.ts';
import { openFolder } from './open-folder.ts';
import type { SourceSide } from './side.ts';

const PACKAGE = '@openova/blueprints';

/** A revision of the project, unpacked beside the one that is checked out. */
export interface OpenRevision {
  readonly side: SourceSide;
  /** Removes what was unpacked. */
  close(): void;
}

/**
 * A version as it stood in a Git revision. Its sources are unpacked into a temporary folder and run with the packages
 * of the working tree, toolkit included: what differs is what its author changed.
 * @param path folder or name of the Blueprint, as in the revision
 * @throws ToolkitError `not-found` for a revision or Blueprint that is not there
 */
export async function openRevision(
  git: GitArchive,
  revision: string,
  path: string,
  project: string,
): Promise<OpenRevision> {
  const root = findProjectRoot(project);
  const { tar, prefix, commit } = await git.archive(root, revision);
  const directory = mkdtempSync(join(tmpdir(), 'bp-diff-'));
  const close = (): void => rmSync(directory, { recursive: true, force: true });
  try {
    unpack(tar, directory, prefix, `${revision} of "${root}"`);
    linkPackages(root, directory);
    const inside = relative(root, resolve(project, path));
    const given = existsSync(join(directory, inside, 'blueprint.ts')) ? inside : path;
    const label = `${revision}:${path} (${commit.slice(0, 10)})`;
    return { side: await openFolder(given, directory, label), close };
  } catch (error) {
    close();
    throw error;
  }
}

function unpack(tar: Uint8Array, directory: string, prefix: string, what: string): void {
  for (const { path, content } of readTar(tar, what)) {
    if (!path.startsWith(prefix)) continue;
    const file = join(directory, path.slice(prefix.length));
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
  }
  if (existsSync(join(directory, 'blueprints'))) return;
  throw new ToolkitError('not-found', `Cannot compare ${what}: there are no blueprints/ in it`);
}

/** The packages of the working tree, and the toolkit that runs, whatever the revision brought. */
function linkPackages(root: string, directory: string): void {
  const from = join(root, 'node_modules');
  const to = join(directory, 'node_modules');
  mkdirSync(join(to, '@openova'), { recursive: true });
  const names = existsSync(from) ? readdirSync(from) : [];
  for (const name of names)
    if (name !== '@openova' && !name.startsWith('.')) symlinkSync(join(from, name), join(to, name));
  const scoped = join(from, '@openova');
  for (const name of existsSync(scoped) ? readdirSync(scoped) : []) {
    if (name !== 'blueprints') symlinkSync(join(scoped, name), join(to, '@openova', name));
  }
  symlinkSync(toolkitRoot(), join(to, '@openova', 'blueprints'));
  renameOwnPackage(directory);
}

/** In the toolkit's own repository its name would mean the sources of the revision, not the toolkit that runs. */
function renameOwnPackage(directory: string): void {
  const file = join(directory, 'package.json');
  const manifest = JSON.parse(readFileSync(file, 'utf8')) as { name?: string; exports?: unknown };
  if (manifest.name !== PACKAGE) return;
  const { exports: _, ...rest } = manifest;
  writeFileSync(file, JSON.stringify({ ...rest, name: `${PACKAGE}-compared` }));
}

function toolkitRoot(): string {
  for (let at = import.meta.dirname; ; at = dirname(at)) {
    if (existsSync(join(at, 'package.json'))) return at;
    if (at === dirname(at)) throw new ToolkitError('internal', 'Cannot find the package of the toolkit');
  }
}
