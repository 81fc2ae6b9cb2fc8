import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { freeOwn } from '../../internal/own-bytes.ts';
import { decodeResponse, encodeRequest } from '../codec/index.ts';
import type { CallRecord } from '../host/runner.ts';
import { CallScope } from '../host/scope.ts';
import type { CountMessage } from './messages.ts';
import { WorkerPool, type WorkerPoolOptions } from './pool.ts';
import { Quarantine } from './quarantine.ts';
import { startThread } from './start-thread.ts';

const MIB = 1024 * 1024;
const served = new URL('./served.test-helper.ts', import.meta.url).href;
let pools: WorkerPool[] = [];
afterEach(async () => {
  await Promise.all(pools.map((p) => p.stop()));
  pools = [];
});

async function start(more: Partial<WorkerPoolOptions> = {}) {
  const calls: CallRecord[] = [];
  const lost: string[] = [];
  const counts: CountMessage[] = [];
  const { pool, info } = await WorkerPool.start({
    module: served,
    data: 'x',
    limits: {},
    defaultTtlSeconds: 600,
    timeoutMs: 300,
    maxResponseBytes: 4 * MIB,
    cacheBytes: MIB,
    maxWorkers: 2,
    heapMb: 48,
    onCall: (call) => calls.push(call),
    onCount: (count) => counts.push(count),
    onLost: (reason) => lost.push(reason),
    ...more,
  });
  pools.push(pool);
  return { pool, info, calls, counts, lost };
}

function request(blueprint: string, a: string | number = 1): Buffer {
  const object = { apiVersion: 'g/v1', kind: 'K', metadata: { name: `x-${blueprint}` }, spec: { a } };
  const input = {
    apiVersion: 'fn.compose.openova.io/v1alpha1',
    kind: 'Compose',
    blueprint,
    version: '1.0.0',
  };
  return encodeRequest({ tag: 't'.repeat(64), input, observed: { composite: { object } } });
}

/** The request is gone once it is answered, as in the host. */
const answer = async (pool: WorkerPool, bytes: Buffer) =>
  decodeResponse(await pool.run(bytes).finally(() => freeOwn(bytes)));
const fatalOf = async (pool: WorkerPool, bytes: Buffer) =>
  (await answer(pool, bytes)).results.find((r) => r.severity === 'fatal')?.message ?? 'no fatal';

describe('a thread that was started beforehand', () => {
  test('is the first one', async () => {
    const first = startThread({ module: served, heapMb: 48 });
    const { pool, info } = await start({ first });
    expect(info).toEqual({ data: 'x' });
    await answer(pool, request('good'));
    expect(pool.size).toBe(1);
    await first.worker.terminate();
    await vi.waitFor(() => expect(pool.restarts).toBe(1));
  });

  test('keeps to itself what went wrong until there is a host', async () => {
    const first = startThread({ module: served.replace('served', 'absent') });
    await delay(300);
    await expect(start({ first })).rejects.toThrow(/Cannot start a worker: .*absent/);
  });

  test('may be gone before there is one', async () => {
    const first = startThread({ module: served });
    await first.worker.terminate();
    await expect(start({ first })).rejects.toThrow('Cannot start a worker: it ended by itself');
  });
});

