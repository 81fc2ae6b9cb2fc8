import { frame, loadGenerator } from '../load.ts';
import { median } from '../median.ts';
import { BpProcess } from './bp-process.ts';
import { catalogueRequests } from './catalogue-requests.ts';
import { codesOf, type Finding, faulty, fine } from './report.ts';

const XRS = 40; // of each size of each Blueprint: more than is kept, so that some are composed and some are not
const WARM = 0.2; // of the run
export const FLAT = 0.05; // of resident memory, by which it may grow

/** So many calls over all Blueprints; is memory flat? */
export async function soakCalls(calls: number, flags: readonly string[] = []): Promise<Finding[]> {
  const bodies = (await catalogueRequests(XRS)).map(frame);
  const host = await BpProcess.start(['--insecure', ...flags]);
  const load = await loadGenerator().prepare(bodies);
  try {
    const idle = host.rss;
    const { result, rss } = await host.sample(load.run({ address: host.address, concurrency: 8, calls }));
    const warm = rss.slice(Math.floor(rss.length * WARM));
    const quarter = Math.max(1, warm.length >> 2);
    const [first, last] = [median(warm.slice(0, quarter)), median(warm.slice(-quarter))];
    const drift = last / first - 1;
    const outcomes = await outcomesOf(host);
    const text =
      `${result.calls} calls in ${result.seconds.toFixed(0)} s: ${codesOf(result.codes)}; ` +
      `p50 ${result.p50.toFixed(1)} ms, p99 ${result.p99.toFixed(1)} ms`;
    const memory =
      `RSS ${idle.toFixed(0)} MiB idle; under load, warm: ${Math.min(...warm).toFixed(0)} to ` +
      `${Math.max(...warm).toFixed(0)}, first quarter ${first.toFixed(0)}, last ${last.toFixed(0)} (${percent(drift)}), ` +
      `${warm.length} samples`;
    return [
      (result.codes['0'] ?? 0) === result.calls ? fine(text) : faulty(text),
      drift <= FLAT ? fine(memory) : faulty(memory),
      fine(
        `${bodies.length} XRs of ${(bodies.reduce((sum, b) => sum + b.length, 0) / bodies.length / 1024).toFixed(0)} KiB; answered by: ${outcomes}`,
      ),
      ...(await ending(host)),
    ];
  } finally {
    load.close();
    await host.stop();
  }
}

/** It lives, it logged no defect, and it ends well. */
export async function ending(host: BpProcess): Promise<Finding[]> {
  if (!host.alive) return [faulty('the host ended')];
  const errors = host.errors.map((line) => faulty(`logged: ${line}`));
  const code = await host.stop();
  return [
    ...errors,
    code === 0 ? fine('the host lives, and ends with 0') : faulty(`the host ended with ${code}`),
  ];
}

export const percent = (share: number): string => `${share >= 0 ? '+' : ''}${(share * 100).toFixed(1)} %`;

/** How the host found its answers, over all Blueprints. */
async function outcomesOf(host: BpProcess): Promise<string> {
  const sums: Record<string, number> = {};
  for (const [, outcome = '', n] of (await host.metrics()).matchAll(
    /^function_cache_total\{.*outcome="(\w+)"\} (\d+)/gm,
  ))
    sums[outcome] = (sums[outcome] ?? 0) + Number(n);
  return Object.entries(sums)
    .map(([outcome, n]) => `${outcome} ${n}`)
    .join(', ');
}
