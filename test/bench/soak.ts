/**
 * What the host lives through: long runs and hostile callers, against `bp serve` with every Blueprint of this
 * repository, and one report. Takes from minutes to hours, by the numbers:
 *
 *   node hack/run.mjs test/bench/soak.ts [--only calls,mutated,attacks,tls,spin] [--calls N] [--mutated N]
 *                                        [--connections N] [--hold SECONDS] [--seed N] [--serve=--FLAG=VALUE]…
 *
 * - calls: so many calls over all Blueprints; resident memory is sampled, and should be flat once it is warm
 * - mutated: so many broken requests; no crash, no growth, codes that say what is wrong
 * - attacks, tls: idle and slow connections, floods, frames that no library sends; an honest caller is served beside them
 * - spin: a Blueprint that never ends beside healthy ones
 *
 * --serve hands a flag to `bp serve` of the first two. Exits 1 if the host ended, grew, gave an INTERNAL error or a stack, or
 * left its honest caller alone.
 */
import { parseArgs } from 'node:util';
import { soakAttacks } from './soak/attacks.ts';
import { soakCalls } from './soak/calls.ts';
import { soakMutated } from './soak/mutated.ts';
import type { Finding } from './soak/report.ts';
import { soakSpin } from './soak/spin.ts';

const { values: flags } = parseArgs({
  options: {
    only: { type: 'string', default: 'calls,mutated,attacks,tls,spin' },
    calls: { type: 'string', default: '1000000' },
    mutated: { type: 'string', default: '1000000' },
    connections: { type: 'string', default: '10000' },
    hold: { type: 'string', default: '5' },
    seed: { type: 'string', default: '1' },
    serve: { type: 'string', multiple: true, default: [] },
  },
});
const seed = Number(flags.seed);
const sizes = { connections: Number(flags.connections), holdMs: Number(flags.hold) * 1000, seed };
const runs: Readonly<Record<string, () => Promise<readonly Finding[]>>> = {
  calls: () => soakCalls(Number(flags.calls), flags.serve),
  mutated: () => soakMutated(Number(flags.mutated), seed, flags.serve),
  attacks: () => soakAttacks({ ...sizes, secure: false }),
  tls: () => soakAttacks({ ...sizes, secure: true }),
  spin: () => soakSpin(),
};
let faults = 0;
for (const name of flags.only.split(',')) {
  const run = runs[name];
  if (run === undefined)
    throw new Error(`Cannot run "${name}": it is none of ${Object.keys(runs).join(', ')}`);
  console.log(`## ${name}\n`);
  for (const { text, fault } of await run()) {
    if (fault) faults++;
    console.log(`- ${fault ? '**FAULT** ' : ''}${text}`);
  }
  console.log('');
}
process.exitCode = faults === 0 ? 0 : 1;