describe('WorkerPool', () => {
  test('answers from a thread, and what was asked before without it', async () => {
    const { pool, info, calls, counts } = await start();
    for (let i = 0; i < 2; i++) {
      const got = await answer(pool, request('good', 7));
      expect(got.desired.resources.get('o')?.object).toEqual({ a: 7 });
    }
    expect(info).toEqual({ data: 'x' });
    expect(counts, 'what a thread counts is told').toContainEqual({
      name: 'served_total',
      help: 'What was served',
      labels: { what: 'x' },
      by: 2,
    });
    expect(calls.map((c) => [c.served?.name, c.outcome])).toEqual([
      ['good', 'miss'],
      ['good', 'same'],
    ]);
  });

  test('each call gets its own answer: large ones, and those that were taken back from behind a slow one', async () => {
    const { pool, calls } = await start({ maxWorkers: 1, timeoutMs: 20_000, cacheBytes: 0 });
    const sizes = [10, 300_000, 2000, 1_000_000, 262_144];
    const asked = Array.from({ length: 30 }, (_, i) =>
      i % 7 === 3 ? 'lags' : `${i} `.padEnd(sizes[i % sizes.length] ?? 0, 'x'),
    );
    const answers = await Promise.all(
      asked.map((a) => answer(pool, request(a === 'lags' ? a : 'good', a)).then((r) => r.desired.resources)),
    );
    expect(answers.map((resources) => resources.get('o')?.object.a ?? 'lags')).toEqual(asked);
    expect(calls).toHaveLength(asked.length);
  });

  test('a throw is a FATAL with its message, and no reason to end the thread', async () => {
    const { pool, calls } = await start();
    expect(await fatalOf(pool, request('throws'))).toContain('thrown on purpose');
    expect(pool.restarts).toBe(0);
    expect(calls[0]?.thrown).toBeInstanceOf(Error);
  });

  test('what cannot be loaded fails the start, with the reason', async () => {
    await expect(start({ data: 'broken' })).rejects.toThrow('there is nothing here');
  });

  const rows = {
    spins: { reason: 'the bound on time', want: /was stopped: it ran for \d+ ms/ },
    leaks: { reason: 'the bound on memory', want: /was stopped: it needed more than 48 MiB/ },
    exits: { reason: 'process.exit ends the thread alone', want: /was stopped: it ended by itself/ },
  };
  test.for(Object.entries(rows))(
    'a Blueprint that %s is stopped, quarantined, and hurts no other',
    async ([name, row]) => {
      const { pool, lost } = await start(name === 'leaks' ? { timeoutMs: 20_000 } : {});
      const bad = fatalOf(pool, request(name));
      const good = Promise.all(Array.from({ length: 20 }, (_, i) => answer(pool, request('good', i))));
      const answers = await good;
      expect(answers.map((a) => a.desired.resources.get('o')?.object.a)).toEqual(
        Array.from({ length: 20 }, (_, i) => i),
      );
      expect(await bad, row.reason).toMatch(row.want);
      expect(lost).toHaveLength(1);
      expect(pool.quarantine.held).toEqual([`${name} 1.0.0`]);
      expect(await fatalOf(pool, request(name, 2))).toContain('in quarantine');
      expect((await answer(pool, request('good', 99))).desired.resources.get('o')?.object).toEqual({ a: 99 });
    },
  );

  test('a Blueprint that spins in every call takes one thread, and another starts beside it', async () => {
    const { pool } = await start({ maxWorkers: 1, timeoutMs: 8000 });
    const order: string[] = [];
    const bad = [1, 2, 3].map((i) => fatalOf(pool, request('spins', i)).finally(() => order.push('bad')));
    const good = Array.from({ length: 20 }, (_, i) =>
      answer(pool, request('good', i)).finally(() => order.push('good')),
    );
    await Promise.all(good);
    expect(pool.size).toBe(2);
    const [stopped, ...others] = await Promise.all(bad);
    expect(stopped).toMatch(/was stopped: it ran for/);
    for (const other of others) expect(other).toMatch(/is not asked: it is in quarantine/);
    expect(order, 'nobody waited for it').toEqual([...good.map(() => 'good'), ...bad.map(() => 'bad')]);
    expect(pool.restarts).toBe(1);
  });

  test('behind a call that is stuck, so many calls of its Blueprint wait, and no more', async () => {
    const { pool } = await start({ maxWorkers: 1, timeoutMs: 8000 });
    const first = fatalOf(pool, request('spins', 0));
    await answer(pool, request('good', 1)); // by another thread: by now the call above is known to be stuck
    const more = Array.from({ length: 20 }, (_, i) => fatalOf(pool, request('spins', i)));
    const refused = await Promise.all(more.slice(16));
    expect(refused).toEqual(refused.map(() => expect.stringContaining('a call of it is stuck, and 16 wait')));
    expect(await first).toContain('was stopped');
    for (const waited of await Promise.all(more.slice(0, 16))) expect(waited).toContain('quarantine');
  });

  test('a caller that goes away is let go at once, and its waiting call never begins', async () => {
    const { pool, calls } = await start({ maxWorkers: 1 });
    const scope = new CallScope();
    const spinning = fatalOf(pool, request('spins'));
    const waiting = pool.run(request('good', 5), scope);
    scope.abort(new Error('gone'));
    await expect(waiting).rejects.toThrow('gone');
    await spinning;
    expect(calls.map((c) => c.served?.name)).toEqual(['spins']);
  });

  test('bytes that no protocol wrote are refused as such', async () => {
    const { pool } = await start();
    expect(() => pool.run(Buffer.from([0xff, 0xff]))).toThrow('Cannot decode the message');
  });
});

test('a quarantine doubles with every strike, ends, and one good answer forgets it', () => {
  let now = 0;
  const q = new Quarantine(() => now);
  q.strike('b', 'it spins');
  expect(q.reasonFor('b')).toContain('5 s more, because it spins');
  now = 5000;
  expect([q.reasonFor('b'), q.held]).toEqual([undefined, []]);
  q.strike('b', 'it spins');
  expect(q.reasonFor('b')).toContain('10 s more');
  for (let i = 0; i < 20; i++) q.strike('b', 'it spins');
  expect(q.reasonFor('b'), 'never longer than five minutes').toContain('300 s more');
  q.clear('b');
  q.strike('b', 'again');
  expect(q.reasonFor('b')).toContain('5 s more');
});
