import { RunFunctionRequest, RunFunctionResponse } from '@crossplane-org/function-sdk-typescript';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isToolkitError } from '../../errors.ts';
import { getPath, type JsonObject } from '../../internal/json.ts';
import type { FunctionResponse } from '../protocol.ts';
import { decodeRequest, decodeResponse, encodeRequest, encodeResponse, type RequestData } from './index.ts';

// Their codec is the independent reader and writer: it was generated from Crossplane's own proto files.
const theirs = {
  encode: (request: object): Uint8Array =>
    RunFunctionRequest.encode(RunFunctionRequest.fromPartial(request)).finish(),
  decode: (bytes: Uint8Array): RunFunctionResponse => RunFunctionResponse.decode(bytes),
};
const ttl = { defaultTtlSeconds: 600 };
const answer = (request: Uint8Array, response: FunctionResponse): RunFunctionResponse =>
  theirs.decode(encodeResponse(decodeRequest(request), response, ttl));

// `__proto__` is left out only because their codec loses it; ours has its own test below.
const key = fc.string({ unit: 'grapheme', maxLength: 12 }).filter((k) => k !== '__proto__');
const json = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 5 },
    fc.string({ unit: 'grapheme' }),
    fc.boolean(),
    fc.constant(null),
    fc
      .oneof(fc.integer(), fc.maxSafeInteger(), fc.double({ noNaN: true, max: 1e15, min: -1e15 }))
      .map((n) => n + 0),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(key, tie('value'), { maxKeys: 5, noNullPrototype: true }),
  ),
})).value;
const object = fc.dictionary(key, json, { maxKeys: 6, noNullPrototype: true }) as fc.Arbitrary<JsonObject>;
const property = { seed: 20_260_801, numRuns: 400 };

