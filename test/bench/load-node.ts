import { connect } from 'node:http2';
import { performance } from 'node:perf_hooks';
import type { LoadOptions, Run } from './load.ts';

const HEADERS = {
  ':method': 'POST',
  ':path': '/apiextensions.fn.proto.v1.FunctionRunnerService/RunFunction',
  'content-type': 'application/grpc',
  te: 'trailers',
};

/** Calls over plain HTTP/2 from this process: what is used where Go is not there. */
export async function loadFromNode(options: LoadOptions): Promise<Run> {
  const { tls, bodies, calls = Number.POSITIVE_INFINITY } = options;
  const session = connect(`${tls === undefined ? 'http' : 'https'}://${options.address}`, {
    ...(tls === undefined ? {} : { ...tls, servername: 'localhost' }),
    settings: { initialWindowSize: 16 * 1024 * 1024 },
  });
  await new Promise<void>((resolve, reject) =>
    session.once('connect', () => resolve()).once('error', reject),
  );
  session.setLocalWindowSize(64 * 1024 * 1024);
  const times: number[] = [];
  const codes: Record<string, number> = {};
  const messages: Record<string, string> = {};
  let next = 0;
  const own = process.cpuUsage();
  const started = performance.now();
  const end = started + (options.seconds ?? Number.POSITIVE_INFINITY) * 1000;
  const one = (): Promise<void> =>
    new Promise((resolve) => {
      const began = performance.now();
      const stream = session.request(HEADERS);
      let [status, message] = ['no status', ''];
      const read = (headers: { readonly [name: string]: unknown }): void => {
        if (headers['grpc-status'] !== undefined) status = String(headers['grpc-status']);
        if (headers['grpc-message'] !== undefined) message = String(headers['grpc-message']);
      };
      stream.on('response', read); // an error without a body comes in the first headers
      stream.on('trailers', read);
      stream.on('error', (error) => {
        if (status === 'no status') status = error.message;
      });
      stream.on('close', () => {
        codes[status] = (codes[status] ?? 0) + 1;
        if (status === '0') times.push(performance.now() - began);
        else messages[status] ??= message;
        resolve();
      });
      stream.resume();
      stream.end(bodies[next++ % bodies.length]);
    });
  const worker = async (): Promise<void> => {
    while (next < calls && performance.now() < end) await one();
  };
  await Promise.all(Array.from({ length: options.concurrency }, worker));
  const seconds = (performance.now() - started) / 1000;
  const { user, system } = process.cpuUsage(own);
  session.close();
  times.sort((a, b) => a - b);
  const at = (share: number): number =>
    times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? Number.NaN;
  const all = Object.values(codes).reduce((sum, n) => sum + n, 0);
  return {
    calls: all,
    seconds,
    p50: at(0.5),
    p99: at(0.99),
    max: at(1),
    cpu: (user + system) / 1e6,
    codes,
    messages,
  };
}
