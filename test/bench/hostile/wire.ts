import { connect, type Socket } from 'node:net';

/** Parts of HTTP/2, byte by byte: what no library would send. */

export const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
export const TYPE = { data: 0, headers: 1, reset: 3, settings: 4, ping: 6, window: 8, more: 9 } as const;
export const FLAG = { endStream: 1, endHeaders: 4 } as const;

const PATH = '/apiextensions.fn.proto.v1.FunctionRunnerService/RunFunction';

export function http2Frame(type: number, flags: number, stream: number, payload: Uint8Array): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** HPACK: literal, not indexed, not compressed. */
export function literal(name: string, value: string): Buffer {
  return Buffer.concat([Buffer.from([0]), text(name), text(value)]);
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  if (bytes.length < 127) return Buffer.concat([Buffer.from([bytes.length]), bytes]);
  const out: number[] = [127];
  let rest = bytes.length - 127;
  for (; rest > 127; rest >>>= 7) out.push((rest & 127) | 128);
  return Buffer.concat([Buffer.from([...out, rest]), bytes]);
}

/** The headers of a call. */
export const CALL_HEADERS: Buffer = Buffer.concat([
  literal(':method', 'POST'),
  literal(':scheme', 'http'),
  literal(':path', PATH),
  literal(':authority', 'x'),
  literal('content-type', 'application/grpc'),
  literal('te', 'trailers'),
]);

export function openCall(stream: number, more: Uint8Array = Buffer.alloc(0)): Buffer {
  return http2Frame(TYPE.headers, FLAG.endHeaders, stream, Buffer.concat([CALL_HEADERS, more]));
}

export function settings(values: Readonly<Record<number, number>> = {}): Buffer {
  const payload = Buffer.concat(
    Object.entries(values).map(([id, value]) => {
      const one = Buffer.alloc(6);
      one.writeUInt16BE(Number(id));
      one.writeUInt32BE(value, 2);
      return one;
    }),
  );
  return http2Frame(TYPE.settings, 0, 0, payload);
}

/** A connection that says whatever it likes; `closed` resolves when the server, or the attacker, ends it. */
export interface RawConnection {
  readonly socket: Socket;
  readonly closed: Promise<void>;
}

/** Resolves once connected; undefined if the server did not take it. */
export function rawConnection(port: number): Promise<RawConnection | undefined> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const closed = new Promise<void>((done) => socket.once('close', () => done()));
    socket.on('error', () => resolve(undefined));
    socket.once('connect', () => {
      socket.resume();
      resolve({ socket, closed });
    });
  });
}
