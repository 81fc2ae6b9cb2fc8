import { connect } from 'node:http2';
import { performance } from 'node:perf_hooks';

/** What one run against one server gave. */
export interface Run {
  readonly perSecond: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly failed: number;
}

export interface LoadOptions {
  readonly port: number;
  /** Whole gRPC frames, sent in turn. */
  readonly frames: readonly Buffer[];
  readonly concurrency: number;
  readonly seconds: number;
  readonly tls?: { readonly ca: string; readonly cert: string; readonly key: string };
}

/** A message as gRPC frames it: not compressed, length first. */
export function frame(message: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

const HEADERS = {
  ':method': 'POST',
  ':path': '/apiextensions.fn.proto.v1.FunctionRunnerService/RunFunction',
  'content-type': 'application/grpc',
  te: 'trailers',
};

/** Calls over plain HTTP/2 with frames made beforehand: a gRPC client would cost more than an echo server does. */
export async function load(options: LoadOptions): Promise<Run> {
  const { tls } = options;
  const session = connect(`${tls === undefined ? 'http' : 'https'}://localhost:${options.port}`, {
    ...tls,
    settings: { initialWindowSize: 16 * 1024 * 1024 },
  });
  await new Promise<void>((resolve, reject) =>
    session.once('connect', () => resolve()).once('error', reject),
  );
  session.setLocalWindowSize(64 * 1024 * 1024);
  const times: number[] = [];
  let failed = 0;
  let next = 0;
  const started = performance.now();
  const end = started + options.seconds * 1000;
  const one = (): Promise<void> =>
    new Promise((resolve) => {
      const began = performance.now();
      const stream = session.request(HEADERS);
      let status: unknown;
      stream.on('response', (headers) => {
        status = headers['grpc-status']; // an error without a body comes in the first headers
      });
      stream.on('trailers', (trailers) => {
        status = trailers['grpc-status'];
      });
      stream.on('error', () => undefined);
      stream.on('close', () => {
        if (String(status) === '0') times.push(performance.now() - began);
        else failed++;
        resolve();
      });
      stream.resume();
      stream.end(options.frames[next++ % options.frames.length]);
    });
  const worker = async (): Promise<void> => {
    while (performance.now() < end) await one();
  };
  await Promise.all(Array.from({ length: options.concurrency }, worker));
  const took = (performance.now() - started) / 1000;
  session.close();
  times.sort((a, b) => a - b);
  const at = (share: number): number =>
    times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? Number.NaN;
  return { perSecond: times.length / took, p50: at(0.5), p99: at(0.99), failed };
}
