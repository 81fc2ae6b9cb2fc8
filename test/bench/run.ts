/**
 * npm run bench: our host beside what it competes with, for the same work: one process each, interleaved rounds,
 * medians. What means something are the ratios: client and servers share the machine.
 *
 *   node hack/run.mjs test/bench/run.ts [--full] [--rounds N] [--seconds N] [--peer NAME=PORT[@PID]] [--go BINARY] [--write]
 *
 * Default: 30 objects, concurrency 8, steady and changing, without TLS and with (under two minutes). --full: 5 to 500
 * objects, concurrency 1, 8, 32. --write: docs/bench.md and docs/bench.svg. `ours` composes in threads, `ours-1` in the
 * thread that listens; `echo` answers canned bytes. --go: the function of test/bench/peers/go, built with `go build`.
 */
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { createRunner, encodeRequest } from '../../lib/function/index.ts';
import { catalogueOf } from '../../lib/index.ts';
import { blueprintRouter } from '../../lib/serve/index.ts';
import { createCertificateAuthority } from '../../lib/testing/certificates.ts';
import { benchBlueprint } from './blueprint.ts';
import { frame, type LoadOptions, load, type Run } from './load.ts';
import { type Case, chart, type Figures, table } from './report.ts';
import { observedAfter, requestFor } from './requests.ts';

const { values: flags } = parseArgs({
  options: {
    full: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '1' },
    objects: { type: 'string' },
    concurrency: { type: 'string' },
    peer: { type: 'string', multiple: true, default: [] },
    go: { type: 'string' },
    write: { type: 'boolean', default: false },
  },
});
const DIFFERENT = 128; // requests made beforehand; more than any cache would keep for one XR

interface Peer {
  readonly name: string;
  readonly port: number;
  readonly pid: number | undefined;
  stop(): void;
}

interface Tls {
  readonly directory: string;
  readonly client: NonNullable<LoadOptions['tls']>;
}

async function start(name: string, objects: number, tls: Tls | undefined): Promise<Peer> {
  const args = [name, String(objects), ...(tls === undefined ? [] : [tls.directory])];
  const child = fork(new URL('./serve.ts', import.meta.url), args);
  const [port] = (await once(child, 'message')) as [number];
  return { name, port, pid: child.pid, stop: () => child.disconnect() };
}

async function startGo(binary: string, tls: Tls | undefined): Promise<Peer> {
  const port = await freePort();
  const secure = tls === undefined ? ['--insecure'] : ['--tls-certs-dir', tls.directory];
  const child: ChildProcess = spawn(binary, ['--address', `127.0.0.1:${port}`, ...secure], {
    stdio: 'ignore',
  });
  await reachable(port);
  return { name: 'go', port, pid: child.pid, stop: () => void child.kill() };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

async function reachable(port: number): Promise<void> {
  for (let i = 0; i < 100; i++) {
    const socket = connect(port, '127.0.0.1');
    const up = await new Promise<boolean>((resolve) =>
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false)),
    );
    socket.destroy();
    if (up) return;
    await delay(100);
  }
  throw new Error(`Cannot reach port ${port}`);
}

/** `name=port@pid`: without the process, its CPU and memory stay unknown. */
function given(text: string): Peer {
  const [name = '', address = ''] = text.split('=');
  const [where = '', pid] = address.split('@');
  return {
    name,
    port: Number(where.split(':').at(-1)),
    pid: pid === undefined ? undefined : Number(pid),
    stop: () => undefined,
  };
}

function certificates(): Tls {
  const authority = createCertificateAuthority();
  const server = authority.issue({ sans: ['localhost', '127.0.0.1'] });
  const client = authority.issue({ sans: ['crossplane'] });
  const directory = mkdtempSync(join(tmpdir(), 'bp-bench-'));
  writeFileSync(join(directory, 'tls.crt'), server.certificate);
  writeFileSync(join(directory, 'tls.key'), server.privateKey, { mode: 0o600 });
  writeFileSync(join(directory, 'ca.crt'), authority.certificate);
  return {
    directory,
    client: { ca: authority.certificate, cert: client.certificate, key: client.privateKey },
  };
}

const TICKS = 100; // per second, of /proc/PID/stat on every Linux we know

/** CPU-seconds so far and resident MiB of a process, from Linux; NaN elsewhere. */
function usage(pid: number | undefined): { cpu: number; rss: number } {
  const file = `/proc/${pid}/stat`;
  if (pid === undefined || !existsSync(file)) return { cpu: Number.NaN, rss: Number.NaN };
  const fields = readFileSync(file, 'utf8').split(') ')[1]?.split(' ') ?? [];
  const cpu = (Number(fields[11]) + Number(fields[12])) / TICKS;
  const rss = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return { cpu, rss: Number(rss) / 1024 };
}

