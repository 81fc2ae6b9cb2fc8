import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect as connectTcp, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { Client, credentials, type ServiceError, status } from '@grpc/grpc-js';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { createCertificateAuthority } from '../../testing/certificates.ts';
import { eventually } from '../../testing/eventually.test-helper.ts';
import { connectFunction, type FunctionClient } from '../client.ts';
import { decodeResponse, encodeRequest, type RequestData } from '../codec/index.ts';
import { asLazy } from '../codec/request-view.ts';
import { createJsonLogger } from '../logger.ts';
import type { ComposeFunction, FunctionRequest } from '../protocol.ts';
import { passBytes, RUN_FUNCTION_PATHS } from '../services.ts';
import { createHost, type Host, type HostOptions } from './host.ts';
import type { Handler, Router } from './router.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const serve = (name: string, compose: ComposeFunction, version = '1.0.0'): Handler => ({
  name,
  version,
  compose,
});
const step = (blueprint: string, more: object = {}): RequestData['input'] => ({
  apiVersion: 'fn.compose.openova.io/v1alpha1',
  kind: 'Compose',
  blueprint,
  version: '1.0.0',
  ...more,
});

async function host(handlers: readonly Handler[], options: Partial<HostOptions> = {}): Promise<Host> {
  const running = await createHost({ handlers, insecure: true, address: '127.0.0.1:0', ...options });
  cleanups.push(() => running.stop(0));
  return running;
}

function client(running: Host): FunctionClient {
  const connected = connectFunction(`127.0.0.1:${running.port}`, { insecure: true, maxReceiveMb: 64 });
  cleanups.push(() => connected.close());
  return connected;
}

/** A client written from the protocol alone. */
function raw(running: Host): (path: string, bytes: Buffer, deadlineMs?: number) => Promise<Buffer> {
  const plain = new Client(`127.0.0.1:${running.port}`, credentials.createInsecure());
  cleanups.push(() => plain.close());
  return (path, bytes, deadlineMs = 5000) =>
    new Promise((resolve, reject) => {
      plain.makeUnaryRequest(
        path,
        passBytes,
        passBytes,
        bytes,
        { deadline: Date.now() + deadlineMs },
        (error, answer) => (error === null ? resolve(answer as Buffer) : reject(error)),
      );
    });
}

function logged(): { lines: Record<string, unknown>[]; logger: HostOptions['logger'] & object } {
  const lines: Record<string, unknown>[] = [];
  const write = (line: string): void => void lines.push(JSON.parse(line) as Record<string, unknown>);
  return { lines, logger: createJsonLogger({ write, level: 'debug' }) };
}

const hello = serve('hello', (request) => ({
  resources: new Map([
    ['cm', { object: { apiVersion: 'v1', kind: 'ConfigMap', data: { tag: request.tag } } }],
  ]),
}));

