import { rmSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { connectFunction, type FunctionClient } from '../../../lib/function/index.ts';
import { certificates } from '../certificates.ts';
import { ATTACKS, type Attack, TLS_ATTACKS } from '../hostile/attacks.ts';
import { Random } from '../hostile/random.ts';
import { frame } from '../load.ts';
import { BpProcess } from './bp-process.ts';
import { ending } from './calls.ts';
import { catalogueRequests } from './catalogue-requests.ts';
import { type Finding, faulty, fine } from './report.ts';

export interface AttackSizes {
  readonly connections: number;
  readonly holdMs: number;
  readonly seed: number;
  readonly secure: boolean;
}

// Frames, not connections: a flood is many of them.
const FLOODS = new Set(['rapidReset', 'callAndReset', 'pings', 'settingsFlood', 'emptyFrames']);
const FLOOD_FACTOR = 10;
const SETTLE_MS = 3000;

/** One attack after the other, each with an honest caller beside it. */
export async function soakAttacks({ connections, holdMs, seed, secure }: AttackSizes): Promise<Finding[]> {
  const [request = Buffer.alloc(0)] = await catalogueRequests(1);
  const tls = secure ? certificates() : undefined;
  const host = await BpProcess.start(tls === undefined ? ['--insecure'] : ['--tls-certs-dir', tls.directory]);
  const client = (): FunctionClient =>
    connectFunction(host.address, {
      ...(tls === undefined
        ? { insecure: true }
        : {
            tls: { ca: tls.client.ca, certificate: tls.client.cert, privateKey: tls.client.key },
            serverName: 'localhost',
          }),
    });
  const findings: Finding[] = [];
  try {
    for (const [name, attack] of Object.entries(secure ? TLS_ATTACKS : ATTACKS)) {
      const count = FLOODS.has(name) ? connections * FLOOD_FACTOR : connections;
      const target = { port: host.port, random: new Random(seed), count, holdMs, body: frame(request) };
      findings.push(await one(name, attack, target, host, client, request));
      if (!host.alive) break;
    }
    return [...findings, ...(await ending(host))];
  } finally {
    await host.stop();
    if (tls !== undefined) rmSync(tls.directory, { recursive: true });
  }
}

async function one(
  name: string,
  attack: Attack,
  target: Parameters<Attack>[0],
  host: BpProcess,
  connect: () => FunctionClient,
  request: Buffer,
): Promise<Finding> {
  const before = host.rss;
  const started = Date.now();
  let over = false;
  const attacking = attack(target).finally(() => {
    over = true;
  });
  const served = { old: 0, fresh: 0, failed: new Map<string, number>(), slowest: 0 };
  const steady = connect();
  const call = async (client: FunctionClient, kind: 'old' | 'fresh'): Promise<void> => {
    const began = performance.now();
    try {
      await client.runBytes(request, { timeoutMs: 10_000 });
      served[kind]++;
      served.slowest = Math.max(served.slowest, performance.now() - began);
    } catch (error) {
      const text = `${kind}: ${(error as Error).message.slice(0, 120)}`;
      served.failed.set(text, (served.failed.get(text) ?? 0) + 1);
    }
  };
  await call(steady, 'old');
  const { rss } = await host.sample(
    (async () => {
      while (!over && host.alive) {
        await call(steady, 'old');
        const fresh = connect(); // somebody who comes in the middle of it
        await call(fresh, 'fresh');
        fresh.close();
        await delay(20);
      }
      await attacking.catch((error: unknown) => served.failed.set(`attack: ${String(error)}`, 1));
    })(),
  );
  await delay(SETTLE_MS);
  await call(steady, 'old');
  steady.close();
  const failures = [...served.failed].map(([text, n]) => `${n} × ${text}`).join('; ');
  const text =
    `${name}, ${target.count} (${((Date.now() - started) / 1000).toFixed(0)} s): RSS ${before.toFixed(0)} MiB before, ` +
    `${Math.max(...rss).toFixed(0)} at most, ${host.rss.toFixed(0)} after; honest calls ${served.old} + ${served.fresh} ` +
    `on new connections, slowest ${served.slowest.toFixed(0)} ms${failures === '' ? '' : `; ${failures}`}`;
  console.error(text); // at once: a run that is cut short has told what it saw
  return host.alive && failures === '' ? fine(text) : faulty(text);
}
