import { once } from 'node:events';
import { type ClientHttp2Session, connect, type IncomingHttpHeaders } from 'node:http2';
import { connect as connectTcp, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import {
  connectFunction,
  createHost,
  encodeRequest,
  type FunctionClient,
  type Host,
  type HostOptions,
} from '../lib/function/index.ts';
import { catalogueOf } from '../lib/index.ts';
import { blueprintRouter } from '../lib/serve/index.ts';
import { createCertificateAuthority } from '../lib/testing/certificates.ts';
import { eventually } from '../lib/testing/eventually.test-helper.ts';
import { benchBlueprint } from './bench/blueprint.ts';
import { ATTACKS, TLS_ATTACKS } from './bench/hostile/attacks.ts';
import { mutate } from './bench/hostile/mutate.ts';
import { Random } from './bench/hostile/random.ts';
import { frame } from './bench/load.ts';
import { loadFromNode } from './bench/load-node.ts';
import { requestFor } from './bench/requests.ts';
import { hasStack } from './bench/soak/report.ts';

// The small brothers of test/bench/soak.ts: the same callers, fewer of them, a fixed seed.
const SEED = 5;
const MUTATED = 200;
const CONNECTIONS = 20;
const FRAMES = 1000;

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  vi.useRealTimers();
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const blueprint = benchBlueprint(5);
const request = encodeRequest(requestFor(blueprint, { replicas: 2, note: 'n' }));
const authority = createCertificateAuthority();
const server = { ...authority.issue({ sans: ['localhost', '127.0.0.1'] }), ca: authority.certificate };
const caller = { ...authority.issue({ sans: ['crossplane'] }), ca: authority.certificate };

const start = (options: Partial<HostOptions> = {}): Promise<Host> =>
  createHost({
    handlers: blueprintRouter([blueprint], { catalogue: catalogueOf([blueprint]) }),
    insecure: true,
    address: '127.0.0.1:0',
    ...options,
  });

/** A whole call of an honest caller: how many resources came of it. */
async function resources(client: FunctionClient): Promise<number> {
  return (await client.run(requestFor(blueprint, { replicas: 2, note: 'n' }))).desired.resources.size;
}

describe('broken requests', () => {
  test('are answered with what is wrong with them, never with our defects', async () => {
    const host = await start();
    cleanups.push(() => host.stop(0));
    const random = new Random(SEED);
    const bodies = Array.from({ length: MUTATED }, () => mutate(request, random).body);
    const run = await loadFromNode({
      address: `127.0.0.1:${host.port}`,
      bodies,
      concurrency: 16,
      calls: MUTATED,
    });
    const names = {
      0: 'OK',
      3: 'INVALID_ARGUMENT',
      8: 'RESOURCE_EXHAUSTED',
      12: 'UNIMPLEMENTED',
      13: 'INTERNAL',
    };
    expect(Object.keys(names), 'a code for each call').toEqual(
      expect.arrayContaining(Object.keys(run.codes)),
    );
    expect(Object.values(run.codes).reduce((a, b) => a + b, 0)).toBe(MUTATED);
    expect(run.codes['3'], 'most never reach a Blueprint').toBeGreaterThan(MUTATED / 4);
    // INTERNAL is what gRPC itself asks for where a frame is broken.
    expect(run.messages['13'] ?? 'compressed').toMatch(/compressed|middle of a message/);
    expect(Object.values(run.messages).filter(hasStack)).toEqual([]);
  });
});

describe.each([
  { transport: 'in the clear', attacks: ATTACKS, options: { insecure: true }, client: { insecure: true } },
  {
    transport: 'on TLS',
    attacks: TLS_ATTACKS,
    options: { insecure: false, tls: server },
    client: { tls: caller, serverName: 'localhost' },
  },
])('hostile connections $transport', ({ attacks, options, client: how }) => {
  let host: Host;
  let old: FunctionClient;
  beforeAll(async () => {
    host = await start(options);
    old = connectFunction(`127.0.0.1:${host.port}`, how);
    expect(await resources(old)).toBe(5);
  });
  afterAll(async () => {
    old.close();
    await host.stop(0);
  });

  test.each(Object.keys(attacks))('%s: others are served meanwhile and afterwards', async (name) => {
    const count = /flood|pings|reset|frames$/i.test(name) ? FRAMES : CONNECTIONS;
    const random = new Random(SEED);
    const attack = attacks[name]?.({ port: host.port, random, count, holdMs: 300, body: frame(request) });
    const fresh = connectFunction(`127.0.0.1:${host.port}`, how);
    cleanups.push(() => fresh.close());
    expect(await resources(old)).toBe(5);
    expect(await resources(fresh)).toBe(5);
    await attack;
    expect(await resources(old)).toBe(5);
  });
});

describe('what a caller may hold', () => {
  const HEADERS = {
    ':method': 'POST',
    ':path': '/apiextensions.fn.proto.v1.FunctionRunnerService/RunFunction',
    'content-type': 'application/grpc',
    te: 'trailers',
  };

  async function session(host: Host, settings = {}): Promise<ClientHttp2Session> {
    const made = connect(`http://127.0.0.1:${host.port}`, { settings });
    made.on('error', () => undefined);
    cleanups.push(() => made.destroy());
    await once(made, 'remoteSettings');
    return made;
  }

  /** Our timers and clocks stand still until they are moved; the wire goes on. */
  async function frozenHost(): Promise<Host> {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
    const host = await start();
    cleanups.push(() => host.stop(0));
    return host;
  }

  test('half a request is DEADLINE_EXCEEDED after half a minute, and no sooner', async () => {
    const host = await frozenHost();
    const stream = (await session(host)).request(HEADERS);
    let headers: IncomingHttpHeaders | undefined;
    stream.on('response', (h) => {
      headers = h;
    });
    stream.on('error', () => undefined);
    stream.write(frame(request).subarray(0, 100));
    const client = connectFunction(`127.0.0.1:${host.port}`, { insecure: true });
    cleanups.push(() => client.close());
    expect(await resources(client), 'by now the half has come').toBe(5);
    vi.advanceTimersByTime(29_000);
    await resources(client);
    expect(headers).toBeUndefined();
    const closed = once(stream, 'close');
    vi.advanceTimersByTime(3000);
    await closed;
    expect(headers?.['grpc-status']).toBe('4');
    expect(headers?.['grpc-message']).toMatch(/did not arrive within 30 s/);
  });

  test('an answer that nobody reads is let go', async () => {
    const host = await frozenHost();
    const stream = (await session(host, { initialWindowSize: 0 })).request(HEADERS);
    const answered = once(stream, 'response');
    stream.on('error', () => undefined);
    stream.end(frame(request));
    await answered;
    const closed = once(stream, 'close');
    for (let i = 0; i < 70; i++) vi.advanceTimersByTime(1000);
    await closed;
    expect(stream.destroyed).toBe(true);
  });

  test('of unfinished handshakes, those that take longest make room; those that ended count no more', async () => {
    const host = await start({ insecure: false, tls: server });
    cleanups.push(() => host.stop(0));
    let ended = 0;
    const silent = async (count: number): Promise<Socket[]> => {
      const sockets = Array.from({ length: count }, () => connectTcp(host.port, '127.0.0.1'));
      cleanups.push(() => sockets.map((s) => s.destroy()));
      for (const socket of sockets) socket.resume().on('error', () => undefined);
      await Promise.all(sockets.map((s) => once(s, 'connect')));
      return sockets;
    };
    const gone = await silent(200);
    for (const socket of gone) socket.destroy();
    const client = connectFunction(`127.0.0.1:${host.port}`, { tls: caller, serverName: 'localhost' });
    cleanups.push(() => client.close());
    await resources(client);
    const kept = await silent(200);
    for (const socket of kept) socket.once('close', () => ended++);
    await resources(client);
    expect(ended, 'there is room for 256').toBe(0);
    await silent(100);
    await eventually(() => expect(ended).toBeGreaterThanOrEqual(44));
    expect(await resources(client)).toBe(5);
  });

  test('connections beyond the bound take the place of those that do least', async () => {
    let finish: (() => void) | undefined;
    const compose = () =>
      new Promise<object>((resolve) => {
        finish = () => resolve({});
      });
    const host = await start({ maxConnections: 3, handlers: [{ name: 'slow', version: '1.0.0', compose }] });
    cleanups.push(() => host.stop(0));
    const busy = connectFunction(`127.0.0.1:${host.port}`, { insecure: true });
    cleanups.push(() => busy.close());
    const input = {
      apiVersion: 'fn.compose.openova.io/v1alpha1',
      kind: 'Compose',
      blueprint: 'slow',
      version: '1.0.0',
    };
    const answer = busy.run({ tag: 'kept', input });
    await eventually(() => expect(finish).toBeDefined());
    const dribbler = await session(host);
    const half = dribbler.request(HEADERS);
    half.on('error', () => undefined);
    half.write(Buffer.from([0]));
    const idle = connectTcp(host.port, '127.0.0.1');
    idle.on('error', () => undefined);
    cleanups.push(() => idle.destroy());
    await once(idle, 'connect');
    const ends: string[] = [];
    idle.once('close', () => ends.push('idle'));
    dribbler.once('close', () => ends.push('dribbler'));
    idle.resume();
    const [one, two] = [await session(host), await session(host)];
    const taken = [one, two].map((s) => s.request(HEADERS));
    for (const stream of taken) stream.on('error', () => undefined).write(Buffer.from([0]));
    await eventually(() => expect(ends[0]).toBe('idle'));
    await session(host);
    await eventually(() => expect(ends).toContain('dribbler'));
    finish?.();
    expect((await answer).tag, 'a call that is answered keeps its connection').toBe('kept');
  });
});