describe('serving', () => {
  test('the memory of a request is given back after its call; what a handler read of it stays', async () => {
    const kept: FunctionRequest[] = [];
    const secrets: unknown[] = [];
    const keeps = serve('keeps', (request) => {
      kept.push(request);
      secrets.push(request.credentials.get('aws')?.get('key'));
      return {};
    });
    const running = await host([keeps], { cacheMb: 0 });
    const credentials = new Map([['aws', new Map([['key', Buffer.from('k'.repeat(5000))]])]]);
    await client(running).run({ tag: 'x', input: step('keeps') ?? {}, credentials });
    await eventually(() => expect(kept.map((request) => asLazy(request).bytes.length)).toEqual([0]));
    expect(Buffer.from(secrets[0] as Uint8Array).toString()).toBe('k'.repeat(5000));
  });

  test.each([...RUN_FUNCTION_PATHS])('%s answers, with tag, ttl and context', async (path) => {
    const call = raw(await host([hello]));
    const bytes = encodeRequest({ tag: 'T', input: step('hello') ?? {}, context: { from: 'before' } });
    const read = decodeResponse(await call(path, bytes));
    expect(read).toMatchObject({
      tag: 'T',
      ttlSeconds: 600,
      context: { from: 'before' },
      requirements: undefined,
    });
    expect(read.desired.resources.get('cm')?.object.data).toEqual({ tag: 'T' });
  });

  test('hands the whole protocol to the compose function and back', async () => {
    const running = await host([
      serve('all', (request) => ({
        ttlSeconds: 30,
        composite: { status: { seen: [...request.requiredResources.keys()] }, ready: 'true' },
        requirements: { resources: { env: { apiVersion: 'v1', kind: 'ConfigMap', matchName: 'e' } } },
        conditions: [{ type: 'Fine', status: 'True', reason: 'Good' }],
        results: [{ severity: 'warning', message: 'careful', reason: 'Odd' }],
        context: { own: 1 },
        output: { secret: Buffer.from(request.credentials.get('aws')?.get('key') ?? []).toString() },
      })),
    ]);
    const read = await client(running).run({
      tag: 'x',
      input: step('all') ?? {},
      context: { other: 2 },
      requiredResources: new Map([['env', []]]),
      credentials: new Map([['aws', new Map([['key', Buffer.from('k')]])]]),
    });
    expect(read).toMatchObject({
      ttlSeconds: 30,
      conditions: [{ type: 'Fine', status: 'True', reason: 'Good' }],
      results: [{ severity: 'warning', message: 'careful', reason: 'Odd' }],
      context: { other: 2, own: 1 },
      output: { secret: 'k' },
    });
    expect(read.desired.composite).toMatchObject({ object: { status: { seen: ['env'] } }, ready: 'true' });
    expect(read.requirements?.resources.get('env')).toEqual({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      matchName: 'e',
    });
  });

  const steps = {
    Unknown: {
      reason: 'a slip is told apart from a stranger',
      input: step('helo'),
      want: /blueprint "helo" is not served here, did you mean "hello"\? \(served: hello\)/,
    },
    Version: {
      reason: 'several versions may stand side by side',
      input: step('hello', { version: '9.9.9' }),
      want: /"hello" is not served in version "9\.9\.9" \(served: 1\.0\.0\)/,
    },
    Missing: { reason: 'no input', input: undefined, want: /the pipeline step has no input/ },
    Foreign: {
      reason: 'another input kind',
      input: { apiVersion: 'v1', kind: 'X' },
      want: /the step's input is "v1" "X"/,
    },
    Both: {
      reason: 'blueprint and function',
      input: step('a', { function: 'b' }),
      want: /not exactly one of/,
    },
    NoVersion: {
      reason: 'version is not optional',
      input: step('a', { version: 1 }),
      want: /"version" is missing/,
    },
    Bundle: {
      reason: 'a bundle without digest',
      input: step('a', { bundle: {} }),
      want: /"bundle" in the step needs/,
    },
  };
  test.for(Object.entries(steps))('answers a FATAL result for input %s', async ([, tc]) => {
    const connected = client(await host([hello]));
    const read = await connected.run({ tag: 'q', ...(tc.input === undefined ? {} : { input: tc.input }) });
    expect(read.results, tc.reason).toEqual([{ severity: 'fatal', message: expect.stringMatching(tc.want) }]);
    expect(read.tag).toBe('q');
  });

  test('lists a bounded number of names', async () => {
    const many = Array.from({ length: 90 }, (_, i) => serve(`bp-${String(i).padStart(2, '0')}`, () => ({})));
    const read = await client(await host(many)).run({ input: step('completely-else') ?? {} });
    expect(read.results[0]?.message).toMatch(/bp-19 and 70 more\)$/);
  });
});

