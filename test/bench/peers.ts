import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '../../lib/internal/ports.ts';
import { goProgram, type Missing, pythonWith } from './tools.ts';

/** A server that does the bench's work. */
export interface Peer {
  readonly name: string;
  /** `host:port` */
  readonly address: string;
  /** Without it, CPU and memory stay unknown. */
  readonly pid: number | undefined;
  stop(): void;
}

/** One of test/bench/serve.ts. `certificates`: a folder, for mutual TLS. */
export async function startOwn(name: string, objects: number, certificates?: string): Promise<Peer> {
  const args = [name, String(objects), ...(certificates === undefined ? [] : [certificates])];
  const child = fork(new URL('./serve.ts', import.meta.url), args);
  const [port] = (await once(child, 'message')) as [number];
  return { name, address: `127.0.0.1:${port}`, pid: child.pid, stop: () => child.disconnect() };
}

/** The function of test/bench/peers/go: one that function-sdk-go's users would write. */
export async function startGo(certificates?: string): Promise<Peer | Missing> {
  const program = goProgram('peers/go');
  if (typeof program !== 'string') return program;
  return started('go', (address) => {
    const secure = certificates === undefined ? ['--insecure'] : ['--tls-certs-dir', certificates];
    return spawn(program, ['--address', address, ...secure], { stdio: 'ignore' });
  });
}

/** The function of test/bench/peers/python: one that the Python SDK's users would write. */
export async function startPython(certificates?: string): Promise<Peer | Missing> {
  const folder = join(import.meta.dirname, 'peers/python');
  const python = pythonWith(join(folder, 'requirements.txt'));
  if (typeof python !== 'string') return python;
  const more = certificates === undefined ? [] : [certificates];
  return started('python', (address) =>
    spawn(python, ['-B', join(folder, 'main.py'), address, ...more], { stdio: 'ignore' }),
  );
}

/** `name=host:port@pid`; host and pid may be left out. */
export function givenPeer(text: string): Peer {
  const [, name, host = '127.0.0.1', port, pid] =
    /^([^=]+)=(?:(.*):)?(\d+)(?:@(\d+))?$/.exec(text) ?? ([] as (string | undefined)[]);
  if (name === undefined)
    throw new Error(`Cannot read --peer "${text}": it is not NAME=HOST:PORT or NAME=HOST:PORT@PID`);
  const address = `${host}:${port}`;
  return { name, address, pid: pid === undefined ? undefined : Number(pid), stop: () => undefined };
}

async function started(name: string, start: (address: string) => ChildProcess): Promise<Peer> {
  const address = `127.0.0.1:${await freePort()}`;
  const child = start(address);
  await reachable(address, child);
  return { name, address, pid: child.pid, stop: () => void child.kill() };
}

async function reachable(address: string, child: ChildProcess): Promise<void> {
  const [host, port] = address.split(':');
  for (let i = 0; i < 200 && child.exitCode === null; i++) {
    const socket = connect(Number(port), host);
    const up = await new Promise<boolean>((resolve) =>
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false)),
    );
    socket.destroy();
    if (up) return;
    await delay(100);
  }
  throw new Error(`Cannot reach ${address}: ${child.exitCode === null ? 'it does not listen' : 'it ended'}`);
}
