import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** What V8 is told of a host whose threads compose, and why: ADR 6. */

const COLLECT_BYTES: number = 4 * 1024 * 1024; // 4 MiB

/** Threads that compose begin with the 2 MiB of young generation that they may have. Before they start. */
export function giveThreadsRoom(): void {
  setFlagsFromString('--min-semi-space-size=2');
}

/**
 * Requests and answers are buffers that die at once, outside of a heap that is small:
 *
 * - the young generation of the thread that listens stays as it is: one that grows to V8's 16 MiB only lets more buffers
 *   pile up, until the whole heap is collected for them
 * - it is collected after every 4 MiB that arrived, which takes a millisecond
 * - the whole heap may grow by half before it is collected; V8's own choice for it changes with the load, up to four times
 * - one thread collects what is young: there is so little of it that to wake others costs more than they take over
 * - nothing is made old from the start: what lives through a collection in the middle of a call is dead when the call is
 *   over, and V8 would learn from it to allocate such objects in the old generation ever after
 *
 * Not before the host listens: after such flags V8 takes none of the code that was compiled beforehand, Node's own
 * included, and a thread takes twice as long to start. Returns who wants to be told of the bytes that arrive.
 */
export function tuneCollector(): (received: number) => void {
  setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString('--heap-growing-percent=50');
  setFlagsFromString('--no-parallel-scavenge');
  setFlagsFromString('--no-allocation-site-pretenuring');
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as (options: { readonly type: 'minor' }) => void;
  setFlagsFromString('--no-expose-gc'); // else threads that start later would show it to Blueprints
  let received = 0;
  return (bytes) => {
    received += bytes;
    if (received < COLLECT_BYTES) return;
    received = 0;
    setImmediate(() => collect({ type: 'minor' })); // by then, what just arrived is dealt with
  };
}
