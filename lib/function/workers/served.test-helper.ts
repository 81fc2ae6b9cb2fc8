import { createRouter, type Handler } from '../host/router.ts';
import type { WorkerRouter } from './messages.ts';

/** What the workers of the tests serve: one that behaves, and some that do not. */
export async function createWorkerRouter(data: unknown): Promise<WorkerRouter> {
  if (data === 'broken') throw new Error('there is nothing here');
  const handler = (name: string, compose: Handler['compose']): Handler => ({
    name,
    version: '1.0.0',
    compose,
  });
  const held: number[][] = [];
  return {
    info: { data },
    router: {
      meter: (meter) => meter.count('served_total', 'What was served', { what: 'x' }, 2),
      ...createRouter([
        handler('good', (r) => ({
          resources: new Map([['o', { object: { a: r.observed.composite?.get('spec', 'a') ?? null } }]]),
        })),
        // Without reading on: what a read leaves behind could reach the bound on memory before the one on time.
        handler('spins', (r) => {
          const a = r.observed.composite?.get('spec', 'a');
          while (a !== 'stop');
          return {};
        }),
        handler('lags', () => {
          Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
          return {};
        }),
        handler('leaks', () => {
          for (;;) held.push(new Array<number>(100_000).fill(held.length));
        }),
        handler('exits', () => process.exit(3)),
        handler('throws', () => {
          throw new Error('thrown on purpose');
        }),
      ]),
    },
  };
}
