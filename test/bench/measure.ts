import { usageOf } from '../../lib/testing/cluster/usage.ts';
import type { Prepared, Run } from './load.ts';
import { median } from './median.ts';
import type { Peer } from './peers.ts';
import { CLIENT, type Figures } from './report.ts';

const MIB = 1024 * 1024;

/** CPU-seconds so far and resident MiB of a process, from Linux; NaN elsewhere. */
export function usage(pid: number | undefined): { readonly cpu: number; readonly rss: number } {
  const used = pid === undefined ? undefined : usageOf(pid);
  return { cpu: used?.cpuSeconds ?? Number.NaN, rss: (used?.residentBytes ?? Number.NaN) / MIB };
}

export interface Rounds {
  readonly rounds: number;
  /** Of each round and peer. */
  readonly seconds: number;
  readonly concurrency: number;
}

interface Measured {
  readonly run: Run;
  /** CPU-seconds of the server. */
  readonly cpu: number;
  readonly rss: number;
}

async function measure(peer: Peer, load: Prepared, of: Rounds): Promise<Measured> {
  const before = usage(peer.pid);
  const run = await load.run({ address: peer.address, seconds: of.seconds, concurrency: of.concurrency });
  const after = usage(peer.pid);
  return { run, cpu: after.cpu - before.cpu, rss: after.rss };
}

const WARM = { seconds: 3, concurrency: 8 };

/** Until their code is compiled: a thousand calls or two, which a second of one call at a time is not. */
export async function warmUp(peers: readonly Peer[], load: Prepared): Promise<void> {
  for (const { address } of peers) await load.run({ address, ...WARM });
}

/** Medians of interleaved rounds, of each peer and of the load generator. */
export async function compare(
  peers: readonly Peer[],
  load: Prepared,
  of: Rounds,
): Promise<Map<string, Figures>> {
  const all = new Map<string, Measured[]>(peers.map((p) => [p.name, []]));
  for (let round = 0; round < of.rounds; round++) {
    for (const peer of peers) all.get(peer.name)?.push(await measure(peer, load, of));
  }
  const out = new Map([...all].map(([name, list]) => [name, figuresOf(list)]));
  const runs = [...all.values()].flat().map((m) => m.run);
  out.set(CLIENT, { ...UNKNOWN, cpu: (1000 * sum(runs.map((r) => r.cpu))) / sum(runs.map((r) => r.calls)) });
  return out;
}

const UNKNOWN: Figures = {
  perSecond: Number.NaN,
  cpu: Number.NaN,
  rss: Number.NaN,
  p50: Number.NaN,
  p99: Number.NaN,
  failed: {},
};

function figuresOf(list: readonly Measured[]): Figures {
  const middle = (value: (m: Measured) => number): number => median(list.map(value));
  const good = ({ run }: Measured): number => run.codes['0'] ?? 0;
  const failed: Record<string, number> = {};
  for (const { run } of list)
    for (const [code, n] of Object.entries(run.codes))
      if (code !== '0') failed[code] = (failed[code] ?? 0) + n;
  return {
    perSecond: middle((m) => good(m) / m.run.seconds),
    cpu: middle((m) => (1000 * m.cpu) / m.run.calls),
    rss: middle((m) => m.rss),
    p50: middle((m) => m.run.p50),
    p99: middle((m) => m.run.p99),
    failed,
  };
}

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