describe('failures stay with the one who fails', () => {
  test('a throw is one FATAL with Blueprint, construct and message; the stack goes to the log alone', async () => {
    const { lines, logger } = logged();
    const running = await host(
      [
        hello,
        serve('bad', () => {
          throw Object.assign(new Error('no such size'), { constructPath: 'cortex/db' });
        }),
      ],
      { logger },
    );
    const connected = client(running);
    const read = await connected.run({
      tag: 't',
      input: step('bad') ?? {},
      observed: {
        composite: {
          object: {
            apiVersion: 'g/v1',
            kind: 'Cortex',
            metadata: { name: 'x', namespace: 'n' },
            spec: { password: 'hunter2' },
          },
        },
      },
    });
    expect(read.results).toEqual([
      { severity: 'fatal', message: '"bad" 1.0.0 failed at "cortex/db": no such size' },
    ]);
    expect(read.tag).toBe('t');
    const line = lines.find((l) => l.message === 'Fatal result');
    expect(line).toMatchObject({
      level: 'error',
      constructPath: 'cortex/db',
      xr: { apiVersion: 'g/v1', kind: 'Cortex', namespace: 'n', name: 'x' },
      step: { blueprint: 'bad', version: '1.0.0' },
      result: 'fatal',
    });
    expect(line?.stack).toContain('host.test.ts');
    expect(JSON.stringify(lines)).not.toContain('hunter2');
    expect((await connected.run({ input: step('hello') ?? {} })).results).toEqual([]);
  });

  const throwers: Record<string, { reason: string; compose: () => never; want: string }> = {
    Nothing: {
      reason: 'a JavaScript author forgot to return',
      compose: () => undefined as never,
      want: 'returned nothing',
    },
    String: {
      reason: 'anything can be thrown',
      compose: () => {
        throw 'oops';
      },
      want: 'oops',
    },
    Hostile: {
      reason: 'even what cannot be shown',
      compose: () => {
        throw {
          toString(): string {
            throw new Error('no');
          },
        };
      },
      want: 'a value that cannot be shown',
    },
    Long: {
      reason: 'messages are bounded',
      compose: () => {
        throw new Error('x'.repeat(1e6));
      },
      want: 'x…',
    },
    Surrogate: {
      reason: 'and well-formed',
      compose: () => {
        throw new Error('a\ud800b');
      },
      want: 'a\ufffdb',
    },
    Unencodable: {
      reason: 'what cannot be sent names resource and field',
      compose: () => ({ resources: new Map([['db', { object: { spec: { at: new Date(0) } } }]]) }) as never,
      want: 'Cannot encode resource "db": spec.at is an instance of Date (Return plain JSON data)',
    },
    TooLarge: {
      reason: 'Crossplane takes 4 MiB',
      compose: () => ({ resources: new Map([['db', { object: { a: 'x'.repeat(5e6) } }]]) }) as never,
      want: 'are more than 4194304; the largest of 1 resources: "db" 50000',
    },
  };
  test.for(Object.entries(throwers))('FATAL for %s', async ([, tc]) => {
    const read = await client(await host([serve('bad', tc.compose)])).run({ input: step('bad') ?? {} });
    expect(read.results, tc.reason).toEqual([
      { severity: 'fatal', message: expect.stringContaining(tc.want) },
    ]);
  });

  test('a compose function that never ends is a FATAL after its time, and its signal tells it', async () => {
    let seen: AbortSignal | undefined;
    const slow = serve('slow', (_, { signal }) => {
      seen = signal;
      return new Promise(() => undefined);
    });
    const read = await client(await host([slow], { timeoutMs: 30 })).run({ input: step('slow') ?? {} });
    expect(read.results[0]?.message).toBe('"slow" 1.0.0 failed: it did not finish within 0.03 s');
    expect(seen?.aborted).toBe(true);
  });

  test('a forgotten rejection and a throw in a timer leave the process and the others alone', async () => {
    // vitest has its own listeners for both events, so this runs in a process of its own.
    const source = `
      import { createHost, connectFunction } from ${JSON.stringify(new URL('../index.ts', import.meta.url).href)};
      const compose = () => {
        void Promise.reject(new Error('forgotten'));
        setTimeout(() => { throw new Error('late'); }, 1);
        return {};
      };
      const host = await createHost({ handlers: [{ name: 'a', version: '1', compose }], insecure: true, address: '127.0.0.1:0' });
      const client = connectFunction('127.0.0.1:' + host.port, { insecure: true });
      const input = { apiVersion: 'fn.compose.openova.io/v1alpha1', kind: 'Compose', blueprint: 'a', version: '1' };
      await client.run({ input });
      await new Promise((resolve) => setTimeout(resolve, 50));
      const again = await client.run({ tag: 'alive', input });
      await new Promise((resolve) => setTimeout(resolve, 50));
      console.log(again.tag);
      client.close();
      await host.stop(0);
    `;
    const child = spawn(process.execPath, ['--input-type=module', '-e', source], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let out = '';
    child.stdout.on('data', (chunk) => {
      out += String(chunk);
    });
    const [code] = (await once(child, 'close')) as [number];
    expect(out).toBe('alive\n');
    expect(code).toBe(0);
  });
});

describe('bounds', () => {
  const failsWith = (code: status): object => expect.objectContaining({ code }) as object;
  const [v1] = RUN_FUNCTION_PATHS;

  test('malformed protobuf is INVALID_ARGUMENT, whether seen at once or by the reader', async () => {
    const call = raw(await host([serve('reads', (r) => ({ output: r.observed.composite?.object ?? {} }))]));
    await expect(call(v1, Buffer.from('hello world'))).rejects.toEqual(failsWith(status.INVALID_ARGUMENT));
    const broken = Buffer.concat([
      encodeRequest({ input: step('reads') ?? {} }),
      Buffer.from([0x12, 4, 0x0a, 2, 0x0a, 9]),
    ]);
    await expect(call(v1, broken)).rejects.toEqual(failsWith(status.INVALID_ARGUMENT));
  });

  test('five megabytes are RESOURCE_EXHAUSTED by default, and served where the limit is raised', async () => {
    const bytes = encodeRequest({ input: step('hello') ?? {}, context: { x: 'y'.repeat(5_000_000) } });
    await expect(raw(await host([hello]))(v1, bytes)).rejects.toEqual(failsWith(status.RESOURCE_EXHAUSTED));
    const roomy = await host([hello], { maxReceiveMb: 8, maxSendMb: 8 });
    expect(
      (await client(roomy).run({ input: step('hello') ?? {}, context: { x: 'y'.repeat(5_000_000) } }))
        .results,
    ).toEqual([]);
  });

  test('calls beyond the queue are RESOURCE_EXHAUSTED, those in it are answered', async () => {
    const release: (() => void)[] = [];
    const slow = serve('slow', ({ tag }) =>
      tag === '1' ? new Promise((resolve) => release.push(() => resolve({}))) : {},
    );
    const running = await host([slow], { maxConcurrent: 1, maxQueued: 1 });
    const connected = client(running);
    const first = connected.run({ tag: '1', input: step('slow') ?? {} });
    await eventually(() => expect(release).toHaveLength(1));
    const others = await Promise.allSettled([
      ...['2', '3'].map((tag) =>
        connected.run({ tag, input: step('slow') ?? {} }).finally(() => release[0]?.()),
      ),
    ]).then((all) => all.map((r) => (r.status === 'fulfilled' ? 'answered' : (r.reason as Error).message)));
    expect(others.filter((o) => o.includes('RESOURCE_EXHAUSTED'))).toHaveLength(1);
    expect((await first).tag).toBe('1');
  });

  test('a passed deadline and a cancelled call abort the signal', async () => {
    const signals: AbortSignal[] = [];
    const slow = serve('slow', (_, { signal }) => {
      signals.push(signal);
      return new Promise(() => undefined);
    });
    const running = await host([slow]);
    const bytes = encodeRequest({ input: step('slow') ?? {} });
    await expect(raw(running)(v1, bytes, 500)).rejects.toEqual(failsWith(status.DEADLINE_EXCEEDED));
    const controller = new AbortController();
    const call = client(running).runBytes(bytes, { signal: controller.signal });
    await eventually(() => expect(signals).toHaveLength(2));
    controller.abort();
    await expect(call).rejects.toThrow('CANCELLED');
    await eventually(() => expect(signals.map((s) => s.aborted)).toEqual([true, true]));
  });

  test('a call without deadline to an unknown method is UNIMPLEMENTED', async () => {
    const call = raw(await host([hello]));
    await expect(call('/apiextensions.fn.proto.v2.X/Y', Buffer.alloc(0))).rejects.toEqual(
      failsWith(status.UNIMPLEMENTED),
    );
  });
});

describe('TLS', () => {
  const ca = createCertificateAuthority();
  const names = ['localhost', '127.0.0.1'];
  const files = (authority = ca) => ({
    ...authority.issue({ sans: names, usage: 'server' }),
    ca: authority.certificate,
  });
  const person = (authority = ca) => ({
    ...authority.issue({ sans: ['crossplane'], usage: 'client' }),
    ca: ca.certificate,
  });
  const secure = (options: Partial<HostOptions> = {}): Promise<Host> =>
    host([hello], { insecure: false, tls: files(), ...options });
  const call = async (running: Host, tls = person()): Promise<string> => {
    const connected = connectFunction(`127.0.0.1:${running.port}`, { tls, serverName: 'localhost' });
    cleanups.push(() => connected.close());
    const read = await connected.run({ tag: 'secure', input: step('hello') ?? {} }, { timeoutMs: 3000 });
    return read.tag;
  };

  test('serves a client whose certificate chains to the CA, and no other', async () => {
    const running = await secure();
    expect(await call(running)).toBe('secure');
    await expect(call(running, person(createCertificateAuthority()))).rejects.toThrow(
      'Cannot call the function',
    );
    const bare = new Client(`127.0.0.1:${running.port}`, credentials.createSsl(Buffer.from(ca.certificate)));
    cleanups.push(() => bare.close());
    const error = await new Promise<ServiceError | null>((resolve) => {
      bare.makeUnaryRequest(
        RUN_FUNCTION_PATHS[0],
        passBytes,
        passBytes,
        Buffer.alloc(0),
        { deadline: Date.now() + 3000 },
        resolve,
      );
    });
    expect([status.UNAVAILABLE, status.DEADLINE_EXCEEDED]).toContain(error?.code);
  });

  test('speaks TLS 1.2 and newer', async () => {
    const running = await secure();
    const { certificate, privateKey } = person();
    const version = (max: 'TLSv1.1' | 'TLSv1.2'): Promise<string | null> =>
      new Promise((resolve, reject) => {
        const socket = connectTls({
          port: running.port,
          host: '127.0.0.1',
          servername: 'localhost',
          ca: ca.certificate,
          cert: certificate,
          key: privateKey,
          minVersion: 'TLSv1.1',
          maxVersion: max,
          ALPNProtocols: ['h2'],
          ciphers: 'DEFAULT@SECLEVEL=0',
        });
        socket.once('secureConnect', () => {
          resolve(socket.getProtocol());
          socket.destroy();
        });
        socket.once('error', reject);
      });
    expect(await version('TLSv1.2')).toBe('TLSv1.2');
    await expect(version('TLSv1.1')).rejects.toThrow();
  });

  test('takes up a rotation of the directory, and keeps serving while it is half written', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'certs-'));
    cleanups.push(() => rm(directory, { recursive: true }));
    const write = async (tls: ReturnType<typeof files>): Promise<void> => {
      await writeFile(join(directory, 'tls.crt'), tls.certificate);
      await writeFile(join(directory, 'tls.key'), tls.privateKey);
      await writeFile(join(directory, 'ca.crt'), tls.ca);
    };
    await write(files());
    const { lines, logger } = logged();
    const running = await secure({ tls: { directory, pollMs: 20 }, logger });
    expect(await call(running)).toBe('secure');

    await writeFile(join(directory, 'tls.key'), files().privateKey);
    await eventually(() => expect(lines.map((l) => l.message)).toContain('Certificates not reloaded'));
    expect(await call(running)).toBe('secure');

    const next = createCertificateAuthority();
    await write(files(next));
    await eventually(() => expect(lines.map((l) => l.message)).toContain('Certificates reloaded'));
    // A look between the writes may take up the pair before the CA: the next one completes it.
    const newcomer = { ...person(next), ca: next.certificate };
    await eventually(async () => expect(await call(running, newcomer)).toBe('secure'));
    await expect(call(running)).rejects.toThrow('Cannot call the function');
  });

  test('insecure wins over certificates', async () => {
    const running = await host([hello], { insecure: true, tls: { directory: '/nowhere' } });
    expect((await client(running).run({ tag: 'i', input: step('hello') ?? {} })).tag).toBe('i');
  });

  test('a start without usable certificates fails cleanly', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'certs-'));
    cleanups.push(() => rm(directory, { recursive: true }));
    await mkdir(join(directory, 'mixed'));
    const [a, b] = [files(), files()];
    await writeFile(join(directory, 'mixed', 'tls.crt'), a.certificate);
    await writeFile(join(directory, 'mixed', 'tls.key'), b.privateKey);
    await writeFile(join(directory, 'mixed', 'ca.crt'), a.ca);
    const start = (tls?: HostOptions['tls']): Promise<Host> =>
      createHost({ handlers: [], address: '127.0.0.1:0', ...(tls === undefined ? {} : { tls }) });
    await expect(start()).rejects.toMatchObject({ code: 'usage' });
    await expect(start({ directory: '' })).rejects.toMatchObject({ code: 'usage' });
    await expect(start({ directory })).rejects.toMatchObject({ code: 'not-found' });
    await expect(start({ directory: join(directory, 'mixed') })).rejects.toMatchObject({ code: 'invalid' });
    for (const empty of ['certificate', 'privateKey', 'ca'] as const) {
      await expect(start({ ...a, [empty]: '' }), empty).rejects.toMatchObject({ code: 'invalid' });
    }
  });
});

