import { RunFunctionRequest } from '@crossplane-org/function-sdk-typescript';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../internal/json.ts';
import { copyOwn, freeOwn } from '../../internal/own-bytes.ts';
import { decodeResponse, encodeRequest, type RequestData } from '../codec/index.ts';
import { type CallRecord, createRouter, createRunner, hostSdkHandler, type Runner } from '../index.ts';
import type { ComposeFunction, FunctionRequest, FunctionResponse } from '../protocol.ts';
import { AnswerCache } from './index.ts';

const MIB = 1024 * 1024;
const INPUT = {
  apiVersion: 'fn.compose.openova.io/v1alpha1',
  kind: 'Compose',
  blueprint: 'b',
  version: '1.0.0',
};

function runnerOf(compose: ComposeFunction, cache?: AnswerCache): { runner: Runner; calls: CallRecord[] } {
  const calls: CallRecord[] = [];
  const runner = createRunner({
    router: createRouter([{ name: 'b', version: '1.0.0', compose }]),
    ...(cache === undefined ? {} : { cache }),
    onCall: (call) => calls.push(call),
  });
  return { runner, calls };
}

function request(spec: JsonObject, more: RequestData = {}): RequestData {
  const object = { apiVersion: 'g/v1', kind: 'K', metadata: { name: 'x', uid: 'u' }, spec };
  return {
    tag: 'a'.repeat(64),
    input: INPUT,
    ...more,
    observed: { composite: { object }, ...more.observed },
  };
}

/** How each of the requests was answered, and how often compose ran. */
async function outcomes(
  compose: (request: FunctionRequest) => FunctionResponse,
  requests: readonly RequestData[],
): Promise<{ outcomes: string[]; composed: number }> {
  let composed = 0;
  const counted = (r: FunctionRequest): FunctionResponse => {
    composed++;
    return compose(r);
  };
  const { runner, calls } = runnerOf(counted, new AnswerCache(MIB));
  for (const data of requests) {
    const bytes = encodeRequest(data);
    freeOwn(await runner.run(bytes));
    freeOwn(bytes); // what is kept is a copy
  }
  return { outcomes: calls.map((c) => c.outcome), composed };
}

const readsA = (r: FunctionRequest): FunctionResponse => ({
  resources: new Map([['o', { object: { a: r.observed.composite?.get('spec', 'a') ?? null } }]]),
});

