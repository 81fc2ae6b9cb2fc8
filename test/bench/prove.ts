/**
 * The whole matrix of every Blueprint here: how many cases, how long. Each case is rendered, judged, settled until
 * ready and rendered again. Run: `node test/bench/prove.ts [cases]`.
 */
import { fileURLToPath } from 'node:url';
import { assemblyOf } from '../../lib/generate/files.ts';
import { loadProject } from '../../lib/project/index.ts';
import { proveBlueprint } from '../../lib/prove/index.ts';

const cases = Number(process.argv[2] ?? 500);
const project = await loadProject(fileURLToPath(new URL('../..', import.meta.url)));
const assembly = assemblyOf(project);
let total = 0;
for (const { name, blueprint, examples } of project.blueprints.values()) {
  const started = performance.now();
  const proof = await proveBlueprint(assembly, blueprint, { cases, examples });
  const seconds = (performance.now() - started) / 1000;
  total += seconds;
  const each = ((seconds * 1000) / proof.cases).toFixed(1);
  console.log(
    `${name.padEnd(20)} ${proof.cases} cases  ${seconds.toFixed(2)} s  ${each} ms each  ${proof.faults.length} faults`,
  );
}
console.log(`${'all'.padEnd(20)} ${total.toFixed(2)} s`);
