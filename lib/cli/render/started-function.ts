import { type ChildProcess, spawn } from 'node:child_process';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { ToolkitError } from '../../errors.ts';
import { redactForeign } from '../../internal/redact.ts';

const POLL_MS = 25;
const STOP_MS = 5_000; // what a function may take to end its calls
const MAX_TAIL_BYTES = 16 * 1024; // 16 KiB of what it said last
const MAX_TAIL_LINES = 20;
const LAST_LINES = 3; // of those, in the error itself
const MAX_LINE = 400; // characters
const WINDOWS = process.platform === 'win32';

export interface FunctionCommand {
  readonly name: string;
  /** For a shell; `{port}` stands for the port. Without it, the flags of Crossplane's SDKs are appended. */
  readonly command: string;
  readonly directory: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** A function in a process of its own, with all that its command starts. */
export class StartedFunction {
  readonly name: string;
  /** host:port */
  readonly address: string;
  readonly #port: number;
  readonly #child: ChildProcess;
  readonly #closed: Promise<unknown>;
  readonly #kill = (): void => this.#signal('SIGKILL');
  #tail = Buffer.alloc(0);
  #failure: Error | undefined;

  /** Starts the command; `listening` says when it serves. */
  constructor({ name, command, directory, env }: FunctionCommand, port: number) {
    this.name = name;
    this.#port = port;
    this.address = `127.0.0.1:${port}`;
    const child = spawn(withAddress(command, port), {
      shell: true,
      cwd: directory,
      env: { ...env },
      // A group of its own: the shell and whatever it starts end together.
      detached: !WINDOWS,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    child.on('error', (error) => {
      this.#failure = error;
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => this.#keep(chunk));
    }
    this.#closed = new Promise((resolve) => child.once('close', resolve));
    process.once('exit', this.#kill);
  }

  get running(): boolean {
    return this.#failure === undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** The last lines that it wrote, without tokens and control characters. */
  get tail(): readonly string[] {
    const lines = this.#tail.toString('utf8').split('\n');
    return lines
      .map((line) => redactForeign(line, MAX_LINE))
      .filter((line) => line !== '')
      .slice(-MAX_TAIL_LINES);
  }

  /**
   * Resolves once its port takes connections.
   * @throws ToolkitError `compose` when the command ends before that, `limit` when the signal is aborted first
   */
  async listening(signal: AbortSignal): Promise<void> {
    while (!(await accepts(this.#port))) {
      if (!this.running) throw this.#ended();
      if (signal.aborted) throw this.#late();
      await delay(POLL_MS);
    }
    // Whoever has the port, it is not the function when that is gone.
    if (!this.running) throw this.#ended();
  }

  #ended(): ToolkitError {
    const { exitCode, signalCode } = this.#child;
    const how = exitCode === null ? (signalCode ?? 'not at all started') : `exit code ${exitCode}`;
    const last = this.tail.slice(-LAST_LINES).join(' · ');
    return new ToolkitError(
      'compose',
      `Cannot start function "${this.name}": its command ended (${how})${last === '' ? '' : `: ${last}`}`,
      { cause: this.#failure, remedy: HAND_OVER },
    );
  }

  #late(): ToolkitError {
    return new ToolkitError(
      'limit',
      `Cannot start function "${this.name}": nothing listens on ${this.address} yet`,
      { remedy: HAND_OVER },
    );
  }

  /** Asks the function to end, and makes it after five seconds. Never rejects. */
  async stop(): Promise<void> {
    this.#signal('SIGTERM');
    const patience = new AbortController();
    const late = delay(STOP_MS, undefined, { signal: patience.signal }).catch(() => undefined);
    await Promise.race([this.#closed, late]);
    patience.abort();
    this.#signal('SIGKILL');
    process.removeListener('exit', this.#kill);
    for (const stream of [this.#child.stdout, this.#child.stderr]) stream?.destroy();
  }

  #signal(signal: NodeJS.Signals): void {
    const { pid } = this.#child;
    if (pid === undefined) return;
    try {
      if (WINDOWS) this.#child.kill(signal);
      else process.kill(-pid, signal);
    } catch {
      // It is gone already.
    }
  }

  #keep(chunk: Buffer): void {
    this.#tail = Buffer.concat([this.#tail, chunk]).subarray(-MAX_TAIL_BYTES);
  }
}

const HAND_OVER =
  'the command is given --insecure --address 127.0.0.1:PORT; write {port} where it wants the port in another way';

function withAddress(command: string, port: number): string {
  if (command.includes('{port}')) return command.replaceAll('{port}', String(port));
  return `${command} --insecure --address 127.0.0.1:${port}`;
}

function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  return new Promise<boolean>((resolve) => {
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
  }).finally(() => socket.destroy());
}