describe('what is composed again', () => {
  const resource = (n: number) => new Map([['r', { object: { status: { n } } }]]);
  const rows = {
    equal: { reason: 'the same bytes', requests: [request({ a: 1 }), request({ a: 1 })], want: 'same' },
    tag: {
      reason: 'the tag is not part of the content',
      requests: [request({ a: 1 }), request({ a: 1 }, { tag: 'b'.repeat(64) })],
      want: 'same',
    },
    unread: {
      reason: 'a field that nobody read',
      requests: [request({ a: 1, b: 1 }), request({ a: 1, b: 2 })],
      want: 'reads',
    },
    read: { reason: 'a field that was read', requests: [request({ a: 1 }), request({ a: 2 })], want: 'miss' },
    observed: {
      reason: 'observed resources that nobody looked at',
      requests: [
        request({ a: 1 }, { observed: { resources: resource(1) } }),
        request({ a: 1 }, { observed: { resources: resource(2) } }),
      ],
      want: 'reads',
    },
    desired: {
      reason: 'desired state passes through into the answer',
      requests: [
        request({ a: 1 }, { desired: { resources: resource(1) } }),
        request({ a: 1 }, { desired: { resources: resource(2) } }),
      ],
      want: 'miss',
    },
    context: {
      reason: 'so does the context',
      requests: [request({ a: 1 }, { context: { k: 1 } }), request({ a: 1 }, { context: { k: 2 } })],
      want: 'miss',
    },
    'other tag length': {
      reason: 'an answer is spliced, never rebuilt',
      requests: [request({ a: 1 }), request({ a: 1 }, { tag: 'short' })],
      want: 'miss',
    },
    'no XR': {
      reason: 'an Operation has nothing to be known by',
      requests: [
        { input: INPUT, tag: 't' },
        { input: INPUT, tag: 't' },
      ],
      want: 'off',
    },
  };
  test.for(Object.entries(rows))('%s', async ([, row]) => {
    const seen = await outcomes(readsA, row.requests);
    expect(seen.outcomes.at(-1), row.reason).toBe(row.want);
  });

  test('reading the tag makes an answer that cannot be kept', async () => {
    const seen = await outcomes(
      (r) => ({ results: [{ severity: 'normal', message: r.tag }] }),
      [request({}), request({})],
    );
    expect(seen.outcomes).toEqual(['miss', 'miss']);
  });

  test('a FATAL is composed again: what threw may have been fixed by nothing that was read', async () => {
    const seen = await outcomes(() => {
      throw new Error('no');
    }, [request({}), request({})]);
    expect(seen.composed).toBe(2);
  });

  test('a handler of the stock SDK reads everything, so its answers are not kept', async () => {
    let calls = 0;
    const compose = hostSdkHandler({
      RunFunction: async () => {
        calls++;
        return {};
      },
    });
    const { runner } = runnerOf(compose, new AnswerCache(MIB));
    for (let i = 0; i < 2; i++) await runner.run(encodeRequest(request({})));
    expect(calls).toBe(2);
  });

  test('another code under the same name is another function', async () => {
    const cache = new AnswerCache(MIB);
    const bytes = encodeRequest(request({}));
    for (const n of [1, 2]) {
      const { runner } = runnerOf(() => ({ resources: new Map([['o', { object: { n } }]]) }), cache);
      const answer = decodeResponse(await runner.run(bytes));
      expect(answer.desired.resources.get('o')?.object).toEqual({ n });
    }
  });

  test('an XR that changes in every call is written down only now and then, and found again once it rests', async () => {
    const many = Array.from({ length: 40 }, (_, i) => request({ a: i }));
    const rest = Array.from({ length: 40 }, () => request({ a: 99 }));
    const seen = await outcomes(readsA, [...many, ...rest]);
    expect(seen.outcomes.slice(0, 40).every((o) => o === 'miss')).toBe(true);
    expect(seen.outcomes.at(-1)).toBe('same');
  });
});

test('the bytes that are kept stay within the bound, and the oldest go first', async () => {
  const cache = new AnswerCache(64 * 1024);
  const { runner, calls } = runnerOf(readsA, cache);
  const xr = (i: number): Buffer => {
    const object = {
      apiVersion: 'g/v1',
      kind: 'K',
      metadata: { name: `x-${i}` },
      spec: { a: 'y'.repeat(500) },
    };
    return encodeRequest({ tag: 't', input: INPUT, observed: { composite: { object } } });
  };
  for (let i = 0; i < 500; i++) await runner.run(xr(i));
  expect(cache.bytes).toBeLessThanOrEqual(64 * 1024);
  expect(cache.size).toBeGreaterThan(5);
  await runner.run(xr(499));
  await runner.run(xr(0));
  expect(calls.slice(-2).map((c) => c.outcome)).toEqual(['same', 'miss']);
});

/** Reads that depend on what earlier reads said, over every part of a request. */
const wanderer: ComposeFunction = (r) => {
  const out: Record<string, string> = {};
  const mode = r.observed.composite?.get('spec', 'mode');
  if (mode === 0) out.list = JSON.stringify([...r.observed.resources.keys()]);
  if (mode === 1) {
    for (const [name, view] of r.observed.resources) out[name] = JSON.stringify(view.get('v') ?? null);
  }
  if (mode === 2) {
    const next = r.observed.resources.get('r0')?.get('v');
    if (r.observed.resources.has(`r${String(next)}`))
      out.next = String(r.observed.resources.get(`r${String(next)}`)?.ready);
    else out.size = String(r.requiredResources.get('q')?.length);
  }
  if (mode === 3) {
    const list = r.requiredResources.get('q');
    out.q = JSON.stringify(list?.map((v) => v.object) ?? 'none');
    if ((list?.length ?? 0) > 1) out.secret = Buffer.from(r.credentials.get('c')?.get('k') ?? []).toString();
  }
  if (mode === 4) out.context = JSON.stringify(r.context ?? null) + r.desired.resources.size;
  return { resources: new Map([['o', { object: out }]]), composite: { status: { mode: mode ?? null } } };
};

