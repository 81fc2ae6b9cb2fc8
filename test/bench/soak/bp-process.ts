import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { usage } from '../measure.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const SAMPLE_MS = 1000;

/** `bp serve` as a process of its own. */
export class BpProcess {
  readonly port: number;
  readonly metricsPort: number;
  readonly #child: ChildProcess;
  readonly #errors: string[];

  private constructor(child: ChildProcess, ports: { port: number; metricsPort: number }, errors: string[]) {
    this.#child = child;
    this.port = ports.port;
    this.metricsPort = ports.metricsPort;
    this.#errors = errors;
  }

  /** Every Blueprint of this repository on free ports; `more` flags of `bp serve`. */
  static async start(more: readonly string[]): Promise<BpProcess> {
    const ports = ['--address', '127.0.0.1:0', '--metrics-address', '127.0.0.1:0'];
    const child = spawn(
      process.execPath,
      [...process.execArgv, 'lib/cli/bp.mjs', 'serve', ...ports, ...more],
      {
        cwd: ROOT,
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    const errors: string[] = [];
    createInterface({ input: child.stderr }).on('line', (line) => {
      // A FATAL for a broken XR is an answer, not a defect of ours.
      const defect = line.includes('"level":"error"') && !line.includes('"message":"Fatal result"');
      if (defect && errors.length < 20) errors.push(line.slice(0, 500));
    });
    const ended = once(child, 'exit').then(() =>
      Promise.reject(new Error(`bp serve ended: ${errors.join(' ')}`)),
    );
    const [line] = (await Promise.race([once(createInterface({ input: child.stdout }), 'line'), ended])) as [
      string,
    ];
    ended.catch(() => undefined);
    return new BpProcess(child, JSON.parse(line) as { port: number; metricsPort: number }, errors);
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }
  get alive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }
  /** The first lines of its log that are errors. */
  get errors(): readonly string[] {
    return this.#errors;
  }
  /** Resident MiB. */
  get rss(): number {
    return usage(this.#child.pid).rss;
  }

  /** Resident MiB while something runs, once a second. */
  async sample<T>(work: Promise<T>): Promise<{ readonly result: T; readonly rss: readonly number[] }> {
    const rss: number[] = [this.rss];
    const timer = setInterval(() => rss.push(this.rss), SAMPLE_MS);
    try {
      return { result: await work, rss: [...rss, this.rss] };
    } finally {
      clearInterval(timer);
    }
  }

  async metrics(): Promise<string> {
    return (await fetch(`http://127.0.0.1:${this.metricsPort}/metrics`)).text();
  }

  /** Its exit code after SIGTERM. */
  async stop(): Promise<number | null> {
    if (!this.alive) return this.#child.exitCode;
    this.#child.kill('SIGTERM');
    const [code] = (await once(this.#child, 'exit')) as [number | null];
    return code;
  }
}