describe('decodeRequest()', () => {
  test('reads what the stock SDK wrote, whole and along every path', () => {
    fc.assert(
      fc.property(object, object, object, (xr, composed, context) => {
        const request = decodeRequest(
          theirs.encode({
            meta: { tag: 't', capabilities: [1, 5] },
            observed: {
              composite: { resource: xr, ready: 1 },
              resources: { a: { resource: composed, ready: 2 } },
            },
            context,
          }),
        );
        for (const [path] of leaves(xr)) {
          expect(request.observed.composite?.get(...path)).toEqual(getPath(xr, path));
        }
        expect(request.observed.composite?.object).toEqual(xr);
        expect(request.observed.resources.get('a')?.object).toEqual(composed);
        expect(request.observed.resources.get('a')?.ready).toBe('false');
        expect(request.context).toEqual(context);
        expect(request.tag).toBe('t');
        expect(request.capabilities).toEqual([1, 5]);
      }),
      property,
    );
  });

  test('reads every field of the request', () => {
    const bytes = theirs.encode({
      input: { apiVersion: 'v1', kind: 'Input' },
      extraResources: { old: { items: [{ resource: { a: 1 } }] } },
      requiredResources: {
        found: { items: [{ resource: { b: 2 } }, { resource: {} }] },
        none: { items: [] },
      },
      requiredSchemas: { known: { openapiV3: { type: 'object' } }, unknown: {} },
      credentials: { aws: { credentialData: { data: { key: Buffer.from([0, 255]) } } } },
      observed: { composite: { connectionDetails: { url: Buffer.from('x') } }, resources: {} },
    });
    const request = decodeRequest(bytes);
    expect(request.input).toEqual({ apiVersion: 'v1', kind: 'Input' });
    expect(request.extraResources.get('old')?.map((r) => r.object)).toEqual([{ a: 1 }]);
    expect(request.requiredResources.get('found')?.map((r) => r.object)).toEqual([{ b: 2 }, {}]);
    expect(request.requiredResources.get('none')).toEqual([]);
    expect(request.requiredResources.has('other')).toBe(false);
    expect([...request.requiredSchemas]).toEqual([
      ['known', { type: 'object' }],
      ['unknown', undefined],
    ]);
    expect(request.credentials.get('aws')?.get('key')).toEqual(new Uint8Array([0, 255]));
    expect(Buffer.from(request.observed.composite?.connectionDetails.get('url') ?? []).toString()).toBe('x');
    expect(request.observed.composite?.object).toEqual({});
    expect(request.desired.composite).toBeUndefined();
    expect(request.desired.resources.size).toBe(0);
  });

  test('gives what our own request encoder and theirs agree on', () => {
    fc.assert(
      fc.property(object, object, (xr, composed) => {
        const data: RequestData = {
          tag: 'x',
          capabilities: [1, 2, 300],
          observed: {
            composite: { object: xr },
            resources: new Map([['r', { object: composed, ready: 'true' }]]),
          },
          requiredResources: new Map([['e', []]]),
          requiredSchemas: new Map([['s', undefined]]),
          credentials: new Map([['c', new Map([['k', Buffer.from('v')]])]]),
        };
        const read = RunFunctionRequest.decode(encodeRequest(data));
        expect(read.observed?.composite?.resource).toEqual(xr);
        expect(read.observed?.resources.r).toMatchObject({ resource: composed, ready: 1 });
        expect(read.meta).toEqual({ tag: 'x', capabilities: [1, 2, 300] });
        expect(read.requiredResources).toEqual({ e: { items: [] } });
        expect(read.credentials.c?.credentialData?.data.k).toEqual(Buffer.from('v'));
        expect(Object.keys(read.requiredSchemas)).toEqual(['s']);
      }),
      property,
    );
  });

  test('hands out one frozen object, not one per reader', () => {
    const request = decodeRequest(
      theirs.encode({ observed: { composite: { resource: { a: { b: [1] } } } } }),
    );
    const view = request.observed.composite;
    expect(view?.object).toBe(view?.object);
    expect(Object.isFrozen(view?.object)).toBe(true);
    expect(Object.isFrozen(view?.get('a', 'b'))).toBe(true);
    expect(view?.get('a', 'b', 0)).toBe(1);
  });

  test('decodes nothing that is not read: a broken neighbour does no harm', () => {
    const field = (tag: number, bytes: readonly number[]): number[] => [tag, bytes.length, ...bytes];
    const good = field(0x0a, [...field(0x0a, [0x61]), ...field(0x12, [0x20, 1])]); // a: true
    const bad = field(0x0a, [...field(0x0a, [0x62]), ...field(0x12, [0x1a, 0x7f])]); // b: a string cut off
    const resource = field(0x0a, [...bad, ...good]);
    const request = decodeRequest(Buffer.from(field(0x12, field(0x0a, resource))));
    expect(request.observed.composite?.get('a')).toBe(true);
    expect(() => request.observed.composite?.get('b')).toThrow('a field is cut off');
    expect(() => request.observed.composite?.object).toThrow('a field is cut off');
  });

  test('keeps a key "__proto__" as data', () => {
    const object = JSON.parse('{"spec":{"__proto__":{"polluted":true}}}') as { spec: object };
    const request = decodeRequest(encodeRequest({ observed: { composite: { object: object as never } } }));
    const spec = request.observed.composite?.object.spec as object;
    expect(Object.getPrototypeOf(spec)).toBe(Object.prototype);
    expect(Object.keys(spec)).toEqual(['__proto__']);
    expect(request.observed.composite?.get('spec', 'polluted')).toBeUndefined();
    expect(request.observed.composite?.get('spec', '__proto__', 'polluted')).toBe(true);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });
});