describe('life', () => {
  test('a port that is taken rejects the start', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    cleanups.push(() => taken.close());
    const { port } = taken.address() as { port: number };
    const start = createHost({ handlers: [], insecure: true, address: `127.0.0.1:${port}` });
    await expect(start).rejects.toMatchObject({
      code: 'network',
      message: expect.stringContaining('EADDRINUSE'),
    });
    const second = createHost({
      handlers: [],
      insecure: true,
      address: '127.0.0.1:0',
      metricsAddress: `127.0.0.1:${port}`,
    });
    await expect(second).rejects.toMatchObject({ code: 'network' });
  });

  test('a bare port listens', async () => {
    const running = await host([hello], { address: ':0' });
    expect((await client(running).run({ tag: 'b', input: step('hello') ?? {} })).tag).toBe('b');
  });

  test('a stop lets the call in flight finish and takes no other', async () => {
    let finish: (() => void) | undefined;
    const slow = serve(
      'slow',
      () =>
        new Promise((resolve) => {
          finish = () => resolve({ output: { done: true } });
        }),
    );
    const running = await host([slow]);
    const inFlight = client(running).run({ input: step('slow') ?? {} });
    await eventually(() => expect(finish).toBeDefined());
    const stopped = running.stop(10_000);
    const late = client(running);
    await expect(late.run({ input: step('slow') ?? {} }, { timeoutMs: 2000 })).rejects.toThrow('Cannot call');
    finish?.();
    expect((await inFlight).output).toEqual({ done: true });
    await stopped;
  });

  test('a stop ends what does not finish within the grace period', async () => {
    let signal: AbortSignal | undefined;
    const stuck = serve('stuck', (_, context) => {
      signal = context.signal;
      return new Promise(() => undefined);
    });
    const running = await host([stuck]);
    const call = client(running).run({ input: step('stuck') ?? {} });
    const refused = expect(call).rejects.toThrow('Cannot call the function');
    await eventually(() => expect(signal).toBeDefined());
    await running.stop(30);
    await refused;
    expect(signal?.aborted).toBe(true);
  });

  test('a stop ends connections that are stuck in the middle of a request', async () => {
    const running = await host([hello]);
    const socket = connectTcp(running.port, '127.0.0.1');
    cleanups.push(() => socket.destroy());
    socket.on('error', () => undefined);
    socket.resume();
    const frame = (type: number, flags: number, stream: number, payload: Buffer): Buffer =>
      Buffer.concat([
        Buffer.from([0, payload.length >> 8, payload.length & 255, type, flags, 0, 0, 0, stream]),
        payload,
      ]);
    const literal = (name: string, value: string): Buffer =>
      // HPACK: literal, not indexed, not compressed
      Buffer.concat([
        Buffer.from([0, name.length]),
        Buffer.from(name),
        Buffer.from([value.length]),
        Buffer.from(value),
      ]);
    const headers = Buffer.concat([
      literal(':method', 'POST'),
      literal(':scheme', 'http'),
      literal(':path', RUN_FUNCTION_PATHS[0]),
      literal(':authority', 'x'),
      literal('content-type', 'application/grpc'),
    ]);
    socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
    socket.write(Buffer.concat([frame(4, 0, 0, Buffer.alloc(0)), frame(1, 4, 1, headers)]));
    socket.write(frame(0, 0, 1, Buffer.from([0, 0, 0, 1, 0]))); // announces 256 bytes that never come
    await once(socket, 'data');
    await raw(running)('/grpc.health.v1.Health/Check', Buffer.alloc(0)); // by now the request above has arrived
    const closed = once(socket, 'close');
    await running.stop(30);
    await closed;
    expect(socket.destroyed).toBe(true);
  });

  test('health follows the life of the host', async () => {
    const running = await host([hello], { metricsAddress: '127.0.0.1:0' });
    const call = raw(running);
    const health = (service: string): Promise<Buffer> =>
      call('/grpc.health.v1.Health/Check', Buffer.from([10, service.length, ...Buffer.from(service)]));
    expect([...(await call('/grpc.health.v1.Health/Check', Buffer.alloc(0)))]).toEqual([8, 1]);
    expect([...(await health('apiextensions.fn.proto.v1.FunctionRunnerService'))]).toEqual([8, 1]);
    await expect(health('other')).rejects.toMatchObject({ code: status.NOT_FOUND });
    const watcher = new Client(`127.0.0.1:${running.port}`, credentials.createInsecure());
    cleanups.push(() => watcher.close());
    const seen: number[] = [];
    const stream = watcher.makeServerStreamRequest(
      '/grpc.health.v1.Health/Watch',
      passBytes,
      passBytes,
      Buffer.alloc(0),
    );
    stream.on('data', (bytes: Buffer) => seen.push(bytes[1] as number));
    stream.on('error', () => undefined);
    await eventually(() => expect(seen).toEqual([1]));
    await running.stop(1000);
    await eventually(() => expect(seen).toEqual([1, 2]));
  });

  test('metrics are told where one of them cannot be read, and routers count of their own', async () => {
    const resolve = () => hello;
    const router: Router = {
      resolve,
      meter: (meter) => meter.count('router_events_total', 'Of the router', { event: 'start' }, 3),
    };
    const running = await host([], { handlers: router, metricsAddress: '127.0.0.1:0' });
    const rss = vi.spyOn(process.memoryUsage, 'rss').mockImplementation(() => {
      throw new Error('ENOENT: no such file or directory, uv_resident_set_memory'); // no /proc
    });
    cleanups.push(() => rss.mockRestore());
    const text = await (await fetch(`http://127.0.0.1:${running.metricsPort}/metrics`)).text();
    expect(text).toContain('router_events_total{event="start"} 3\n');
    expect(text).toContain('function_calls_in_flight 0\n');
    expect(text).not.toMatch(/^process_resident_memory_bytes /m);
  });

  test('metrics count calls, results, sizes and refusals', async () => {
    const running = await host(
      [hello, serve('odd', () => ({ results: [{ severity: 'warning', message: 'w' }] }))],
      {
        metricsAddress: '127.0.0.1:0',
      },
    );
    const connected = client(running);
    await connected.run({ input: step('hello') ?? {} });
    await connected.run({ input: step('odd') ?? {} });
    await connected.run({ input: step('stranger') ?? {} });
    await expect(connected.runBytes(Buffer.from('garbage'))).rejects.toThrow('INVALID_ARGUMENT');
    const at = `http://127.0.0.1:${running.metricsPort}`;
    const text = await (await fetch(`${at}/metrics`)).text();
    for (const line of [
      'function_run_function_seconds_count{blueprint="hello"} 1',
      'function_run_function_seconds_bucket{blueprint="hello",le="+Inf"} 1',
      'function_results_total{blueprint="odd",severity="warning"} 1',
      'function_results_total{blueprint="",severity="fatal"} 1',
      'function_rejected_total{code="INVALID_ARGUMENT"} 1',
      'function_calls_in_flight 0',
      'function_calls_queued 0',
      'function_request_bytes_count{blueprint="hello"} 1',
    ]) {
      expect(text).toContain(`${line}\n`);
    }
    expect(text).not.toContain('stranger');
    expect((await fetch(`${at}/healthz`)).status).toBe(200);
    expect((await fetch(`${at}/readyz`)).status).toBe(200);
    expect((await fetch(`${at}/other`)).status).toBe(404);
    expect((await fetch(`${at}/metrics`, { method: 'POST' })).status).toBe(405);
  });
});
