import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ToolkitError } from '../../errors.ts';
import { sha256 } from '../../internal/digest.ts';
import { gunzip } from '../../internal/gzip.ts';
import { readTar } from '../../internal/untar.ts';
import { descriptorOf } from '../../oci/index.ts';
import {
  type Architecture,
  type ImageLayer,
  imageLayer,
  type Layer,
  PACKAGE_LAYER_TYPE,
} from '../../xpkg/index.ts';
import { BASE_LOCK } from './base-lock.ts';
import type { FetchOptions } from './debian.ts';
import { runProgram } from './programs.ts';

export const NODE_PATH = '/usr/bin/node';

const MAX_PACKAGE_ENTRIES = 20_000;

/** Node's own binary, from the npm package that holds it for a platform. @throws ToolkitError `network` or `integrity` */
export async function nodeLayer(architecture: Architecture, options: FetchOptions): Promise<ImageLayer> {
  const { version, packages } = BASE_LOCK.node;
  const { name, integrity, layer } = packages[architecture];
  const what = `${name}@${version}`;
  const kept = join(options.cacheDir, `${what}.layer`);
  const bytes = await readFile(kept).catch(() => undefined);
  if (bytes !== undefined && sha256(bytes) === layer.digest) {
    return { descriptor: descriptorOf(PACKAGE_LAYER_TYPE, bytes), bytes, diffId: layer.diffId };
  }
  const made = await makeLayer(what, integrity, options);
  await writeFile(`${kept}.part`, made.bytes).then(() => rename(`${kept}.part`, kept));
  return made;
}

/** The layer made of an npm package with Node's binary. */
export async function makeLayer(what: string, integrity: string, options: FetchOptions): Promise<Layer> {
  const archive = await fetchPackage(what, integrity, options);
  const files = readTar(gunzip(archive, what), what, { maxEntries: MAX_PACKAGE_ENTRIES });
  const find = (path: string): Uint8Array => {
    const file = files.find((f) => f.path === path);
    if (file === undefined) throw new ToolkitError('not-found', `Cannot use ${what}: it has no "${path}"`);
    return file.content;
  };
  return imageLayer([
    { path: NODE_PATH.slice(1), content: find('package/bin/node'), executable: true },
    { path: 'usr/share/doc/node/LICENSE', content: find('package/LICENSE') },
  ]);
}

async function fetchPackage(what: string, integrity: string, options: FetchOptions): Promise<Uint8Array> {
  const kept = join(options.cacheDir, `${what}.tgz`);
  if (existsSync(kept)) {
    const bytes = await readFile(kept);
    if (integrityOf(bytes) === integrity) return bytes;
  }
  const work = await mkdtemp(join(tmpdir(), 'blueprints-node-'));
  try {
    await runProgram('npm', ['pack', '--silent', '--ignore-scripts', what], work, options.signal);
    const [file] = await readdir(work);
    const path = join(work, file ?? '');
    const bytes = await readFile(path);
    if (integrityOf(bytes) !== integrity) {
      throw new ToolkitError(
        'integrity',
        `Cannot use ${what}: the npm registry gave other bytes than were pinned`,
      );
    }
    await mkdir(options.cacheDir, { recursive: true });
    await rename(path, kept).catch(() => undefined); // another file system: fetched again next time
    return bytes;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

function integrityOf(bytes: Uint8Array): string {
  return `sha512-${createHash('sha512').update(bytes).digest('base64')}`;
}
