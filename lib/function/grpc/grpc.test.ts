import { once } from 'node:events';
import {
  type ClientHttp2Session,
  connect,
  constants,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
} from 'node:http2';
import { deflateSync, gzipSync } from 'node:zlib';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { eventually } from '../../testing/eventually.test-helper.ts';
import { GrpcServer, type Method, unary } from './index.ts';
import { MessageReader } from './message-reader.ts';
import { parseTimeout } from './status.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const MAX = 1000; // bytes of a message

async function serve(methods: Record<string, Method>): Promise<ClientHttp2Session> {
  const server = new GrpcServer({ methods: new Map(Object.entries(methods)), maxMessageBytes: MAX });
  const port = await server.listen({ port: 0, host: '127.0.0.1' });
  const session = connect(`http://127.0.0.1:${port}`);
  cleanups.push(
    () => server.destroy(),
    () => session.destroy(),
  );
  return session;
}

const echo: Method = unary((request, call) => call.answer(request));
const framed = (message: Buffer, flag = 0): Buffer => {
  const head = Buffer.alloc(5);
  head[0] = flag;
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
};
const HEADERS = { ':method': 'POST', ':path': '/echo', 'content-type': 'application/grpc', te: 'trailers' };

interface Answer {
  readonly headers: IncomingHttpHeaders;
  readonly status: string | undefined;
  readonly details: string | undefined;
  readonly body: Buffer;
}

async function call(
  session: ClientHttp2Session,
  headers: OutgoingHttpHeaders,
  parts: readonly Buffer[],
  { open = false }: { readonly open?: boolean } = {},
): Promise<Answer> {
  const stream = session.request({ ...HEADERS, ...headers });
  let first: IncomingHttpHeaders = {};
  let trailers: IncomingHttpHeaders = {};
  const body: Buffer[] = [];
  stream.on('response', (h) => (first = h)).on('trailers', (t) => (trailers = t));
  stream.on('data', (bytes: Buffer) => body.push(bytes)).on('error', () => undefined);
  for (const part of parts) stream.write(part);
  if (!open) stream.end();
  await once(stream, 'close');
  const text = (name: string): string | undefined => (trailers[name] ?? first[name]) as string | undefined;
  return {
    headers: first,
    status: text('grpc-status'),
    details: text('grpc-message'),
    body: Buffer.concat(body),
  };
}

const hello = Buffer.from('hello');

