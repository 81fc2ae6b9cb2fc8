import { spawn } from 'node:child_process';

export interface Result {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly timeoutMs?: number;
  /** Called with all of stdout so far, to act while the process runs. */
  readonly onStdout?: (text: string, kill: (signal: NodeJS.Signals) => void) => void;
}

const DEFAULT_TIMEOUT_MS = 60_000;

/** Runs a program without a shell and waits for it; never rejects for an exit code. */
export function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<Result> {
  const { cwd, env, timeoutMs = DEFAULT_TIMEOUT_MS, onStdout } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      ...(cwd === undefined ? {} : { cwd }),
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
    });
    const text = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      text.stdout += chunk;
      onStdout?.(text.stdout, (signal) => child.kill(signal));
    });
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      text.stderr += chunk;
    });
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, ...text }));
  });
}
