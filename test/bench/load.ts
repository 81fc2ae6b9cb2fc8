import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadFromNode } from './load-node.ts';
import { goProgram } from './tools.ts';

/** What one run against one server gave. Times are milliseconds. */
export interface Run {
  readonly calls: number;
  readonly seconds: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  /** CPU-seconds of the load generator itself. */
  readonly cpu: number;
  /** How many calls ended with which gRPC code (a number) or how else. */
  readonly codes: Readonly<Record<string, number>>;
  /** The first message of each code but OK. */
  readonly messages: Readonly<Record<string, string>>;
}

export interface ClientTls {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

export interface LoadOptions {
  /** `host:port` */
  readonly address: string;
  /** Whole bodies of requests, gRPC frames among them, sent in turn. */
  readonly bodies: readonly Uint8Array[];
  readonly concurrency: number;
  /** How long; or `calls`. */
  readonly seconds?: number;
  readonly calls?: number;
  readonly tls?: ClientTls;
}

/** Sends load from a process of its own, or from this one. */
export interface LoadGenerator {
  /** The requests of the runs that follow. Given once, since writing them to a file costs more than sending them. */
  prepare(bodies: readonly Uint8Array[], tls?: ClientTls): Promise<Prepared>;
}

export interface Prepared {
  run(options: Omit<LoadOptions, 'bodies' | 'tls'>): Promise<Run>;
  close(): void;
}

/** A message as gRPC frames it: not compressed, length first. */
export function frame(message: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

/** The generator in Go where Go is there: it costs a fraction of a Node client. */
export function loadGenerator(): LoadGenerator {
  const program = goProgram('load');
  if (typeof program === 'string') return inGo(program);
  console.error(`load generator: Node, which costs about as much as it measures (${program.missing})`);
  return {
    prepare: async (bodies, tls) => ({
      run: (options) => loadFromNode({ ...options, bodies, ...(tls === undefined ? {} : { tls }) }),
      close: () => undefined,
    }),
  };
}

function inGo(program: string): LoadGenerator {
  return {
    async prepare(bodies, tls) {
      const folder = mkdtempSync(join(tmpdir(), 'bp-bench-load-'));
      const file = join(folder, 'requests');
      await writeBodies(file, bodies);
      const secure = Object.entries(tls ?? {}).flatMap(([name, pem]) => {
        const path = join(folder, `${name}.pem`);
        writeFileSync(path, pem, { mode: 0o600 });
        return [`-${name}`, path];
      });
      return {
        run: ({ address, concurrency, seconds = 0, calls = 0 }) =>
          spawned(program, [
            ...['-address', address, '-frames', file, '-concurrency', String(concurrency)],
            ...['-seconds', String(seconds), '-calls', String(calls), ...secure],
          ]),
        close: () => rmSync(folder, { recursive: true, force: true }),
      };
    },
  };
}

async function writeBodies(file: string, bodies: readonly Uint8Array[]): Promise<void> {
  const out = createWriteStream(file);
  for (const body of bodies) {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(body.length);
    out.write(length);
    if (!out.write(body)) await once(out, 'drain');
  }
  out.end();
  await once(out, 'finish');
}

async function spawned(program: string, args: readonly string[]): Promise<Run> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let [out, err] = ['', ''];
  child.stdout.on('data', (chunk) => {
    out += String(chunk);
  });
  child.stderr.on('data', (chunk) => {
    err += String(chunk);
  });
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`Cannot send load: ${err.trim() || `the generator ended with ${code}`}`);
  return JSON.parse(out) as Run;
}
