import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ToolkitError } from '../../errors.ts';
import { compareBytes } from '../../internal/json.ts';
import type { TarEntry } from '../../internal/tar.ts';
import { type Architecture, imageLayer, type Layer } from '../../xpkg/index.ts';
import { BASE_LOCK } from './base-lock.ts';
import { type FetchOptions, type UnpackedPackage, withDebianPackages } from './debian.ts';

/** What Node is linked to, and nothing else: no shell, no package manager. */
const LIBRARIES = [
  'libc.so.6',
  'libdl.so.2',
  'libgcc_s.so.1',
  'libm.so.6',
  'libpthread.so.0',
  'libstdc++.so.6',
] as const;

const LOADERS = {
  amd64: { triplet: 'x86_64-linux-gnu', name: 'ld-linux-x86-64.so.2', path: 'lib64/ld-linux-x86-64.so.2' },
  arm64: { triplet: 'aarch64-linux-gnu', name: 'ld-linux-aarch64.so.1', path: 'lib/ld-linux-aarch64.so.1' },
} as const;

const CERTIFICATES = 'usr/share/ca-certificates/mozilla';
const USER = '2000'; // Crossplane runs functions as this user, whatever the image says

/** glibc, libstdc++ and CA certificates from Debian, user and folders of a container. */
export function baseLayer(architecture: Architecture, options: FetchOptions): Promise<Layer> {
  return withDebianPackages(BASE_LOCK, architecture, options, async (packages) =>
    imageLayer([
      ...(await libraries(architecture, packages)),
      ...(await documents(packages)),
      { path: 'etc/ssl/certs/ca-certificates.crt', content: await certificates(packages) },
      {
        path: 'etc/passwd',
        content: `root:x:0:0:root:/:/sbin/nologin\nfunction:x:${USER}:${USER}::/:/sbin/nologin\n`,
      },
      { path: 'etc/group', content: `root:x:0:\nfunction:x:${USER}:\n` },
      { path: 'etc/nsswitch.conf', content: 'hosts: files dns\n' },
      { path: 'tmp', content: '', directoryMode: 0o1777 },
      { path: 'var/cache/blueprints', content: '', directoryMode: 0o1777 },
    ]),
  );
}

async function libraries(
  architecture: Architecture,
  packages: readonly UnpackedPackage[],
): Promise<TarEntry[]> {
  const { triplet, name, path } = LOADERS[architecture];
  const read = (file: string): Promise<Uint8Array> =>
    readFrom(packages, [`lib/${triplet}/${file}`, `usr/lib/${triplet}/${file}`]);
  const entries = LIBRARIES.map(async (file) => ({
    path: `lib/${triplet}/${file}`,
    content: await read(file),
  }));
  return [{ path, content: await read(name), executable: true }, ...(await Promise.all(entries))];
}

/** Licences, and the records by which scanners know what is installed. */
async function documents(packages: readonly UnpackedPackage[]): Promise<TarEntry[]> {
  const entries: TarEntry[] = [];
  for (const { name, root, control } of packages) {
    entries.push({ path: `var/lib/dpkg/status.d/${name}`, content: control });
    const path = `usr/share/doc/${name}/copyright`;
    if (existsSync(join(root, path))) entries.push({ path, content: await readFile(join(root, path)) });
  }
  return entries;
}

async function certificates(packages: readonly UnpackedPackage[]): Promise<string> {
  const root = packages.find(({ name }) => name === 'ca-certificates')?.root ?? '';
  const files = (await readdir(join(root, CERTIFICATES)))
    .filter((f) => f.endsWith('.crt'))
    .sort(compareBytes);
  const texts = await Promise.all(files.map((file) => readFile(join(root, CERTIFICATES, file), 'utf8')));
  return texts.map((text) => `${text.trim()}\n`).join('');
}

/** Links inside a package lead to a file of the same package: what the name means is what is packed. */
async function readFrom(packages: readonly UnpackedPackage[], paths: readonly string[]): Promise<Uint8Array> {
  for (const { root } of packages) {
    for (const path of paths) {
      if (existsSync(join(root, path))) return readFile(join(root, path));
    }
  }
  throw new ToolkitError('not-found', `Cannot assemble the base image: no package has "${paths[0]}"`);
}
