import type { Readable } from 'node:stream';
import type { StartedThread } from '../function/workers/start-thread.ts';
import { exceptLoopback } from './loopback-proxy.ts';
import type { Bundle } from './start/bundle.ts';
import type { Watch } from './watch.ts';

/** Something text can be written to. */
export interface Sink {
  write(text: string | Uint8Array): unknown;
}

/** Everything a command knows of the process that runs it; tests pass their own. */
export interface Io {
  /** The result, and nothing else. */
  readonly stdout: Sink;
  /** Logs, progress, errors. */
  readonly stderr: Sink;
  readonly stdin: AsyncIterable<string | Uint8Array>;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Absolute. */
  readonly cwd: string;
  /** Whether a person reads stdout. */
  readonly isTTY: boolean;
  readonly columns: number;
  /** Aborted by the first SIGINT or SIGTERM; the second one ends the process. */
  readonly signal: AbortSignal;
  /** Tells of saved files. @default the file system's own events */
  readonly watch?: Watch;
  /** The bundle that the toolkit runs from, for the threads that a command starts. @default its modules themselves */
  readonly bundle?: Bundle;
  /** The thread that a host begins with. @default started when it is needed */
  readonly thread?: StartedThread;
}

/**
 * The real process. Signals are taken over only once a command asks for `signal`: others just end. Its streams are opened
 * when they are asked for: a host has its thread to start first.
 */
export function processIo(bundle?: Bundle, thread?: StartedThread): Io {
  const { env } = process;
  exceptLoopback(env);
  let controller: AbortController | undefined;
  return {
    get stdout(): Sink {
      return opened('stdout');
    },
    get stderr(): Sink {
      return opened('stderr');
    },
    get stdin(): Readable {
      return process.stdin;
    },
    env,
    cwd: process.cwd(),
    get isTTY(): boolean {
      return opened('stdout').isTTY === true;
    },
    get columns(): number {
      return opened('stdout').columns ?? 80;
    },
    ...(bundle && { bundle }),
    ...(thread && { thread }),
    get signal(): AbortSignal {
      controller ??= abortOnSignals();
      return controller.signal;
    },
  };
}

function opened(name: 'stdout' | 'stderr'): NodeJS.WriteStream {
  const stream = process[name];
  if (!stream.listeners('error').includes(ignoreClosedPipe)) stream.on('error', ignoreClosedPipe);
  return stream;
}

function abortOnSignals(): AbortController {
  const controller = new AbortController();
  const abort = (): void => {
    for (const name of ['SIGINT', 'SIGTERM']) process.removeListener(name, abort);
    controller.abort();
  };
  for (const name of ['SIGINT', 'SIGTERM']) process.on(name, abort);
  return controller;
}

/** `bp render … | head` is no failure of ours. */
function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
}
