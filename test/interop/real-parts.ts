import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { cacheFolder } from '../../hack/cache-folder.ts';
import { endingWithUs } from '../../lib/testing/cluster/child.ts';
import { findProgram, PATH_FOLDERS, reasonToSkip } from '../support/programs.ts';

export type Part = 'cosign2' | 'cosign3' | 'oras' | 'oras2' | 'crane' | 'docker-registry' | 'skopeo';

const ROOT = join(import.meta.dirname, '..', '..');

/** Where hack/real-parts.sh leaves them: called by .ci/run, or by hand. */
export const PART_FOLDERS: readonly string[] = [
  join(process.env.BP_PARTS ?? cacheFolder('parts'), 'bin'),
  join(ROOT, '.cache', 'parts', 'bin'),
];

/** Path of a real program: from hack/real-parts.sh, or on the PATH. */
export function findPart(part: Part): string | undefined {
  return findProgram(part, [...PART_FOLDERS, ...PATH_FOLDERS]);
}

/** Why a test that needs these programs cannot run; undefined if it can. In CI that is a failure. */
export function missingParts(...parts: Part[]): string | undefined {
  const missing = parts.filter((part) => findPart(part) === undefined);
  return reasonToSkip(missing, 'run hack/real-parts.sh (and apt-get install skopeo)');
}

export interface RunResult {
  readonly ok: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

const RUN_TIMEOUT_MS = 60_000;

/**
 * Runs a real program to its end, beside the servers of this process. Nothing of our environment but PATH
 * reaches it; HOME is an empty directory.
 */
export async function runPart(
  part: Part,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<RunResult> {
  const program = findPart(part);
  if (program === undefined) throw new Error(`${part} not found`);
  const home = mkdtempSync(join(tmpdir(), 'bp-home-'));
  try {
    const child = spawn(program, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: RUN_TIMEOUT_MS,
      env: { PATH: process.env.PATH ?? '', HOME: home, ...env },
    });
    const ended = new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
    const cut = code === null ? `\n${part} was stopped after ${RUN_TIMEOUT_MS} ms` : '';
    return { ok: code === 0, stdout, stderr: stderr + cut };
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

export interface RealRegistry {
  /** `127.0.0.1:PORT` */
  readonly host: string;
  /** Drops every connection until it is told otherwise, as a registry that is gone. */
  setGone(gone: boolean): void;
  close(): Promise<void>;
}

/** Starts Debian's docker-registry on a free loopback port, with its storage in a temporary directory. */
export async function startDockerRegistry(): Promise<RealRegistry> {
  const program = findPart('docker-registry');
  if (program === undefined) throw new Error('docker-registry not found');
  const directory = mkdtempSync(join(tmpdir(), 'bp-registry-'));
  const config = join(directory, 'config.json');
  writeFileSync(
    config,
    JSON.stringify({
      version: '0.1',
      log: { level: 'info', accesslog: { disabled: true } },
      storage: {
        filesystem: { rootdirectory: directory },
        delete: { enabled: true },
        maintenance: { uploadpurging: { enabled: false } },
      },
      http: { addr: '127.0.0.1:0', relativeurls: true },
    }),
  );
  const child = spawn(...endingWithUs(program, ['serve', config]), { stdio: ['ignore', 'ignore', 'pipe'] });
  const { front, setGone } = await refuseTls(await listeningPort(child));
  return {
    host: `127.0.0.1:${(front.address() as AddressInfo).port}`,
    setGone,
    close: async () => {
      const gone = new Promise((resolve) => child.once('exit', resolve));
      front.close();
      child.kill();
      await gone;
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/**
 * go-containerregistry tries TLS first, even on loopback. Go's plain HTTP server waits for a line feed in the
 * ClientHello's random bytes, so about every third attempt would hang until a timeout; here TLS ends at once.
 */
function refuseTls(port: number): Promise<Front> {
  const open = new Set<Socket>();
  let gone = false;
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    if (gone) {
      socket.destroy();
      return;
    }
    open.add(socket);
    socket.on('close', () => open.delete(socket));
    socket.once('data', (first) => {
      if (first[0] === TLS_HANDSHAKE) {
        socket.destroy();
        return;
      }
      const upstream = connect(port, '127.0.0.1');
      upstream.on('error', () => socket.destroy());
      upstream.on('close', () => socket.destroy());
      socket.on('close', () => upstream.destroy());
      upstream.write(first);
      socket.pipe(upstream).pipe(socket);
    });
  });
  const setGone = (now: boolean): void => {
    gone = now;
    if (gone) for (const socket of open) socket.destroy();
  };
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve({ front: server, setGone }));
  });
}

interface Front {
  readonly front: Server;
  readonly setGone: (gone: boolean) => void;
}

const TLS_HANDSHAKE = 0x16;

function listeningPort(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    if (child.stderr === null) return reject(new Error('no output'));
    const lines: string[] = [];
    createInterface({ input: child.stderr }).on('line', (line) => {
      const port = /listening on 127\.0\.0\.1:(\d+)/.exec(line)?.[1];
      if (port !== undefined) resolve(Number(port));
      else if (lines.length < 50) lines.push(line);
    });
    child.once('exit', (code) =>
      reject(new Error(`docker-registry ended with ${code}: ${lines.join('\n')}`)),
    );
  });
}
