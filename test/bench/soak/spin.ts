import { setTimeout as delay } from 'node:timers/promises';
import { connectFunction, createHost, encodeRequest } from '../../../lib/function/index.ts';
import { benchBlueprint } from '../blueprint.ts';
import { frame, loadGenerator } from '../load.ts';
import { requestFor } from '../requests.ts';
import { codesOf, type Finding, fine } from './report.ts';
import { spinBlueprint } from './spin-worker.ts';

const SECONDS = 10;
const TIMEOUT_MS = 1000; // of a call: a spinner is ended after it
const PAUSE_MS = 100; // between the calls for the spinner: a control plane waits longer

/** p99 of healthy Blueprints alone, and beside one that never ends. */
export async function soakSpin(): Promise<Finding[]> {
  const host = await createHost({
    workers: { module: new URL('./spin-worker.ts', import.meta.url).href },
    insecure: true,
    address: '127.0.0.1:0',
    timeoutMs: TIMEOUT_MS,
  });
  const address = `127.0.0.1:${host.port}`;
  const generator = loadGenerator();
  const healthy = Array.from({ length: 64 }, (_, i) =>
    frame(encodeRequest(requestFor(benchBlueprint(30), { replicas: i + 1, note: `n${i}` }))),
  );
  const good = await generator.prepare(healthy);
  const spinner = encodeRequest(requestFor(spinBlueprint(), {}));
  const client = connectFunction(address, { insecure: true });
  try {
    const measure = () => good.run({ address, concurrency: 4, seconds: SECONDS });
    await measure(); // warm
    const alone = await measure();
    let [over, spun] = [false, 0];
    const spinning = (async () => {
      for (; !over; spun++) await client.runBytes(spinner).then(() => delay(PAUSE_MS));
    })();
    const beside = await measure();
    over = true;
    await spinning;
    const ratio = beside.p99 / alone.p99;
    return [
      fine(
        `healthy alone: p50 ${alone.p50.toFixed(1)}, p99 ${alone.p99.toFixed(1)} ms (${codesOf(alone.codes)}); beside a ` +
          `spinner: p50 ${beside.p50.toFixed(1)}, p99 ${beside.p99.toFixed(1)} ms (${codesOf(beside.codes)}): ` +
          `${ratio.toFixed(2)} × p99`,
      ),
      fine(`${spun} calls for the spinner, answered with FATAL`),
    ];
  } finally {
    good.close();
    client.close();
    await host.stop(0);
  }
}
