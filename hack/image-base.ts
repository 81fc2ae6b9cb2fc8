// Pins anew what the function host's image is made of: lib/pipeline/image/base.lock.json.
//
//   node hack/run.mjs hack/image-base.ts
//
// Debian's packages in the versions that this machine's archive has now, and the npm packages of the Node that
// package.json names. Run it when apt no longer has a pinned version, and for security updates; read the diff.
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BASE_LOCK, type BaseLock, type LockedPackage } from '../lib/pipeline/image/base-lock.ts';
import { downloadPackages } from '../lib/pipeline/image/debian.ts';
import { makeLayer } from '../lib/pipeline/image/node-layer.ts';
import { runProgram } from '../lib/pipeline/image/programs.ts';

const root: string = join(import.meta.dirname, '..');
const file = join(root, 'lib/pipeline/image/base.lock.json');
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  readonly devDependencies: { readonly node: string };
};
const cacheDir = join(tmpdir(), 'image-base-cache');
const architectures = ['amd64', 'arm64'] as const;

async function pinDebian(architecture: (typeof architectures)[number]): Promise<LockedPackage[]> {
  const work = mkdtempSync(join(tmpdir(), 'image-base-'));
  try {
    const names = BASE_LOCK.debian[architecture].map(({ name }) => name);
    await downloadPackages(BASE_LOCK.suite, architecture, names, work);
    const files = readdirSync(work).filter((f) => f.endsWith('.deb'));
    const pin = async (deb: string): Promise<LockedPackage> => {
      const field = async (name: string): Promise<string> =>
        (await runProgram('dpkg-deb', ['--field', join(work, deb), name], work)).trim();
      const sha256 = createHash('sha256')
        .update(readFileSync(join(work, deb)))
        .digest('hex');
      return { name: await field('Package'), version: await field('Version'), sha256 };
    };
    return (await Promise.all(files.map(pin))).sort((a, b) => (a.name < b.name ? -1 : 1));
  } finally {
    rmSync(work, { recursive: true });
  }
}

async function pinNode(version: string): Promise<BaseLock['node']> {
  const packages = { ...BASE_LOCK.node.packages };
  for (const architecture of architectures) {
    const { name } = packages[architecture];
    const integrity = (
      await runProgram('npm', ['view', `${name}@${version}`, 'dist.integrity'], root)
    ).trim();
    const { descriptor, diffId } = await makeLayer(`${name}@${version}`, integrity, { cacheDir });
    packages[architecture] = { name, integrity, layer: { digest: descriptor.digest, diffId } };
  }
  return { version, packages };
}

const { devDependencies } = manifest;
const lock: BaseLock = {
  suite: BASE_LOCK.suite,
  debian: { amd64: await pinDebian('amd64'), arm64: await pinDebian('arm64') },
  node: await pinNode(devDependencies.node),
};
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
console.log(`wrote ${file}`);