const small = fc.integer({ min: 0, max: 2 });
const resources = fc
  .array(fc.tuple(small, small), { maxLength: 3 })
  .map((pairs) => new Map(pairs.map(([i, v]) => [`r${i}`, { object: { v, w: { a: v, b: 1 } } }])));
const requests = fc.record({
  mode: fc.integer({ min: 0, max: 5 }),
  tag: fc.constantFrom('a'.repeat(64), 'b'.repeat(64), 'c'),
  observed: resources,
  desired: fc.option(resources, { nil: undefined, freq: 3 }),
  required: fc.option(
    fc.array(
      small.map((v) => ({ object: { v } })),
      { maxLength: 2 },
    ),
    { nil: undefined },
  ),
  context: fc.option(
    small.map((k) => ({ k })),
    { nil: undefined, freq: 4 },
  ),
  secret: small,
});

// A few requests that come again and again, now and then with another value where few look.
const sequences = fc
  .tuple(
    fc.array(requests, { minLength: 1, maxLength: 3 }),
    fc.array(fc.tuple(fc.nat(), fc.option(small)), { minLength: 2, maxLength: 12 }),
  )
  .map(([pool, turns]) =>
    turns.map(([at, secret]): Wanted => {
      const wanted = pool[at % pool.length] as Wanted;
      return secret === null ? wanted : { ...wanted, secret };
    }),
  );
type Wanted = typeof requests extends fc.Arbitrary<infer T> ? T : never;

function dataOf(w: Wanted): RequestData {
  return request(
    { mode: w.mode, other: w.secret },
    {
      tag: w.tag,
      observed: { resources: w.observed },
      ...(w.desired === undefined ? {} : { desired: { resources: w.desired } }),
      ...(w.required === undefined ? {} : { requiredResources: new Map([['q', w.required]]) }),
      ...(w.context === undefined ? {} : { context: w.context }),
      credentials: new Map([['c', new Map([['k', Buffer.from(`s${w.secret}`)]])]]),
    },
  );
}

/** As Go writes it: the entries of every map in any order. */
function shuffled(bytes: Buffer, turn: number): Buffer {
  const decoded = RunFunctionRequest.decode(bytes);
  const walk = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(walk);
    if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
    const entries = Object.entries(value).map(([k, v]) => [k, walk(v)] as const);
    return Object.fromEntries(turn % 2 === 0 ? entries : entries.reverse());
  };
  return copyOwn(RunFunctionRequest.encode(walk(decoded) as RunFunctionRequest).finish());
}

test('cached and uncached answers are equal bytes over random sequences, reads depending on reads', async () => {
  const seen = new Map<string, number>();
  await fc.assert(
    fc.asyncProperty(sequences, fc.boolean(), async (sequence, go) => {
      const cached = runnerOf(wanderer, new AnswerCache(MIB));
      const plain = runnerOf(wanderer);
      for (const [i, wanted] of sequence.entries()) {
        const sorted = encodeRequest(dataOf(wanted));
        const bytes = go ? shuffled(sorted, i) : sorted;
        const [a, b] = [await cached.runner.run(bytes), await plain.runner.run(bytes)];
        expect(a.equals(b)).toBe(true);
        for (const gone of [a, b, bytes]) freeOwn(gone); // as the host does
      }
      for (const { outcome } of cached.calls) seen.set(outcome, (seen.get(outcome) ?? 0) + 1);
    }),
    { seed: 5, numRuns: 300 },
  );
  for (const outcome of ['same', 'reads', 'miss'])
    expect(seen.get(outcome) ?? 0, `${outcome} must occur`).toBeGreaterThan(20);
});

test('the order in which maps arrive changes no answer', async () => {
  const names: ComposeFunction = (r) => ({
    resources: new Map([
      ['o', { object: { keys: Object.keys((r.observed.composite?.get('spec') ?? {}) as object) } }],
    ]),
  });
  const bytes = encodeRequest(request({ c: 1, a: { z: 1, y: 2 }, b: 2 }));
  const { runner } = runnerOf(names);
  expect((await runner.run(shuffled(bytes, 1))).equals(await runner.run(shuffled(bytes, 0)))).toBe(true);
});
