import { mkdirSync, mkdtempSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { run } from './process.ts';
import { root } from './repository.ts';

/** A throw-away repository of somebody who has installed the package. */
export interface UserRepository {
  readonly directory: string;
  write(path: string, text: string): void;
}

/** Packs this repository as it is now and returns the tarball, made inside `directory`. */
export async function packTarball(directory: string): Promise<string> {
  const stage = join(directory, 'stage');
  const build = await run(process.execPath, [join(root, 'hack/build.ts'), '--out', stage], {
    timeoutMs: 180_000,
  });
  if (build.code !== 0) throw new Error(`Cannot build the package:\n${build.stdout}${build.stderr}`);
  const pack = await run('npm', [
    'pack',
    stage,
    '--ignore-scripts',
    '--json',
    '--pack-destination',
    directory,
  ]);
  if (pack.code !== 0) throw new Error(`Cannot pack the package:\n${pack.stderr}`);
  return join(directory, readdirSync(directory).find((name) => name.endsWith('.tgz')) ?? '');
}

/**
 * Unpacks the tarball where npm would, and links every other package from here: npm's layout without its network.
 * The package stands under node_modules as real files, because that is where Node stops stripping types.
 */
export async function createUserRepository(tarball: string): Promise<UserRepository> {
  const directory = mkdtempSync(join(tmpdir(), 'bp-user-'));
  const modules = join(directory, 'node_modules');
  const home = join(modules, '@openova', 'blueprints');
  mkdirSync(home, { recursive: true });
  const unpack = await run('tar', ['-xzf', tarball, '--strip-components=1', '-C', home]);
  if (unpack.code !== 0) throw new Error(`Cannot unpack ${tarball}:\n${unpack.stderr}`);
  for (const name of readdirSync(join(root, 'node_modules'))) {
    if (name !== '.bin' && name !== '@openova')
      symlinkSync(join(root, 'node_modules', name), join(modules, name));
  }
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text);
  };
  write('package.json', JSON.stringify({ name: 'stranger', private: true, type: 'module' }));
  return { directory, write };
}
