import { type StartedThread, startThread, type ThreadOptions } from '../../function/workers/start-thread.ts';
import { giveThreadsRoom } from '../collector.ts';
import { exceptLoopback } from '../loopback-proxy.ts';

/** Whoever names these wants other threads, or none. */
const ABOUT_THREADS = /^(?:--worker|--help$|-h$)/;

/**
 * The thread that a host will compose in, started before its flags are read, so that it and the rest of the host load at the
 * same time.
 * @returns undefined where the flags may say something else of it
 */
export function firstThread(argv: readonly string[], options: ThreadOptions): StartedThread | undefined {
  if (argv.some((flag) => ABOUT_THREADS.test(flag))) return undefined;
  exceptLoopback(process.env); // of which the thread gets a copy
  return composingThread(options);
}

/** A thread with the young generation that composing takes (ADR 6), as have all that start after it. */
export function composingThread(options: ThreadOptions): StartedThread {
  giveThreadsRoom();
  return startThread(options);
}

/** The code of a thread that serves a project; where the process runs from a bundle, the thread does as well. */
export function threadCode(bundled: boolean): Pick<ThreadOptions, 'module' | 'entry'> {
  const module = new URL(`../serve-worker.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url);
  const entry = new URL('thread.mjs', import.meta.url);
  return { module: module.href, ...(bundled && { entry: entry.href }) };
}
