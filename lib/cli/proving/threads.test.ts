import { join } from 'node:path';
import { expect, test } from 'vitest';
import { assemblyOf } from '../../generate/files.ts';
import { loadProject } from '../../project/index.ts';
import { proveShare } from '../../prove/index.ts';
import { startProvingThreads } from './threads.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const share = { blueprint: 'valkey', seed: 3, cases: 40, index: 1, of: 2 };

test.for([
  { cases: 3500, cores: 1, want: 0, reason: 'one core has one thread already' },
  { cases: 100, cores: 8, want: 0, reason: 'starting one takes longer' },
  { cases: 500, cores: 2, want: 1, reason: 'the process itself is the other' },
  { cases: 100_000, cores: 64, want: 7, reason: 'each holds the project once more' },
])('$cases cases on $cores cores: $want threads, since $reason', async ({ cases, cores, want }) => {
  const threads = startProvingThreads(ROOT, cases, undefined, cores);
  expect(threads.helpers.length).toBe(want);
  await threads.stop();
});

test('a thread proves its share as this one would, one after another', async () => {
  const threads = startProvingThreads(ROOT, 500, undefined, 2);
  try {
    const [helper] = threads.helpers;
    const project = await loadProject(ROOT);
    const one = project.blueprints.get('valkey');
    if (helper === undefined || one === undefined) throw new Error('there is no thread, or no valkey');
    for (const seed of [3, 4]) {
      const asked = { ...share, seed };
      const here = await proveShare(assemblyOf(project), one.blueprint, asked, one.examples);
      expect(await helper(asked)).toEqual(here);
    }
    await expect(helper({ ...share, blueprint: 'nothing' })).rejects.toThrow('there is no "nothing"');
  } finally {
    await threads.stop();
  }
});

test('a thread that ends says so to who waits for it', async () => {
  const threads = startProvingThreads(ROOT, 500, undefined, 2);
  const waiting = threads.helpers[0]?.(share);
  const told = expect(waiting).rejects.toThrow(/a thread of bp test ended/);
  await threads.stop();
  await told;
});
