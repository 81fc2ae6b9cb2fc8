// Builds what the npm package ships: JavaScript and declarations in dist/, beside the files they read.
//
//   npm run build                     dist/
//   node hack/run.mjs hack/build.ts --out DIR   a whole package in DIR, ready for `npm pack DIR`
//
// `npm pack` and `npm publish` call it with --for-pack (package.json names dist/ while npm packs) and --restore.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join, resolve, sep } from 'node:path';
import { parseArgs } from 'node:util';
import { buildBundle } from '../lib/cli/start/build-bundle.ts';
import { writeManifest } from '../lib/cli/start/bundle.ts';
import { type SourceManifest, toDistManifest, toPublished } from './published.ts';

const root: string = join(import.meta.dirname, '..');
const manifestFile = join(root, 'package.json');
const savedManifest = join(root, '.cache', 'package.source.json');
const DOCUMENTS = ['README.md', 'LICENSE', 'CHANGELOG.md'];
const NOT_SHIPPED: ReadonlySet<string> = new Set(['fixtures', 'golden', '__snapshots__']);

const readManifest = (): SourceManifest => JSON.parse(readFileSync(manifestFile, 'utf8')) as SourceManifest;

function writeJson(file: string, value: object): void {
  writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`);
}

function compile(dist: string): void {
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const args = [tsc, '--project', 'tsconfig.build.json', '--outDir', dist];
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' });
  if (status !== 0) throw new Error(`Cannot build "${dist}": tsc exited ${status}, see above`);
}

/** Templates are files of somebody's future repository: shipped as they are, TypeScript included. */
function isAsset(file: string): boolean {
  if (file.split(sep).includes('templates')) return true;
  return !file.endsWith('.ts') && !NOT_SHIPPED.has(basename(file));
}

async function build(dist: string): Promise<void> {
  rmSync(dist, { recursive: true, force: true });
  compile(dist);
  for (const folder of ['lib', 'schemas']) {
    const from = join(root, folder);
    if (existsSync(from)) cpSync(from, join(dist, folder), { recursive: true, filter: isAsset });
  }
  writeJson(join(dist, 'package.json'), toDistManifest(readManifest()));
  await bundle(dist);
}

/** What `bp` starts from, with the licences of the packages that are compiled into it. */
async function bundle(dist: string): Promise<void> {
  const home = join(dist, 'bundle');
  const packages = new Set<string>();
  for (const name of ['bp', 'listen', 'compose'] as const) {
    const folder = join(home, name);
    const manifest = await buildBundle(dist, folder, name, root);
    for (const [path] of manifest.inputs) {
      const held = /node_modules\/(.+)\/package\.json$/.exec(path)?.[1];
      if (held !== undefined) packages.add(held);
    }
    writeManifest(folder, { ...manifest, inputs: [] }); // of this machine, and nothing here changes
  }
  writeFileSync(join(home, 'LICENSES.txt'), [...packages].map(licenseOf).join('\n'));
}

function licenseOf(name: string): string {
  const home = join(root, 'node_modules', name);
  const file = readdirSync(home).find((each) => /^licen[cs]e/i.test(each));
  if (file === undefined) throw new Error(`Cannot ship "${name}": it has no licence`);
  return `${name}\n\n${readFileSync(join(home, file), 'utf8')}\n`;
}

async function stage(directory: string): Promise<void> {
  await build(join(directory, 'dist'));
  for (const name of DOCUMENTS) {
    if (existsSync(join(root, name))) cpSync(join(root, name), join(directory, name));
  }
  writeJson(join(directory, 'package.json'), toPublished(readManifest()));
}

async function rewriteForPack(): Promise<void> {
  await build(join(root, 'dist'));
  mkdirSync(join(root, '.cache'), { recursive: true });
  cpSync(manifestFile, savedManifest);
  writeJson(manifestFile, toPublished(readManifest()));
}

function restore(): void {
  if (!existsSync(savedManifest)) return;
  cpSync(savedManifest, manifestFile);
  rmSync(savedManifest);
}

const { values } = parseArgs({
  options: { out: { type: 'string' }, 'for-pack': { type: 'boolean' }, restore: { type: 'boolean' } },
});
try {
  restore(); // also after a pack that was interrupted: packing twice would save the rewritten one
  if (values.out !== undefined) await stage(resolve(values.out));
  else if (values['for-pack']) await rewriteForPack();
  else if (!values.restore) await build(join(root, 'dist'));
} catch (error) {
  console.error(`error: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
