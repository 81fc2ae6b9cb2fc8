import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ToolkitError } from '../../errors.ts';
import type { Architecture } from '../../xpkg/index.ts';
import { debianSources } from './apt-sources.ts';
import type { BaseLock, LockedPackage } from './base-lock.ts';
import { runProgram } from './programs.ts';

export interface FetchOptions {
  /** Keeps what was fetched, by its hash. */
  readonly cacheDir: string;
  readonly signal?: AbortSignal;
}

/** A Debian package, unpacked. */
export interface UnpackedPackage extends LockedPackage {
  /** Folder with its files. */
  readonly root: string;
  /** Its control file. */
  readonly control: string;
}

/**
 * Fetches the locked packages with apt, from the archive that this machine uses, without touching its own state; hands
 * them to `use`, unpacked.
 * @throws ToolkitError `unsupported` without apt or dpkg, `network` if the archive does not have them, `integrity`
 */
export async function withDebianPackages<T>(
  lock: BaseLock,
  architecture: Architecture,
  options: FetchOptions,
  use: (packages: readonly UnpackedPackage[]) => Promise<T>,
): Promise<T> {
  const work = await mkdtemp(join(tmpdir(), 'blueprints-image-'));
  try {
    const locked = lock.debian[architecture];
    const missing = locked.filter((one) => !existsSync(cached(options, one)));
    if (missing.length > 0) await download(lock.suite, architecture, missing, work, options);
    const unpacked: UnpackedPackage[] = [];
    for (const one of locked) unpacked.push(await unpack(one, join(work, one.name), options));
    return await use(unpacked);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

function cached({ cacheDir }: FetchOptions, { sha256 }: LockedPackage): string {
  return join(cacheDir, `${sha256}.deb`);
}

async function download(
  suite: string,
  architecture: Architecture,
  packages: readonly LockedPackage[],
  work: string,
  options: FetchOptions,
): Promise<void> {
  const wanted = packages.map(({ name, version }) => `${name}=${version}`);
  await downloadPackages(suite, architecture, wanted, work, options.signal);
  await mkdir(options.cacheDir, { recursive: true });
  for (const file of await readdir(work)) {
    const one = packages.find(({ name }) => file.startsWith(`${name}_`) && file.endsWith('.deb'));
    if (one === undefined) continue;
    const path = join(work, file);
    const hash = createHash('sha256')
      .update(await readFile(path))
      .digest('hex');
    if (hash !== one.sha256) {
      throw new ToolkitError(
        'integrity',
        `Cannot use ${one.name} ${one.version}: it hashes to ${hash}, not ${one.sha256}`,
      );
    }
    const target = cached(options, one);
    await copyFile(path, `${target}.part`);
    await rename(`${target}.part`, target);
  }
}

/**
 * Downloads packages, `name` or `name=version`, with apt into a folder.
 * @throws ToolkitError `unsupported` without a source of that release, `network` if the archive does not have them
 */
export async function downloadPackages(
  suite: string,
  architecture: Architecture,
  wanted: readonly string[],
  work: string,
  signal?: AbortSignal,
): Promise<void> {
  const sources = debianSources(suite);
  if (sources.length === 0) {
    throw new ToolkitError(
      'unsupported',
      `Cannot fetch Debian packages: no source of "${suite}" is set up here`,
      {
        remedy: `run on Debian ${suite}, or give another base image with --base`,
      },
    );
  }
  const apt = await aptOptions(work, architecture, sources);
  await runProgram('apt-get', [...apt, 'update'], work, signal);
  await runProgram('apt-get', [...apt, 'download', ...wanted], work, signal).catch((cause: unknown) => {
    throw new ToolkitError(
      'network',
      `Cannot fetch ${wanted.join(' ')} for ${architecture} from Debian's archive`,
      {
        cause,
        remedy:
          'a newer version may have replaced one: node hack/run.mjs hack/image-base.ts pins what there is now',
      },
    );
  });
}

/** A state of its own, so that any architecture can be asked for and the machine's is left alone. */
async function aptOptions(
  work: string,
  architecture: Architecture,
  sources: readonly string[],
): Promise<string[]> {
  const state = join(work, 'apt');
  await mkdir(join(state, 'lists', 'partial'), { recursive: true });
  await mkdir(join(state, 'cache', 'archives', 'partial'), { recursive: true });
  await writeFile(join(state, 'status'), '');
  await writeFile(join(state, 'sources.list'), `${sources.join('\n')}\n`);
  const settings = {
    'Dir::Etc::sourcelist': join(state, 'sources.list'),
    'Dir::Etc::sourceparts': '/dev/null',
    'Dir::State::lists': join(state, 'lists'),
    'Dir::State::status': join(state, 'status'),
    'Dir::Cache': join(state, 'cache'),
    'APT::Architecture': architecture,
    'APT::Architectures::': architecture,
    'APT::Sandbox::User': '', // it could not write here
    'Acquire::Retries': '3',
    'Acquire::Languages': 'none',
  };
  return ['-qq', ...Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`])];
}

async function unpack(one: LockedPackage, root: string, options: FetchOptions): Promise<UnpackedPackage> {
  const deb = cached(options, one);
  const hash = createHash('sha256')
    .update(await readFile(deb))
    .digest('hex');
  if (hash !== one.sha256) {
    await rm(deb);
    throw new ToolkitError('integrity', `Cannot use "${deb}": it is not what it was`, {
      remedy: 'run it again',
    });
  }
  await mkdir(root, { recursive: true });
  await runProgram('dpkg-deb', ['--extract', deb, root], root, options.signal);
  const control = await runProgram('dpkg-deb', ['--field', deb], root, options.signal);
  return { ...one, root, control };
}
