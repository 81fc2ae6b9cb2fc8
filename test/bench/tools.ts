import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from '../../hack/cache-folder.ts';

/** What the bench builds or installs stays there, outside the clone: BP_BENCH, or the user's cache folder. */
const TOOLS = process.env.BP_BENCH ?? cacheFolder('bench');

/** Something the bench can do without, and why it has to. */
export interface Missing {
  readonly missing: string;
}

const OLDEST_GO = 25; // of Go 1: what function-sdk-go asks for
const OLDEST_PYTHON = 11; // of Python 3: what the SDK asks for

function run(command: string, args: readonly string[], options: { cwd?: string } = {}) {
  return spawnSync(command, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    ...options,
    env: { ...process.env, GOFLAGS: '-mod=readonly', GOWORK: 'off' },
  });
}

function why({ stderr, error }: { stderr: string | null; error?: Error }): string {
  return error?.message ?? (stderr ?? '').trim().split('\n').at(-1) ?? 'no reason given';
}

/** Changes with any of a folder's files: what was built from others is built again. */
function fingerprint(folder: string): string {
  const hash = createHash('sha256');
  for (const name of readdirSync(folder).sort())
    hash.update(`${name}\0`).update(readFileSync(join(folder, name)));
  return hash.digest('hex').slice(0, 16);
}

/** Builds the Go program of a folder beside this file, or finds it built. */
export function goProgram(folder: string): string | Missing {
  const source = join(import.meta.dirname, folder);
  const target = join(TOOLS, `${folder.replace('/', '-')}-${fingerprint(source)}`);
  if (existsSync(target)) return target;
  const version = /go1\.(\d+)/.exec(run('go', ['version']).stdout ?? '')?.[1];
  if (version === undefined) return { missing: 'Go is not on the PATH' };
  if (Number(version) < OLDEST_GO) return { missing: `Go 1.${OLDEST_GO} is needed, this is 1.${version}` };
  mkdirSync(TOOLS, { recursive: true });
  console.error(`building test/bench/${folder} (once; minutes where Go's cache is cold) …`);
  const built = run('go', ['build', '-o', `${target}.new`, '.'], { cwd: source });
  if (built.status !== 0) return { missing: `go build failed: ${why(built)}` };
  renameSync(`${target}.new`, target);
  return target;
}

/** The Python of an environment that holds what `requirements.txt` pins, made or found made. */
export function pythonWith(requirements: string): string | Missing {
  const hash = createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 16);
  const target = join(TOOLS, `python-${hash}`);
  const python = join(target, 'bin', 'python');
  if (existsSync(join(target, 'complete'))) return python;
  const version = /Python 3\.(\d+)/.exec(run('python3', ['--version']).stdout ?? '')?.[1];
  if (version === undefined) return { missing: 'Python 3 is not on the PATH' };
  if (Number(version) < OLDEST_PYTHON)
    return { missing: `Python 3.${OLDEST_PYTHON} is needed, this is 3.${version}` };
  mkdirSync(TOOLS, { recursive: true });
  rmSync(target, { recursive: true, force: true }); // what an interrupted run left
  console.error('installing the Python SDK (once) …');
  const made = run('python3', ['-m', 'venv', target]);
  if (made.status !== 0) return { missing: `python3 -m venv failed: ${why(made)}` };
  const installed = run(python, ['-m', 'pip', 'install', '--quiet', '--no-deps', '-r', requirements]);
  if (installed.status !== 0) return { missing: `pip install failed: ${why(installed)}` };
  mkdirSync(join(target, 'complete'));
  return python;
}