async function frames(objects: number, changing: boolean): Promise<Buffer[]> {
  const blueprint = benchBlueprint(objects);
  const router = blueprintRouter([blueprint], { catalogue: catalogueOf([blueprint]) });
  const observed = await observedAfter(createRunner({ router, maxResponseBytes: 64 << 20 }), blueprint, {
    replicas: 1,
  });
  return Array.from({ length: objects > 100 ? 16 : DIFFERENT }, (_, i) => {
    const config = changing ? { replicas: i + 1, note: `note-${i}` } : { replicas: 1 };
    return frame(encodeRequest(requestFor(blueprint, config, observed, i.toString(16).padStart(64, '0'))));
  });
}

interface Measured extends Run {
  readonly cpu: number;
  readonly rss: number;
}

async function measure(peer: Peer, options: Omit<LoadOptions, 'port'>): Promise<Measured> {
  const before = usage(peer.pid);
  const run = await load({ ...options, port: peer.port });
  const after = usage(peer.pid);
  const calls = run.perSecond * options.seconds;
  return { ...run, cpu: ((after.cpu - before.cpu) / calls) * 1000, rss: after.rss };
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] as number;

async function compare(
  peers: readonly Peer[],
  one: Case,
  tls: Tls | undefined,
): Promise<Map<string, Figures>> {
  const sent = await frames(one.objects, one.changing);
  const rounds = Number(flags.rounds);
  const seconds = Number(flags.seconds);
  const all = new Map<string, Measured[]>(peers.map((p) => [p.name, []]));
  const own = process.cpuUsage();
  let calls = 0;
  for (let round = -1; round < rounds; round++) {
    for (const peer of peers) {
      const options = {
        frames: sent,
        concurrency: one.concurrency,
        seconds,
        ...(tls ? { tls: tls.client } : {}),
      };
      const measured = await measure(peer, options);
      calls += measured.perSecond * seconds;
      if (round >= 0) all.get(peer.name)?.push(measured); // the first round warms up
    }
  }
  const { user, system } = process.cpuUsage(own);
  const out = new Map<string, Figures>();
  for (const [name, list] of all) {
    const middle = (field: keyof Measured): number => median(list.map((m) => m[field]));
    out.set(name, {
      perSecond: middle('perSecond'),
      cpu: middle('cpu'),
      rss: middle('rss'),
      p50: middle('p50'),
      p99: middle('p99'),
      failed: list.reduce((sum, m) => sum + m.failed, 0),
    });
  }
  out.set('(client)', {
    perSecond: Number.NaN,
    cpu: (user + system) / 1000 / calls,
    rss: Number.NaN,
    p50: Number.NaN,
    p99: Number.NaN,
    failed: 0,
  });
  return out;
}

async function peersFor(objects: number, tls: Tls | undefined): Promise<Peer[]> {
  const own = await Promise.all(['echo', 'stock', 'ours', 'ours-1'].map((name) => start(name, objects, tls)));
  const go = flags.go === undefined ? [] : [await startGo(flags.go, tls)];
  return [...own, ...go, ...(tls === undefined ? flags.peer.map(given) : [])];
}

function list(
  text: string | undefined,
  full: readonly number[],
  short: readonly number[],
): readonly number[] {
  return text === undefined ? (flags.full ? full : short) : text.split(',').map(Number);
}

const done: { readonly case: Case; readonly figures: ReadonlyMap<string, Figures> }[] = [];
if (flags.go === undefined)
  console.error('skipped: the Go function (build test/bench/peers/go and give --go BINARY)');
console.error('skipped: a Python function (start one and give --peer python=PORT@PID)');
for (const secure of [false, true]) {
  const tls = secure ? certificates() : undefined;
  for (const objects of list(flags.objects, [5, 30, 100, 500], [30])) {
    const peers = await peersFor(objects, tls);
    for (const concurrency of list(flags.concurrency, [1, 8, 32], [8])) {
      for (const changing of [false, true]) {
        const one = { objects, concurrency, changing, tls: secure };
        const figures = await compare(peers, one, tls);
        done.push({ case: one, figures });
        console.log(table([{ case: one, figures }]));
      }
    }
    for (const peer of peers) peer.stop();
  }
}
if (flags.write) {
  const docs = new URL('../../docs/', import.meta.url);
  writeFileSync(new URL('bench.svg', docs), chart(done));
  writeFileSync(
    new URL('bench.md', docs),
    `${readFileSync(new URL('./bench.head.md', import.meta.url), 'utf8')}\n${table(done)}`,
  );
}