describe('a unary call', () => {
  const fine: Record<string, { reason: string; headers?: OutgoingHttpHeaders; parts: readonly Buffer[] }> = {
    Whole: { reason: 'a message and its end', parts: [framed(hello)] },
    Crumbs: {
      reason: 'the wire cuts where it likes',
      parts: [...framed(hello)].map((byte) => Buffer.from([byte])),
    },
    Gzip: {
      reason: 'a client may compress',
      headers: { 'grpc-encoding': 'gzip' },
      parts: [framed(gzipSync(hello), 1)],
    },
    Deflate: {
      reason: 'in either of two ways',
      headers: { 'grpc-encoding': 'deflate' },
      parts: [framed(deflateSync(hello), 1)],
    },
    NotCompressed: {
      reason: 'or say that it may, and not do so',
      headers: { 'grpc-encoding': 'gzip' },
      parts: [framed(hello)],
    },
  };
  test.for(Object.entries(fine))('is answered: %s', async ([, tc]) => {
    const answer = await call(await serve({ '/echo': echo }), tc.headers ?? {}, tc.parts);
    expect(answer.status, tc.reason).toBe('0');
    expect(answer.body).toEqual(framed(hello));
    expect(answer.headers[':status']).toBe(200);
  });

  const refused: Record<
    string,
    { reason: string; want: number; headers?: OutgoingHttpHeaders; parts: readonly Buffer[]; open?: boolean }
  > = {
    Unknown: { reason: 'UNIMPLEMENTED', want: 12, headers: { ':path': '/other' }, parts: [framed(hello)] },
    Twice: { reason: 'a unary method takes one', want: 12, parts: [framed(hello), framed(hello)] },
    Never: { reason: 'and not none', want: 12, parts: [] },
    CutOff: { reason: 'nothing is made of half a message', want: 13, parts: [framed(hello).subarray(0, 7)] },
    TooLarge: {
      reason: 'the announcement is enough',
      want: 8,
      parts: [framed(Buffer.alloc(MAX + 1)).subarray(0, 6)],
      open: true,
    },
    Bomb: {
      reason: 'what it becomes counts, not what it is',
      want: 8,
      headers: { 'grpc-encoding': 'gzip' },
      parts: [framed(gzipSync(Buffer.alloc(MAX + 1)), 1)],
    },
    Garbage: {
      reason: 'not gzip',
      want: 13,
      headers: { 'grpc-encoding': 'gzip' },
      parts: [framed(hello, 1)],
    },
    Undeclared: {
      reason: 'compressed, and the headers do not say how',
      want: 13,
      parts: [framed(gzipSync(hello), 1)],
    },
    Exotic: { reason: 'UNIMPLEMENTED', want: 12, headers: { 'grpc-encoding': 'snappy' }, parts: [] },
    Deadline: { reason: 'malformed', want: 13, headers: { 'grpc-timeout': 'soon' }, parts: [framed(hello)] },
    Late: { reason: 'it passed', want: 4, headers: { 'grpc-timeout': '5m' }, parts: [], open: true },
  };
  test.for(Object.entries(refused))('is refused: %s', async ([, tc]) => {
    const session = await serve({ '/echo': echo });
    const answer = await call(session, tc.headers ?? {}, tc.parts, { open: tc.open ?? false });
    expect(answer.status, tc.reason).toBe(String(tc.want));
    expect((await call(session, {}, [framed(hello)])).status, 'the connection goes on').toBe('0');
  });

  test('what is not gRPC gets an HTTP status', async () => {
    const session = await serve({ '/echo': echo });
    for (const type of ['application/json', 'application/grpc-web', 'application/grpc-web+proto']) {
      const other = await call(session, { 'content-type': type }, []);
      expect(other.headers[':status'], type).toBe(415);
    }
    for (const type of ['application/grpc+proto', 'application/grpc;x=1'])
      expect((await call(session, { 'content-type': type }, [framed(hello)])).status, type).toBe('0');
    expect((await call(session, { ':method': 'GET' }, [])).headers[':status']).toBe(405);
  });

  test('details are percent-encoded, whatever they hold', async () => {
    const session = await serve({
      '/echo': unary((_, c) => c.fail('INTERNAL', '100 % schön\n\ud800')),
    });
    const { details } = await call(session, {}, [framed(hello)]);
    expect(details).toBe('100 %25 sch%C3%B6n%0A%EF%BF%BD');
  });

  test('a caller that goes away is told of once, and an answer to nobody is no defect', async () => {
    const cancelled = vi.fn();
    let late: (() => void) | undefined;
    const session = await serve({
      '/echo': unary((request, c, onCancelled) => {
        onCancelled(cancelled);
        late = () => c.answer(request);
      }),
    });
    const stream = session.request(HEADERS);
    stream.on('error', () => undefined);
    stream.end(framed(hello));
    await eventually(() => expect(late).toBeDefined());
    stream.close(constants.NGHTTP2_CANCEL);
    await eventually(() => expect(cancelled).toHaveBeenCalledTimes(1));
    late?.();
    session.destroy();
    expect(cancelled).toHaveBeenCalledTimes(1);
  });
});

test('a stream of messages is answered one by one, and may end in an error', async () => {
  const session = await serve({
    '/echo': (c) => ({
      message: (bytes) => c.send(bytes),
      end: () => c.fail('UNAVAILABLE', 'enough'),
    }),
  });
  const answer = await call(session, {}, [framed(hello), framed(Buffer.from('again'))]);
  expect(answer.body).toEqual(Buffer.concat([framed(hello), framed(Buffer.from('again'))]));
  expect([answer.status, answer.details]).toEqual(['14', 'enough']);
});