/** Protobuf semantics that generated encoders never write, but any peer may. */
describe('wire format', () => {
  const field = (number: number, payload: Uint8Array): Buffer => {
    const length: number[] = [];
    for (let rest = payload.length; ; rest >>= 7) {
      length.push(rest > 127 ? (rest & 127) | 128 : rest);
      if (rest <= 127) break;
    }
    return Buffer.concat([Buffer.from([number * 8 + 2, ...length]), payload]);
  };
  const text = (s: string): Buffer => Buffer.from(s);
  const state = (value: object): Uint8Array => theirs.encode({ observed: value });

  const cases = {
    SplitMessage: {
      reason: 'a singular message field that occurs twice is merged',
      bytes: Buffer.concat([
        state({ composite: { resource: { a: 1 } } }),
        state({ composite: { resource: { b: 2 } }, resources: { r: {} } }),
      ]),
      read: (r: ReturnType<typeof decodeRequest>) => [
        r.observed.composite?.object,
        r.observed.resources.has('r'),
      ],
      want: [{ a: 1, b: 2 }, true],
    },
    LastEntry: {
      reason: 'the last map entry of a key wins',
      bytes: Buffer.concat([
        state({ resources: { r: { resource: { v: 1 } } } }),
        state({ resources: { r: { resource: { v: 2 } } } }),
      ]),
      read: (r: ReturnType<typeof decodeRequest>) => r.observed.resources.get('r')?.object,
      want: { v: 2 },
    },
    PackedCapabilities: {
      reason: 'repeated enums may come packed and unpacked',
      bytes: field(
        1,
        Buffer.concat([Buffer.from([16, 1]), field(2, Buffer.from([2, 3])), Buffer.from([16, 4])]),
      ),
      read: (r: ReturnType<typeof decodeRequest>) => r.capabilities,
      want: [1, 2, 3, 4],
    },
    LastString: {
      reason: 'the last occurrence of a scalar wins',
      bytes: field(1, Buffer.concat([field(1, text('a')), field(1, text('b'))])),
      read: (r: ReturnType<typeof decodeRequest>) => r.tag,
      want: 'b',
    },
    UnknownFields: {
      reason: 'fields of a newer protocol are skipped, groups included',
      bytes: Buffer.concat([
        Buffer.from([0xf8, 0x07, 1]), // field 127, varint
        Buffer.from([0xf3, 0x07, 0x08, 1, 0xf4, 0x07]), // field 126, group
        Buffer.from([0xed, 0x07, 1, 2, 3, 4]), // field 125, fixed32
        field(1, field(1, text('t'))),
      ]),
      read: (r: ReturnType<typeof decodeRequest>) => r.tag,
      want: 't',
    },
    WrongWireType: {
      reason: 'a known field with another wire type is an unknown field',
      bytes: Buffer.concat([Buffer.from([0x20, 5]), field(1, field(1, text('t')))]),
      read: (r: ReturnType<typeof decodeRequest>) => [r.input, r.tag],
      want: [undefined, 't'],
    },
    UnsetValue: {
      reason: 'a Value without a kind is null, as Go reads it',
      bytes: field(4, field(1, field(1, text('k')))),
      read: (r: ReturnType<typeof decodeRequest>) => r.input,
      want: { k: null },
    },
    MergedOneof: {
      reason: 'a oneof member that follows itself is merged, one that follows another replaces it',
      bytes: field(
        4,
        Buffer.concat([
          field(
            1,
            Buffer.concat([field(1, text('k')), field(2, Buffer.concat([listOf(true), listOf(false)]))]),
          ),
          field(
            1,
            Buffer.concat([
              field(1, text('m')),
              field(2, Buffer.concat([listOf(true), Buffer.from([0x20, 1]), listOf(false)])),
            ]),
          ),
        ]),
      ),
      read: (r: ReturnType<typeof decodeRequest>) => r.input,
      want: { k: [true, false], m: [false] },
    },
  };
  function listOf(value: boolean): Buffer {
    return field(6, field(1, Buffer.from([0x20, value ? 1 : 0])));
  }
  test.for(Object.entries(cases))('%s', ([, tc]) => {
    expect(tc.read(decodeRequest(tc.bytes)), tc.reason).toEqual(tc.want);
  });

  const refused = {
    Garbage: {
      reason: 'not protobuf at all',
      bytes: Buffer.from('hello world, this is not protobuf'),
      code: 'invalid',
    },
    CutOff: { reason: 'a length beyond the end', bytes: Buffer.from([0x12, 0x05, 0x0a]), code: 'invalid' },
    Overlap: {
      reason: 'a field that runs over the end of its message into the next one',
      bytes: Buffer.concat([
        field(1, Buffer.from([0x0a, 9, 0x61])),
        field(5, Buffer.alloc(0)),
        field(5, Buffer.alloc(9, 0x0a)),
      ]),
      code: 'invalid',
    },
    FieldZero: { reason: 'field number 0', bytes: Buffer.from([0x02, 0x00]), code: 'invalid' },
    EndlessVarint: { reason: 'a varint of 11 bytes', bytes: Buffer.alloc(11, 0xff), code: 'invalid' },
    OpenGroup: {
      reason: 'a group that never ends',
      bytes: Buffer.from([0x9b, 0x06, 0x08, 0x01]),
      code: 'invalid',
    },
    GroupBomb: { reason: 'groups inside groups', bytes: Buffer.alloc(1000, 0x0b), code: 'limit' },
    NotUtf8: {
      reason: 'strings are UTF-8',
      bytes: field(1, field(1, Buffer.from([0xc3, 0x28]))),
      code: 'invalid',
    },
    NaNNumber: {
      reason: 'JSON has no NaN',
      bytes: theirs.encode({ input: { a: Number.NaN } }),
      code: 'invalid',
    },
    DepthBomb: { reason: 'nested 100 000 deep', bytes: field(4, bomb(100_000)), code: 'limit' },
    TooManyFields: {
      reason: '20 000 times the same field',
      bytes: Buffer.alloc(40_000, Buffer.from([0x12, 0])),
      code: 'limit',
    },
    TooLarge: { reason: 'beyond 4 MiB', bytes: Buffer.alloc(4 * 1024 * 1024 + 1), code: 'limit' },
  };
  /** A Struct that holds itself, `levels` times: `{a: {a: {a: …}}}`. */
  function bomb(levels: number): Buffer {
    const parts: Buffer[] = [];
    let size = 0;
    for (let i = 0; i < levels; i++) {
      const head = [header(5, size), header(2, 0), Buffer.from([0x0a, 1, 0x61])];
      const value = Buffer.concat([header(5, size)]);
      const entry = Buffer.concat([head[2] as Buffer, header(2, value.length + size), value]);
      const whole = Buffer.concat([header(1, entry.length + size), entry]);
      parts.push(whole);
      size += whole.length;
    }
    return Buffer.concat(parts.reverse());
  }
  function header(number: number, length: number): Buffer {
    const out = [number * 8 + 2];
    let rest = length;
    for (; rest > 127; rest >>>= 7) out.push((rest & 127) | 128);
    return Buffer.from([...out, rest]);
  }
  test.for(Object.entries(refused))('refuses %s', ([, tc]) => {
    let caught: unknown;
    try {
      readAll(tc.bytes);
    } catch (error) {
      caught = error;
    }
    expect(caught, tc.reason).toMatchObject({ name: 'ToolkitError', code: tc.code });
  });

  test('the depth bomb is well-formed: with room for it, it is read', () => {
    expect(decodeRequest(field(4, bomb(100))).input).toHaveProperty('a.a.a.a');
  });

  test('5 000 mutated requests end in a value or a ToolkitError, never in a crash', () => {
    const seed = theirs.encode({
      meta: { tag: 'abc', capabilities: [1, 2, 3] },
      observed: {
        composite: { resource: { spec: { a: [1, 'ü', null, { b: true }] } } },
        resources: { r: {} },
      },
      desired: {
        resources: { d: { resource: { kind: 'X', n: 1.5 }, connectionDetails: { k: Buffer.from('v') } } },
      },
      input: { apiVersion: 'v1', kind: 'I' },
      context: { k: 'v' },
      requiredResources: { q: { items: [{ resource: { a: 'b' } }] } },
      credentials: { c: { credentialData: { data: { k: Buffer.from('v') } } } },
    });
    const random = mulberry(7);
    const outcomes = { read: 0, refused: 0 };
    for (let i = 0; i < 5000; i++) {
      const bytes = mutate(Buffer.from(seed), random);
      try {
        readAll(bytes);
        outcomes.read++;
      } catch (error) {
        if (!isToolkitError(error)) throw error;
        outcomes.refused++;
      }
    }
    expect(outcomes.read + outcomes.refused).toBe(5000);
    expect(outcomes.refused).toBeGreaterThan(500);
    expect(outcomes.read).toBeGreaterThan(200);
  });
});

