/**
 * What one call costs inside the host, transport left out: real Blueprints and the bench's own, the XR changing in
 * every request or not at all. Run: `node --cpu-prof test/bench/compose.ts [NAME…]` to see where the time goes.
 */
import { AnswerCache, createRunner, encodeRequest } from '../../lib/function/index.ts';
import type { Blueprint } from '../../lib/index.ts';
import { catalogueOf } from '../../lib/index.ts';
import type { JsonObject } from '../../lib/internal/json.ts';
import { blueprintRouter } from '../../lib/serve/index.ts';
import { benchBlueprint } from './blueprint.ts';
import { observedAfter, requestFor } from './requests.ts';

const SECONDS = Number(process.env.BENCH_SECONDS ?? 1.5);

async function measure(name: string, blueprint: Blueprint, config: (i: number) => JsonObject): Promise<void> {
  const runner = createRunner({
    cache: new AnswerCache(32 * 1024 * 1024),
    router: blueprintRouter([blueprint], { catalogue: catalogueOf([blueprint]) }),
  });
  const observed = await observedAfter(runner, blueprint, config(1));
  const changing = Array.from({ length: 64 }, (_, i) =>
    encodeRequest(requestFor(blueprint, config(i + 1), observed, tagOf(i))),
  );
  const steady = Array.from({ length: 64 }, (_, i) =>
    encodeRequest(requestFor(blueprint, config(1), observed, tagOf(i))),
  );
  const figures = [];
  for (const requests of [changing, steady]) {
    figures.push(await perCall((i) => runner.run(requests[i % requests.length] as Buffer)));
  }
  const [c, s] = figures.map((us) => us.toFixed(0).padStart(6));
  console.log(
    `${name.padEnd(12)} ${observed.size} objects, ${changing[0]?.length} bytes: changing ${c} µs, steady ${s} µs`,
  );
}

/** As long as Crossplane's: a SHA-256. */
function tagOf(i: number): string {
  return i.toString(16).padStart(64, '0');
}

async function perCall(call: (i: number) => Promise<unknown>): Promise<number> {
  for (let i = 0; i < 300; i++) await call(i);
  const until = performance.now() + SECONDS * 1000;
  const { user, system } = process.cpuUsage();
  let calls = 0;
  while (performance.now() < until) for (let i = 0; i < 20; i++) await call(calls++);
  const used = process.cpuUsage({ user, system });
  return (used.user + used.system) / calls;
}

const own = (count: number) => ({
  blueprint: benchBlueprint(count),
  config: (i: number) => ({ replicas: i, note: `n${i}` }),
});
const known: Record<string, () => Promise<{ blueprint: Blueprint; config: (i: number) => JsonObject }>> = {
  cnpg: async () => ({
    blueprint: (await import('../../blueprints/platform/cnpg/blueprint.ts')).default as Blueprint,
    config: (i) => ({ resources: { cpu: `${100 + i}m` } }),
  }),
  keycloak: async () => ({
    blueprint: (await import('../../blueprints/platform/keycloak/blueprint.ts')).default as Blueprint,
    config: (i) => ({ resources: { cpu: `${100 + i}m` } }),
  }),
  bench: async () => own(30),
  'bench-100': async () => own(100),
};
const names = process.argv.slice(2);
for (const [name, load] of Object.entries(known)) {
  if (names.length > 0 && !names.includes(name)) continue;
  const { blueprint, config } = await load();
  await measure(name, blueprint, config);
}
