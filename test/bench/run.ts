/**
 * npm run bench: our host beside what it competes with, for the same work: one process each, interleaved rounds,
 * medians. What means something are the ratios: client and servers share the machine.
 *
 *   node hack/run.mjs test/bench/run.ts [--full] [--rounds N] [--seconds N] [--objects N,…] [--concurrency N,…]
 *                                       [--only NAME,…] [--peer NAME=HOST:PORT[@PID]]… [--write]
 *
 * Default: 30 objects, concurrency 8, steady and changing, without TLS and with. --full: 5 to 500 objects, concurrency
 * 1, 8, 32. --write: docs/bench.md and docs/bench.svg, with a row of every case and tables of the default's. `ours`
 * composes in threads, `ours-1` in the thread that listens; `echo` answers canned bytes; `go` and `python` are functions
 * on the SDKs of those languages, where they can be built.
 * --peer: any other function that listens without TLS; with its process, CPU and memory are known as well.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { createRunner, encodeRequest } from '../../lib/function/index.ts';
import { catalogueOf } from '../../lib/index.ts';
import { blueprintRouter } from '../../lib/serve/index.ts';
import { benchBlueprint } from './blueprint.ts';
import { certificates, type Tls } from './certificates.ts';
import { frame, loadGenerator } from './load.ts';
import { compare, warmUp } from './measure.ts';
import { givenPeer, type Peer, startGo, startOwn, startPython } from './peers.ts';
import { chart, overview, type Result, table } from './report.ts';
import { observedAfter, requestFor } from './requests.ts';
import type { Missing } from './tools.ts';

const { values: flags } = parseArgs({
  options: {
    full: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '1' },
    objects: { type: 'string' },
    concurrency: { type: 'string' },
    only: { type: 'string' },
    peer: { type: 'string', multiple: true, default: [] },
    write: { type: 'boolean', default: false },
  },
});
const [OBJECTS, CONCURRENCY] = [30, 8]; // unless others are asked for
const DIFFERENT = 128; // requests made beforehand; more than any cache would keep for one XR

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

const given = flags.peer.map(givenPeer);
const wanted = flags.only?.split(',');

async function peersFor(objects: number, tls: Tls | undefined): Promise<Peer[]> {
  const own = ['echo', 'stock', 'ours', 'ours-1'].map(
    (name) => [name, () => startOwn(name, objects, tls?.directory)] as const,
  );
  const starts: readonly (readonly [string, () => Promise<Peer | Missing>])[] = [
    ...own,
    ['go', () => startGo(tls?.directory)],
    ['python', () => startPython(tls?.directory)],
  ];
  const peers: Peer[] = [];
  for (const [name, start] of starts) {
    if (wanted !== undefined && !wanted.includes(name)) continue;
    const peer = await start();
    if ('missing' in peer) console.error(`skipped: ${name} (${peer.missing})`);
    else peers.push(peer);
  }
  return [...peers, ...(tls === undefined ? given : [])];
}

function list(
  text: string | undefined,
  full: readonly number[],
  short: readonly number[],
): readonly number[] {
  return text === undefined ? (flags.full ? full : short) : text.split(',').map(Number);
}

const done: Result[] = [];
const generator = loadGenerator();

async function measureCases(objects: number, tls: Tls | undefined, peers: readonly Peer[]): Promise<void> {
  for (const changing of [false, true]) {
    const load = await generator.prepare(await frames(objects, changing), tls?.client);
    await warmUp(peers, load);
    for (const concurrency of list(flags.concurrency, [1, 8, 32], [CONCURRENCY])) {
      const of = { rounds: Number(flags.rounds), seconds: Number(flags.seconds), concurrency };
      const figures = await compare(peers, load, of);
      const result = { case: { objects, concurrency, changing, tls: tls !== undefined }, figures };
      done.push(result);
      console.log(table([result]));
    }
    load.close();
  }
}

for (const secure of [false, true]) {
  const tls = secure ? certificates() : undefined;
  for (const objects of list(flags.objects, [5, 30, 100, 500], [OBJECTS])) {
    const peers = await peersFor(objects, tls);
    try {
      await measureCases(objects, tls, peers);
    } finally {
      for (const peer of peers) peer.stop();
    }
  }
  if (tls !== undefined) rmSync(tls.directory, { recursive: true });
}
console.log(overview(done));
if (flags.write) {
  const docs = new URL('../../docs/', import.meta.url);
  const usual = done.filter(({ case: of }) => of.objects === OBJECTS && of.concurrency === CONCURRENCY);
  const shown = usual.length === 0 ? done : usual;
  const head = readFileSync(new URL('./bench.head.md', import.meta.url), 'utf8');
  writeFileSync(new URL('bench.svg', docs), chart(shown));
  writeFileSync(new URL('bench.md', docs), `${head}\n${overview(done)}\n${table(shown)}`);
}
