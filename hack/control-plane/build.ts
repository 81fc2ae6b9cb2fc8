// Makes the programs of a real control plane ready: Crossplane's core, kube-apiserver, kube-controller-manager and
// Flux's controllers, with their CRDs. What is on the PATH or in the folder already is taken; the rest is built once from
// the versions that the go.mod files pin (about twenty minutes on two cores, seconds when Go's caches are warm).
//
//   node hack/run.mjs hack/control-plane/build.ts [--only NAME]… [--directory DIR] [--check]
//
// --check builds nothing and exits 1 if something is missing. etcd comes from hack/real-parts.sh.
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { delimiter, join } from 'node:path';
import { parseArgs } from 'node:util';
import { CONTROL_PLANE } from './folder.ts';
import { COPIED_FOLDERS, type CopiedFolder, PROGRAMS, type Program } from './programs.ts';

function go(folder: string, args: readonly string[], options: { readonly show?: boolean } = {}): string {
  const { status, stdout, error } = spawnSync('go', args, {
    cwd: join(import.meta.dirname, folder),
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', options.show === true ? 'inherit' : 'pipe'],
    env: { ...process.env, GOFLAGS: '-mod=readonly', GOWORK: 'off' },
  });
  if (error !== undefined) {
    throw new Error('Cannot build the control plane: Go is not on the PATH (hint: install Go 1.26 or newer)');
  }
  if (status !== 0) throw new Error(`Cannot build the control plane: go ${args[0]} exited ${status}`);
  return stdout.trim();
}

/** The version of a module that a folder's go.mod pins. */
const pinned = ({ folder, module }: Pick<Program, 'folder' | 'module'>): string =>
  go(folder, ['list', '-m', '-f', '{{.Version}}', module]);

function onPath(name: string): string | undefined {
  const places = (process.env.PATH ?? '').split(delimiter).filter((place) => place !== '');
  return places.map((place) => join(place, name)).find(existsSync);
}

/** Whether Go says that a binary was built from that version; one that Go cannot read is taken as it is. */
function isFrom(binary: string, { module }: Program, version: string): boolean {
  const { status, stdout } = spawnSync('go', ['version', '-m', binary], { encoding: 'utf8' });
  return status !== 0 || stdout.includes(`\t${module}\t${version}\t`);
}

function build(program: Program, directory: string): void {
  const { name, folder, source, stamp } = program;
  const target = join(directory, name);
  const variables = Object.entries(stamp?.(pinned(program)) ?? {});
  const flags =
    variables.length === 0
      ? []
      : ['-ldflags', variables.map(([key, value]) => `-X ${key}=${value}`).join(' ')];
  go(folder, ['build', ...flags, '-o', `${target}.new`, source], { show: true });
  chmodSync(`${target}.new`, 0o755);
  renameSync(`${target}.new`, target);
}

function ready(program: Program, directory: string): string | undefined {
  const path = onPath(program.name);
  if (path !== undefined) return path;
  const cached = join(directory, program.name);
  if (!existsSync(cached)) return undefined;
  return onPath('go') === undefined || isFrom(cached, program, pinned(program)) ? cached : undefined;
}

/** Beside the copy, not in it: who reads the folder takes every file of it. */
const noteOf = (target: string): string => `${target}.version`;

function isCopyOf(target: string, version: string): boolean {
  if (!existsSync(target)) return false;
  const note = noteOf(target);
  return onPath('go') === undefined || (existsSync(note) && readFileSync(note, 'utf8') === version);
}

function copyFolder({ folder, module, path }: CopiedFolder, target: string, version: string): void {
  // The binary may have been here all the time, and its source never.
  go(folder, ['mod', 'download', module]);
  const source = join(go(folder, ['list', '-m', '-f', '{{.Dir}}', module]), path);
  rmSync(target, { recursive: true, force: true });
  // Go's module cache is read-only, and copies of it would be as well.
  cpSync(source, target, { recursive: true, mode: 0 });
  spawnSync('chmod', ['-R', 'u+w', target]);
  writeFileSync(noteOf(target), version);
}

function main(): number {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', multiple: true },
      directory: { type: 'string' },
      check: { type: 'boolean' },
    },
  });
  const directory = values.directory ?? CONTROL_PLANE;
  mkdirSync(directory, { recursive: true });
  const wanted = PROGRAMS.filter(({ name }) => values.only === undefined || values.only.includes(name));
  let missing = 0;
  for (const program of wanted) {
    const there = ready(program, directory);
    if (there !== undefined) console.log(`${program.name}: ${there}`);
    else if (values.check === true) missing += 1;
    else {
      console.log(`${program.name}: building from ${program.module} ${pinned(program)} …`);
      const start = Date.now();
      build(program, directory);
      console.log(`${program.name}: built in ${Math.round((Date.now() - start) / 1000)} s`);
    }
  }
  for (const copied of COPIED_FOLDERS) {
    const target = join(directory, copied.name);
    if (!wanted.some(({ module }) => module === copied.module)) continue;
    const version = onPath('go') === undefined ? '' : pinned(copied);
    if (isCopyOf(target, version)) continue;
    if (values.check === true) missing += 1;
    else copyFolder(copied, target, version);
  }
  if (missing > 0) console.error(`error: ${missing} parts of the control plane are missing in ${directory}`);
  return missing === 0 ? 0 : 1;
}

try {
  process.exitCode = main();
} catch (error) {
  console.error(`error: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
