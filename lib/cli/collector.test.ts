import { constants, PerformanceObserver } from 'node:perf_hooks';
import { setImmediate as turn } from 'node:timers/promises';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { eventually } from '../testing/eventually.test-helper.ts';
import { tuneCollector } from './collector.ts';

const MIB = 1024 * 1024;

/** An entry of type `gc`. */
interface Collection {
  readonly detail: { readonly kind: number; readonly flags: number };
}

test('what is young is collected once 4 MiB have arrived, and nobody else can do so', async () => {
  const forced: unknown[] = [];
  const observer = new PerformanceObserver((list) => {
    for (const { detail } of list.getEntries() as unknown as Collection[])
      if ((detail.flags & constants.NODE_PERFORMANCE_GC_FLAGS_FORCED) !== 0) forced.push(detail.kind);
  });
  observer.observe({ entryTypes: ['gc'] });
  try {
    const received = tuneCollector();
    for (const bytes of [MIB, 3 * MIB - 1]) received(bytes);
    await turn();
    await turn();
    expect(forced).toEqual([]);
    received(1);
    await eventually(() => expect(forced).toEqual([constants.NODE_PERFORMANCE_GC_MINOR]));
    expect(runInNewContext('typeof gc')).toBe('undefined');
  } finally {
    observer.disconnect();
  }
});