/** Touches everything a handler could touch, then answers. */
function readAll(bytes: Uint8Array): void {
  const request = decodeRequest(bytes);
  for (const state of [request.observed, request.desired]) {
    for (const view of [state.composite, ...state.resources.values()]) {
      void [view?.get('spec', 'a', 0), view?.object, view?.ready, view?.connectionDetails];
    }
  }
  for (const list of [...request.requiredResources.values(), ...request.extraResources.values()]) {
    for (const view of list) void view.object;
  }
  void [request.tag, request.capabilities, request.input, request.context, request.credentials];
  void [...request.requiredSchemas.values()];
  const response = encodeResponse(request, { composite: { status: { s: 1 } }, context: { x: 1 } }, ttl);
  decodeResponse(response, { maxDepth: 200 });
}

function mutate(bytes: Buffer, random: () => number): Buffer {
  const out = Buffer.from(bytes);
  const at = (): number => Math.floor(random() * out.length);
  for (let n = 1 + Math.floor(random() * 3); n > 0; n--) out[at()] = Math.floor(random() * 256);
  if (random() < 0.2) return out.subarray(0, at());
  if (random() < 0.2) return Buffer.concat([out, out.subarray(at())]);
  return out;
}

function mulberry(seed: number): () => number {
  let a = seed;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

function leaves(value: unknown, path: (string | number)[] = []): [(string | number)[]][] {
  if (Array.isArray(value)) return [[path], ...value.flatMap((v, i) => leaves(v, [...path, i]))];
  if (typeof value === 'object' && value !== null) {
    return [[path], ...Object.entries(value).flatMap(([k, v]) => leaves(v, [...path, k]))];
  }
  return [[path]];
}

describe('encodeResponse()', () => {
  const empty = theirs.encode({ meta: { tag: 'tag-1' } });

  test('writes what the stock SDK reads, for any JSON', () => {
    fc.assert(
      fc.property(object, object, object, (composed, status, context) => {
        const read = answer(empty, {
          resources: new Map([['r', { object: composed, ready: 'true' }]]),
          composite: { status: status, ready: 'false' },
          context: context,
        });
        expect(read.desired?.resources.r).toMatchObject({ ready: 1 });
        expect(read.desired?.resources.r?.resource).toEqual(composed);
        expect(read.desired?.composite?.resource).toEqual({ status });
        expect(read.desired?.composite?.ready).toBe(2);
        if (Object.keys(context).length > 0) expect(read.context).toEqual(context);
      }),
      property,
    );
  });

  test('is the same bytes whatever the order of keys', () => {
    const first = { b: 1, a: { d: 'x', c: [1, { z: 1, y: 2 }] } };
    const second = { a: { c: [1, { y: 2, z: 1 }], d: 'x' }, b: 1 };
    const encode = (object: object, names: string[]): Buffer =>
      encodeResponse(
        decodeRequest(empty),
        { resources: new Map(names.map((n) => [n, { object: object as never }])) },
        ttl,
      );
    expect(encode(first, ['p', 'q'])).toEqual(encode(second, ['q', 'p']));
  });

  test('copies the tag, writes the default ttl, and never an empty Requirements', () => {
    const read = answer(empty, { requirements: { resources: {}, schemas: {} } });
    expect(read.meta).toEqual({ tag: 'tag-1', ttl: { seconds: 600, nanos: 0 } });
    expect(read.requirements).toBeUndefined();
    expect(answer(empty, { ttlSeconds: 1.5 }).meta?.ttl).toEqual({ seconds: 1, nanos: 500_000_000 });
    expect(answer(empty, { ttlSeconds: 0 }).meta?.ttl).toEqual({ seconds: 0, nanos: 0 });
  });

  test('writes results, conditions, requirements, output and connection details', () => {
    const read = answer(empty, {
      results: [
        { severity: 'fatal', message: 'no' },
        { severity: 'warning', message: 'hm', reason: 'Odd', target: 'composite-and-claim' },
        { severity: 'normal', message: 'ok', target: 'composite' },
      ],
      conditions: [{ type: 'DatabaseReady', status: 'False', reason: 'Waiting', message: 'soon' }],
      requirements: {
        resources: {
          labelled: { apiVersion: 'v1', kind: 'Secret', matchLabels: { b: '2', a: '1' }, namespace: 'ns' },
          named: { apiVersion: 'v1', kind: 'ConfigMap', matchName: 'cm' },
          all: { apiVersion: 'v1', kind: 'Node' },
        },
        schemas: { s: { apiVersion: 'v1', kind: 'Pod' } },
      },
      output: { done: true },
      composite: { connectionDetails: new Map([['k', Buffer.from('v')]]) },
    });
    expect(read.results).toEqual(
      [
        { severity: 1, message: 'no' },
        { severity: 2, message: 'hm', reason: 'Odd', target: 2 },
        { severity: 3, message: 'ok', target: 1 },
      ].map((r) => expect.objectContaining(r)),
    );
    expect(read.conditions).toMatchObject([
      { type: 'DatabaseReady', status: 3, reason: 'Waiting', message: 'soon' },
    ]);
    expect(read.requirements?.resources).toMatchObject({
      labelled: { matchLabels: { labels: { a: '1', b: '2' } }, namespace: 'ns', matchName: undefined },
      named: { matchName: 'cm', matchLabels: undefined },
      all: { kind: 'Node', matchName: undefined, matchLabels: undefined, namespace: undefined },
    });
    expect(read.requirements?.schemas).toEqual({ s: { apiVersion: 'v1', kind: 'Pod' } });
    expect(read.output).toEqual({ done: true });
    expect(read.desired?.composite?.connectionDetails.k).toEqual(Buffer.from('v'));
  });

  const piped = theirs.encode({
    observed: { composite: { resource: { apiVersion: 'g/v1', kind: 'K', spec: { a: 1 } } } },
    desired: {
      composite: { resource: { status: { mine: 1, other: { deep: [1] } } }, ready: 1 },
      resources: {
        keep: { resource: { kind: 'A' }, ready: 1 },
        drop: { resource: { kind: 'B' } },
        swap: { resource: { x: 1 } },
      },
    },
    context: { theirs: { a: 1 }, both: 1 },
  });

  test('passes through what it does not mention', () => {
    const read = answer(piped, {});
    expect(read.desired?.resources).toMatchObject({
      keep: { resource: { kind: 'A' }, ready: 1 },
      drop: {},
      swap: {},
    });
    expect(read.desired?.composite).toMatchObject({
      resource: { status: { mine: 1, other: { deep: [1] } } },
      ready: 1,
    });
    expect(read.context).toEqual({ theirs: { a: 1 }, both: 1 });
  });

  test('replaces, removes and adds what it does mention', () => {
    const read = answer(piped, {
      resources: new Map([
        ['swap', { object: { y: 2 } }],
        ['new', { object: { z: 3 } }],
      ]),
      removed: ['drop', 'never-there'],
      composite: { status: { mine: { v: 2 } } },
      context: { both: 2 },
    });
    expect(Object.keys(read.desired?.resources ?? {})).toEqual(['keep', 'new', 'swap']);
    expect(read.desired?.resources.swap?.resource).toEqual({ y: 2 });
    expect(read.desired?.resources.keep).toMatchObject({ resource: { kind: 'A' }, ready: 1 });
    expect(read.desired?.composite).toMatchObject({
      resource: { apiVersion: 'g/v1', kind: 'K', status: { mine: { v: 2 }, other: { deep: [1] } } },
      ready: 1,
    });
    expect(read.context).toEqual({ theirs: { a: 1 }, both: 2 });
  });

  const cycle: Record<string, unknown> = {};
  cycle.self = cycle;
  class Thing {
    readonly secret = 1;
    toJSON(): object {
      return {};
    }
  }
  const refused = {
    NaN: { reason: 'JSON has no NaN', value: Number.NaN, want: 'spec.at is NaN' },
    Infinity: { reason: 'nor Infinity', value: Number.NEGATIVE_INFINITY, want: 'spec.at is -Infinity' },
    BigInteger: {
      reason: 'a double would round it',
      value: 2 ** 53,
      want: 'spec.at is the integer 9007199254740992',
    },
    BigInt: { reason: 'not JSON', value: 1n, want: 'spec.at is a bigint' },
    Date: { reason: 'would become {}', value: new Date(0), want: 'spec.at is an instance of Date' },
    Map: { reason: 'would become {}', value: new Map(), want: 'spec.at is an instance of Map' },
    Buffer: {
      reason: 'would become {"0": …}',
      value: Buffer.from('a'),
      want: 'spec.at is an instance of Buffer',
    },
    Class: {
      reason: 'would show its private fields',
      value: new Thing(),
      want: 'spec.at is an instance of Thing',
    },
    Function: { reason: 'not JSON', value: () => 1, want: 'spec.at is a function' },
    Symbol: { reason: 'not JSON', value: Symbol('s'), want: 'spec.at is a symbol' },
    Hole: { reason: 'undefined in an array', value: [1, undefined], want: 'spec.at[1] is undefined' },
    Sparse: { reason: 'a hole is undefined too', value: new Array(1), want: 'spec.at[0] is undefined' },
    Deep: {
      reason: 'the path leads to it',
      value: [{ 'a/b': { c: [0, 1n] } }],
      want: 'spec.at[0]["a/b"].c[1] is a bigint',
    },
    Key: {
      reason: 'a key is text too, and the path is that of the key',
      value: { a: { deep: [1] }, 'b\ud800': { deeper: { still: 1 } } },
      want: 'spec.at["b\ufffd"] is a string with half of a surrogate pair',
    },
    Cycle: { reason: 'never ends', value: cycle, want: 'nested deeper than 128 levels' },
    Surrogate: {
      reason: 'not UTF-8',
      value: 'a\ud800',
      want: 'spec.at is a string with half of a surrogate pair',
    },
  };
  test.for(Object.entries(refused))('refuses %s', ([, tc]) => {
    const resources = new Map([['db', { object: { spec: { at: tc.value } } as never }]]);
    const run = (): unknown => encodeResponse(decodeRequest(empty), { resources }, ttl);
    expect(run, tc.reason).toThrow(expect.objectContaining({ code: 'compose' }));
    expect(run).toThrow('Cannot encode resource "db"');
    expect(run).toThrow(tc.want);
  });

  test('drops undefined fields, keeps "__proto__" and takes -0 as 0', () => {
    const object = JSON.parse('{"__proto__":{"x":1}}') as Record<string, unknown>;
    const bytes = encodeResponse(
      decodeRequest(empty),
      { resources: new Map([['r', { object: { a: undefined, b: object, c: -0 } as never }]]) },
      ttl,
    );
    const read = decodeResponse(bytes).desired.resources.get('r')?.object;
    expect(JSON.stringify(read)).toBe('{"b":{"__proto__":{"x":1}},"c":0}');
  });

  test('refuses what Crossplane would not accept, naming the largest resources', () => {
    const big = (n: number): { object: never } => ({ object: { data: 'x'.repeat(n) } as never });
    const resources = new Map([
      ['small', big(10)],
      ['huge', big(4_000_000)],
      ['large', big(500_000)],
    ]);
    const run = (): unknown => encodeResponse(decodeRequest(empty), { resources }, ttl);
    expect(run).toThrow(expect.objectContaining({ code: 'limit' }));
    expect(run).toThrow(
      /are more than 4194304; the largest of 3 resources: "huge" 40000\d\d, "large" 5000\d\d, "small"/,
    );
  });

  test('refuses words the protocol does not know', () => {
    const run = (): unknown => answer(empty, { results: [{ severity: 'error' as never, message: 'm' }] });
    expect(run).toThrow('Cannot encode a result: "error" is none of fatal, warning, normal');
  });
});

describe('decodeResponse()', () => {
  test('reads what the stock SDK wrote', () => {
    const bytes = RunFunctionResponse.encode(
      RunFunctionResponse.fromPartial({
        meta: { tag: 't', ttl: { seconds: 90, nanos: 500_000_000 } },
        desired: {
          composite: { resource: { a: 1 }, ready: 1 },
          resources: { r: { resource: { b: 2 }, ready: 2 } },
        },
        results: [
          { severity: 2, message: 'w', reason: 'R', target: 1 },
          { severity: 0, message: 'u' },
        ],
        conditions: [{ type: 'T', status: 2, reason: 'Fine', target: 2 }],
        requirements: {
          resources: { q: { apiVersion: 'v1', kind: 'A', matchLabels: { labels: { a: 'b' } } } },
          extraResources: { x: { apiVersion: 'v1', kind: 'B', matchName: 'n' } },
        },
        context: { c: 1 },
        output: { o: 1 },
      }),
    ).finish();
    const read = decodeResponse(bytes);
    expect(read).toMatchObject({
      tag: 't',
      ttlSeconds: 90.5,
      results: [
        { severity: 'warning', message: 'w', reason: 'R', target: 'composite' },
        { severity: 'unspecified' },
      ],
      conditions: [{ type: 'T', status: 'True', reason: 'Fine', target: 'composite-and-claim' }],
      context: { c: 1 },
      output: { o: 1 },
    });
    expect(read.desired.composite).toMatchObject({ object: { a: 1 }, ready: 'true' });
    expect(read.desired.resources.get('r')).toMatchObject({ object: { b: 2 }, ready: 'false' });
    expect(read.requirements?.resources.get('q')).toEqual({
      apiVersion: 'v1',
      kind: 'A',
      matchLabels: { a: 'b' },
    });
    expect(read.requirements?.extraResources.get('x')).toEqual({
      apiVersion: 'v1',
      kind: 'B',
      matchName: 'n',
    });
  });

  test('tells an unset field from an empty one', () => {
    const read = decodeResponse(
      RunFunctionResponse.encode(RunFunctionResponse.fromPartial({ requirements: {} })).finish(),
    );
    expect(read.requirements?.resources.size).toBe(0);
    expect(decodeResponse(Buffer.alloc(0))).toMatchObject({ requirements: undefined, ttlSeconds: undefined });
  });
});
