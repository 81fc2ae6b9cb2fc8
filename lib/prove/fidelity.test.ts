import { join } from 'node:path';
import { expect, test } from 'vitest';
import { assemblyOf } from '../generate/files.ts';
import { settleXr } from '../generate/settled.ts';
import { loadProject } from '../project/index.ts';
import { Prover } from './prover.ts';

const project = await loadProject(join(import.meta.dirname, '../..'));
const assembly = assemblyOf(project);
const examples = [...project.blueprints.values()].flatMap(({ blueprint, examples: all }) =>
  [...all].map(([size, xr]) => [`${blueprint.name} ${size}`, { blueprint, xr }] as const),
);

// Proving leaves the wire out, to be quick: what it comes to must be what the host and Crossplane come to.
test.for(examples)('%s settles to the same, with and without the codec', async ([, { blueprint, xr }]) => {
  const direct = await new Prover(assembly, blueprint).settle(xr);
  const wire = await settleXr(assembly, blueprint, xr);
  expect(direct.objects).toEqual(wire.objects);
  expect(direct.rounds.length).toBe(wire.rounds.length);
  expect([direct.ready, direct.settled]).toEqual([wire.ready, wire.settled]);
});
