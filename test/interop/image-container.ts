import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { cacheFolder } from '../../hack/cache-folder.ts';
import { isToolkitError } from '../../lib/errors.ts';
import { gunzip } from '../../lib/internal/gzip.ts';
import { isPortFree } from '../../lib/internal/ports.ts';
import { readTar } from '../../lib/internal/untar.ts';
import { buildHostImage, type HostImage, type ImageOptions } from '../../lib/pipeline/image/index.ts';
import type { Project } from '../../lib/project/index.ts';

// The image as Crossplane starts it: user 2000, no arguments, the environment and the certificates that core gives. A
// root of its own needs root; without it, the image's own loader, libraries and Node run from the unpacked folder.
const PORTS = [9443, 8080];
const OTHER_PORTS = ['--address', '127.0.0.1:0', '--metrics-address', '127.0.0.1:0'];
// What a container runtime does: a read-only root, /proc, what may be written, and another user.
const CONTAINER = `
PATH=$PATH:/usr/sbin:/sbin # mount and chroot are not on everybody's
root=$1; shift
mount --bind "$root" "$root"
for path in tmp var/cache/blueprints; do mount -t tmpfs -o mode=1777 tmpfs "$root/$path"; done
mount --rbind /proc "$root/proc"
mount -o remount,bind,ro "$root"
exec chroot --userspec=2000:2000 "$root" "$@"`;
const WRITABLE = ['tmp', 'var/cache/blueprints', 'proc'];
export const isRoot: boolean = process.getuid?.() === 0;

/** An image, or why it cannot be had here. */
export type ImageOrReason = { readonly image: HostImage } | { readonly missing: string };

/** Builds the host's image of a project; parts that this machine cannot have are a reason, not an error. */
export async function buildImageHere(
  project: Project,
  options: Pick<ImageOptions, 'version' | 'architectures'>,
): Promise<ImageOrReason> {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    return { missing: 'the image that runs here is linux/amd64' };
  try {
    return { image: await buildHostImage(project, { ...options, cacheDir: cacheFolder('image') }) };
  } catch (error) {
    if (!isToolkitError(error) || !['unsupported', 'network'].includes(error.code)) throw error;
    return { missing: error.message };
  }
}

/** Writes the files of the linux/amd64 image below a folder, and makes what a container runtime would mount. */
export function unpackImage({ images }: HostImage, to: string): void {
  chmodSync(to, 0o755);
  for (const layer of images[0]?.layers ?? []) {
    const tar = gunzip(layer.bytes, 'a layer');
    for (const { path, content, executable } of readTar(tar, 'a layer')) {
      const file = join(to, path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, content, { mode: executable ? 0o755 : 0o644 });
    }
  }
  for (const folder of WRITABLE) {
    mkdirSync(join(to, folder), { recursive: true });
    chmodSync(join(to, folder), 0o1777);
  }
}

export interface ImageConfig {
  readonly Entrypoint: readonly string[];
  readonly Env: readonly string[];
  readonly User: string;
}

export function configOf({ images }: HostImage): ImageConfig {
  const text = Buffer.from(images[0]?.config.bytes ?? []).toString();
  return (JSON.parse(text) as { config: ImageConfig }).config;
}

/** The Secret that core mounts. */
export function writeServerCertificates(
  root: string,
  files: { readonly certificate: string; readonly privateKey: string; readonly ca: string },
): void {
  const folder = join(root, 'tls', 'server');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'tls.crt'), files.certificate);
  writeFileSync(join(folder, 'tls.key'), files.privateKey);
  writeFileSync(join(folder, 'ca.crt'), files.ca);
}

export interface RunningImage {
  readonly pid: number;
  readonly port: number;
  readonly metricsPort: number;
  /** What it wrote on stderr. */
  log(): string;
  stop(): Promise<void>;
}

/** Starts the unpacked image's entrypoint and waits until it listens. */
export async function runImage(image: HostImage, root: string): Promise<RunningImage> {
  const child = spawnImage(image, root, [...configOf(image).Entrypoint, ...(await argumentsHere())]);
  let said = '';
  const ports = await new Promise<{ port: number; metricsPort: number }>((resolve, reject) => {
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    child.on('error', reject);
    child.on('exit', (code) => reject(new Error(`exited ${code}: ${said}`)));
    child.stdout?.once('data', (line: Buffer) => resolve(JSON.parse(line.toString()) as never));
  });
  return {
    ...ports,
    pid: child.pid ?? 0,
    log: () => said,
    async stop() {
      if (child.exitCode !== null) return;
      const ended = new Promise((resolve) => child.on('exit', resolve));
      child.kill('SIGTERM');
      await ended;
    },
  };
}

function spawnImage(image: HostImage, root: string, command: readonly string[]): ChildProcess {
  const given = { FUNCTION_NAME: 'function-blueprints', REVISION_NAME: 'r', REVISION_UID: 'u' };
  const own = Object.fromEntries(configOf(image).Env.map((pair) => pair.split(/=(.*)/s, 2))) as Record<
    string,
    string
  >;
  const [program, args] = isRoot
    ? ['unshare', ['--mount', 'sh', '-ec', CONTAINER, 'sh', root, ...command]]
    : [join(root, 'lib64/ld-linux-x86-64.so.2'), unprivileged(root, command)];
  const inside = isRoot ? '' : root;
  return spawn(program, args, {
    env: {
      ...own,
      ...given,
      PATH: process.env.PATH ?? '',
      TLS_SERVER_CERTS_DIR: `${inside}/tls/server`,
      BP_TRUST_POLICY: `${inside}/etc/blueprints/trust.yaml`,
      BP_CACHE_DIR: `${inside}${own.BP_CACHE_DIR}`,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** None, as Crossplane gives none, unless somebody else on this machine has the ports. */
async function argumentsHere(): Promise<readonly string[]> {
  const free = await Promise.all(PORTS.map(isPortFree));
  return free.includes(false) ? OTHER_PORTS : [];
}

function unprivileged(root: string, entrypoint: readonly string[]): string[] {
  const libraries = join(root, 'lib/x86_64-linux-gnu');
  return [
    '--library-path',
    libraries,
    ...entrypoint.map((part) =>
      part.startsWith('/app/') || part.startsWith('/usr/') ? join(root, part) : part,
    ),
  ];
}
