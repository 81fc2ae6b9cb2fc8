import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs';
import { ToolkitError } from '../../errors.ts';
import { type ProcessUsage, usageOf } from './usage.ts';

export interface ChildOptions {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Standard output and error go there, appended. */
  readonly logFile: string;
}

/** A program that runs beside this process and never outlives it. */
export interface Child {
  readonly name: string;
  readonly pid: number;
  readonly logFile: string;
  /** Set once it has ended: `exit code 1` or `SIGKILL`. */
  readonly ended: string | undefined;
  /** Resolves with how it ended. */
  readonly end: Promise<string>;
  /** The last lines of what it wrote. */
  tail(lines?: number): string;
  /** What it has used so far; undefined once it has ended, and where there is no /proc. */
  usage(): ProcessUsage | undefined;
  /** SIGKILL, as a node that fails. Resolves once it is gone. */
  kill(): Promise<void>;
  /** SIGTERM, and SIGKILL when that does not help in time. Resolves once it is gone. */
  stop(graceMs?: number): Promise<void>;
}

const STOP_GRACE_MS = 10_000;
const TAIL_BYTES = 64 * 1024;
const SETPRIV = '/usr/bin/setpriv'; // util-linux

/** What to spawn so that the kernel ends it when this process is killed in a way that leaves it no time. */
export function endingWithUs(command: string, args: readonly string[]): [string, readonly string[]] {
  return existsSync(SETPRIV) ? [SETPRIV, ['--pdeathsig', 'KILL', '--', command, ...args]] : [command, args];
}

/**
 * Starts a program that ends with this process, however that ends. Nothing of our environment reaches it.
 * @throws ToolkitError `not-found` when it cannot be run at all
 */
export async function startChild(options: ChildOptions): Promise<Child> {
  const log = openSync(options.logFile, 'a', 0o600);
  const process_ = spawn(...endingWithUs(options.command, options.args), {
    stdio: ['ignore', log, log],
    env: { ...options.env },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  closeSync(log);
  await started(process_, options);
  return observe(process_, options);
}

function started(process_: ChildProcess, { name, command }: ChildOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    process_.once('spawn', resolve);
    process_.once('error', (cause) => {
      reject(new ToolkitError('not-found', `Cannot start "${name}": "${command}" cannot be run`, { cause }));
    });
  });
}

function observe(process_: ChildProcess, { name, logFile }: ChildOptions): Child {
  let ended: string | undefined;
  const kill = (): void => void process_.kill('SIGKILL');
  killAtExit(kill);
  const end = new Promise<string>((resolve) => {
    process_.once('exit', (code, signal) => {
      atExit.delete(kill);
      ended = signal ?? `exit code ${code}`;
      resolve(ended);
    });
  });
  return {
    name,
    pid: process_.pid ?? 0,
    logFile,
    end,
    get ended() {
      return ended;
    },
    tail: (lines = 40) => tailOf(logFile, lines),
    usage: () => (ended === undefined ? usageOf(process_.pid ?? 0) : undefined),
    async kill() {
      kill();
      await end;
    },
    async stop(graceMs = STOP_GRACE_MS) {
      if (ended !== undefined) return;
      process_.kill('SIGTERM');
      const timer = setTimeout(kill, graceMs);
      await end;
      clearTimeout(timer);
    },
  };
}

// One listener for all of them: Node warns of more than ten, and a test may well have as many programs.
const atExit = new Set<() => void>();
let listening = false;

function killAtExit(kill: () => void): void {
  atExit.add(kill);
  if (listening) return;
  listening = true;
  process.once('exit', () => {
    for (const one of atExit) one();
  });
}

function tailOf(file: string, lines: number): string {
  if (!existsSync(file)) return '';
  const { size } = statSync(file);
  const bytes = Buffer.alloc(Math.min(size, TAIL_BYTES));
  const handle = openSync(file, 'r');
  try {
    readSync(handle, bytes, 0, bytes.length, size - bytes.length);
  } finally {
    closeSync(handle);
  }
  return bytes.toString('utf8').trimEnd().split('\n').slice(-lines).join('\n');
}
