import { mutate } from '../hostile/mutate.ts';
import { Random } from '../hostile/random.ts';
import { frame, loadGenerator } from '../load.ts';
import { median } from '../median.ts';
import { BpProcess } from './bp-process.ts';
import { ending, FLAT, percent } from './calls.ts';
import { catalogueRequests } from './catalogue-requests.ts';
import { codesOf, type Finding, faulty, fine, hasStack } from './report.ts';

const BATCH = 4000;
// INTERNAL is what gRPC's own rules ask for where a frame is broken: flags, compression, half a message.
const FRAMES = /compressed|middle of a message|malformed/;

/** So many broken requests; what came of them, and what of the host. */
export async function soakMutated(
  count: number,
  seed: number,
  flags: readonly string[] = [],
): Promise<Finding[]> {
  const good = await catalogueRequests(1);
  const host = await BpProcess.start(['--insecure', ...flags]);
  const generator = loadGenerator();
  const random = new Random(seed);
  const codes: Record<string, number> = {};
  const messages = new Map<string, string>();
  const rss: number[] = [];
  try {
    for (let done = 0; done < count; done += BATCH) {
      const bodies = Array.from(
        { length: Math.min(BATCH, count - done) },
        () => mutate(random.pick(good), random).body,
      );
      const load = await generator.prepare(bodies);
      const run = await load.run({ address: host.address, concurrency: 32, calls: bodies.length });
      load.close();
      for (const [code, n] of Object.entries(run.codes)) codes[code] = (codes[code] ?? 0) + n;
      for (const [code, message] of Object.entries(run.messages)) messages.set(`${code} ${message}`, message);
      rss.push(host.rss);
    }
    const after = await (await generator.prepare([frame(good[0] as Buffer)])).run({
      address: host.address,
      concurrency: 1,
      calls: 10,
    });
    const quarter = Math.max(1, rss.length >> 2);
    const quarters = [0, 1, 2, 3].map((i) => median(rss.slice(i * quarter, (i + 1) * quarter)));
    const [third = 0, last = 0] = quarters.slice(2); // by then what is kept of the requests that are still good has its size
    const odd = [...messages].filter(([, m]) => hasStack(m));
    const internal = [...messages].filter(
      ([key, m]) => key.startsWith('13 ') && !FRAMES.test(decodeURIComponent(m)),
    );
    const lost = Object.keys(codes).filter((code) => !/^\d+$/.test(code));
    return [
      (lost.length === 0 ? fine : faulty)(`${count} broken requests: ${codesOf(codes)}`),
      ...[...messages.keys()].slice(0, 30).map((m) => fine(`e.g. ${m.slice(0, 160)}`)),
      ...[...odd, ...internal].map(([key]) => faulty(`not for callers: ${key}`)),
      (last / third - 1 <= FLAT ? fine : faulty)(
        `RSS by quarters of the run: ${quarters.map((q) => q.toFixed(0)).join(', ')} MiB (${percent(last / third - 1)} in the last)`,
      ),
      (after.codes['0'] === 10 ? fine : faulty)(`afterwards ten honest calls: ${codesOf(after.codes)}`),
      ...(await ending(host)),
    ];
  } finally {
    await host.stop();
  }
}