test('at the bound, whoever has most open calls makes room for the others', async () => {
  const server = new GrpcServer({ methods: new Map([['/echo', echo]]), maxMessageBytes: MAX, maxCalls: 4 });
  const port = await server.listen({ port: 0, host: '127.0.0.1' });
  const [greedy, modest] = [0, 1].map(() => connect(`http://127.0.0.1:${port}`)) as [
    ClientHttp2Session,
    ClientHttp2Session,
  ];
  cleanups.push(
    () => server.destroy(),
    () => greedy.destroy(),
    () => modest.destroy(),
  );
  const ended: number[] = [];
  const held = Array.from({ length: 5 }, (_, i) =>
    call(greedy, {}, [framed(hello).subarray(0, 7)], { open: true }).finally(() => ended.push(i)),
  );
  const refused = { status: '8', details: 'too many calls are open' };
  expect(await held[4], 'its own fifth takes no place of anybody').toMatchObject(refused);
  const answers = await Promise.all([0, 1].map(() => call(modest, {}, [framed(hello)])));
  expect(answers.map((a) => a.status)).toEqual(['0', '0']);
  expect(await held[0]).toMatchObject(refused);
  expect(ended.slice(0, 2), 'the oldest, and only as many as it takes').toEqual([4, 0]);
  expect(ended).not.toContain(3);
});

test('drain() lets what runs finish, takes nothing new, and resolves then', async () => {
  let finish: (() => void) | undefined;
  const server = new GrpcServer({
    methods: new Map([['/echo', unary((request, c) => (finish = () => c.answer(request)))]]),
    maxMessageBytes: MAX,
  });
  const port = await server.listen({ port: 0, host: '127.0.0.1' });
  const session = connect(`http://127.0.0.1:${port}`);
  cleanups.push(
    () => server.destroy(),
    () => session.destroy(),
  );
  const running = call(session, {}, [framed(hello)]);
  await eventually(() => expect(finish).toBeDefined());
  const order: string[] = [];
  const drained = server.drain().then(() => order.push('drained'));
  const refused = connect(`http://127.0.0.1:${port}`);
  await once(refused, 'error');
  finish?.();
  expect((await running).status).toBe('0');
  order.push('answered');
  await drained;
  expect(order).toEqual(['answered', 'drained']);
});

test('a message in very many crumbs is put together', () => {
  const reader = new MessageReader(MAX, 'identity');
  const message = Buffer.from('x'.repeat(MAX));
  for (const byte of framed(message)) {
    expect(reader.next()).toBeUndefined();
    reader.add(Buffer.from([byte]));
  }
  expect(reader.next()).toEqual(message);
  expect(reader.held).toBe(0);
});

test('each message has memory of its own, however the bytes of several come', () => {
  const messages = ['one', 'x'.repeat(MAX), '', 'four'].map((text) => Buffer.from(text));
  const stream = Buffer.concat(messages.map((message) => framed(message)));
  for (const size of [1, 7, 100, stream.length]) {
    const reader = new MessageReader(MAX, 'identity');
    const read: Buffer[] = [];
    for (let at = 0; at < stream.length; at += size) {
      reader.add(Buffer.from(stream.subarray(at, at + size)));
      for (let message = reader.next(); message !== undefined; message = reader.next()) read.push(message);
    }
    expect(read, `in pieces of ${size}`).toEqual(messages);
    expect(read.map((m) => m.buffer.byteLength)).toEqual(messages.map((m) => m.length));
    expect(reader.held).toBe(0);
  }
});

const TIMEOUTS: Record<string, number> = {
  '1H': 3_600_000,
  '2M': 120_000,
  '3S': 3000,
  '250m': 250,
  '1500u': 2,
  '1n': 1,
  '99999999H': 2 ** 31 - 1,
};
test.for(Object.entries(TIMEOUTS))('grpc-timeout %s is %d ms', ([header, ms]) => {
  expect(parseTimeout(header)).toBe(ms);
});
