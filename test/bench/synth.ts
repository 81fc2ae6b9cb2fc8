/**
 * The same 30 objects by `bp` and by cdk8s, case after case of a matrix:
 *
 *   node hack/run.mjs test/bench/synth.ts [--cases N] [--rounds N]
 *
 * - `cdk8s synth` runs the author's program in a process of its own for each config: it loads cdk8s, builds the objects
 *   and writes them as YAML. What the CLI itself takes to start is left out, in its favour.
 * - `App.synthYaml()` is the same in a warm process, which cdk8s' CLI does not offer.
 * - `bp test` composes, judges by their schemas, settles until ready and composes again, each case.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { ApiObject, App, Chart } from 'cdk8s';
import { DEFAULT_COORDINATES } from '../../lib/generate/coordinates.ts';
import { catalogueOf } from '../../lib/index.ts';
import { proveBlueprint } from '../../lib/prove/index.ts';
import { benchBlueprint, plainObjects } from './blueprint.ts';
import { median } from './median.ts';

const OBJECTS = 30;
const { values: flags } = parseArgs({
  options: { cases: { type: 'string', default: '200' }, rounds: { type: 'string', default: '9' } },
});
const cases = Number(flags.cases);
const rounds = Number(flags.rounds);
const cache = resolve(import.meta.dirname, '../../node_modules/.cache');

/** What an author of cdk8s writes, but for the classes that cdk8s-cli would generate. */
const PROGRAM = `
import { ApiObject, App, Chart } from 'cdk8s';
const app = new App({ outdir: process.argv[3] });
const chart = new Chart(app, 'bench');
for (const [id, object] of JSON.parse(process.argv[2])) new ApiObject(chart, id, object);
app.synth();
`;

type GivenObject = ConstructorParameters<typeof ApiObject>[2];
const objectsOf = (i: number): readonly (readonly [string, GivenObject])[] =>
  plainObjects(OBJECTS, i + 1, `note-${i}`).map(([id, object]) => [id, object as GivenObject]);

function synthProcess(folder: string, i: number): number {
  const begun = performance.now();
  const args = [join(folder, 'main.mjs'), JSON.stringify(objectsOf(i)), join(folder, 'dist')];
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`Cannot run cdk8s: ${stderr}`);
  return performance.now() - begun;
}

function synthWarm(i: number): number {
  const begun = performance.now();
  const app = new App();
  const chart = new Chart(app, 'bench');
  for (const [id, object] of objectsOf(i)) new ApiObject(chart, id, object);
  if (app.synthYaml() === '') throw new Error('Cannot measure: cdk8s wrote nothing');
  return performance.now() - begun;
}

async function prove(): Promise<number> {
  const blueprint = benchBlueprint(OBJECTS);
  const assembly = {
    blueprints: new Map([[blueprint.name, blueprint]]),
    catalogue: catalogueOf([blueprint]),
    coordinates: DEFAULT_COORDINATES,
  };
  const begun = performance.now();
  const proof = await proveBlueprint(assembly, blueprint, { cases, examples: new Map() });
  if (proof.faults.length > 0) throw new Error(`Cannot measure: ${proof.faults[0]?.message}`);
  return (performance.now() - begun) / proof.cases;
}

const folder = mkdtempSync(join(cache, 'bench-synth-')); // below node_modules, so that it finds cdk8s
writeFileSync(join(folder, 'main.mjs'), PROGRAM);
const figures = { process: [] as number[], warm: [] as number[], ours: [] as number[] };
for (let round = 0; round < rounds; round++) {
  figures.process.push(synthProcess(folder, round));
  figures.warm.push(median(Array.from({ length: 20 }, (_, i) => synthWarm(i))));
  figures.ours.push(await prove());
}
rmSync(folder, { recursive: true });
const ours = median(figures.ours);
console.log('| one case of 30 objects | ms | × bp test |\n| --- | --- | --- |');
for (const [name, values] of [
  ['cdk8s synth, a process each', figures.process],
  ['App.synthYaml(), warm', figures.warm],
  ['bp test: composed, judged, settled, composed again', figures.ours],
] as const) {
  const ms = median(values);
  console.log(`| ${name} | ${ms.toFixed(1)} | ${(ms / ours).toFixed(1)} |`);
}
