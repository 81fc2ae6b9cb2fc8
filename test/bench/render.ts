/**
 * One-shot `bp render` beside `crossplane composition render --crossplane-binary` of the same XR, from the shell to the
 * last byte: interleaved rounds, medians, and their ratio. Crossplane's side has its function running already; ours needs
 * neither function nor core.
 *
 *   node hack/run.mjs test/bench/render.ts [--rounds N] [--only NAME] [--bp FILE] [--json]
 *
 * --bp: the `bin` of an installed package instead of this repository's sources. --json: one line of figures.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { performance } from 'node:perf_hooks';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { hostFunctionName } from '../../lib/generate/coordinates.ts';
import { equalJson } from '../../lib/internal/json.ts';
import { parseYaml } from '../../lib/internal/yaml.ts';
import { loadProject } from '../../lib/project/index.ts';
import { findRenderTool, missingRenderTools } from '../support/render-tools.ts';
import { median } from './median.ts';

const { values: flags } = parseArgs({
  options: {
    rounds: { type: 'string', default: '15' },
    only: { type: 'string' },
    bp: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});
const ROOT = resolve(import.meta.dirname, '../..');
const BP = resolve(flags.bp ?? join(ROOT, 'lib/cli/bp.mjs'));

const CASES: readonly { readonly name: string; readonly folder: string }[] = [
  { name: 'cnpg', folder: 'blueprints/platform/cnpg' },
  { name: 'cortex', folder: 'blueprints/products/cortex' },
];

/** Wall time in ms and what was printed. */
async function time(command: string, args: readonly string[]): Promise<{ ms: number; out: string }> {
  const start = performance.now();
  const child = spawn(command, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise<number | null>((done, fail) => child.once('error', fail).once('close', done));
  const [out, err, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  if (code !== 0) throw new Error(`Cannot run "${command}": exited ${code}\n${err}`);
  return { ms: performance.now() - start, out };
}

/** The project's host, as `crossplane composition render` wants it: without TLS. */
async function startHost(): Promise<{ readonly port: number; stop(): void }> {
  const args = [BP, 'serve', '--insecure', '--address', '127.0.0.1:0', '--metrics-address', ''];
  const child: ChildProcess = spawn(process.execPath, args, {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const first = new Promise<string>((done, fail) => {
    child.once('exit', () => fail(new Error('Cannot start the function host')));
    if (child.stdout !== null) createInterface(child.stdout).once('line', done);
  });
  const { port } = JSON.parse(await first) as { readonly port: number };
  return { port, stop: () => void child.kill() };
}

function functionsFile(folder: string, name: string, port: number): string {
  const file = join(folder, 'functions.yaml');
  const annotations = {
    'render.crossplane.io/runtime': 'Development',
    'render.crossplane.io/runtime-development-target': `127.0.0.1:${port}`,
  };
  const fn = { apiVersion: 'pkg.crossplane.io/v1', kind: 'Function', metadata: { name, annotations } };
  writeFileSync(file, JSON.stringify(fn)); // JSON is YAML
  return file;
}

interface Sides {
  readonly ours: () => Promise<{ ms: number; out: string }>;
  readonly theirs: () => Promise<{ ms: number; out: string }>;
}

function sides(folder: string, functions: string): Sides {
  const [cli = '', core = ''] = [findRenderTool('crossplane-cli'), findRenderTool('crossplane')];
  const xr = `${folder}/examples/small.yaml`;
  return {
    ours: () => time(process.execPath, [BP, 'render', xr, '-o', 'yaml']),
    theirs: () =>
      time(cli, [
        ...['composition', 'render', xr, `${folder}/generated/composition.yaml`, functions],
        ...['--xrd', `${folder}/generated/xrd.yaml`, `--crossplane-binary=${core}`],
      ]),
  };
}

async function compare({ ours, theirs }: Sides): Promise<{ ours: number; theirs: number; same: boolean }> {
  // The first round warms caches of both, and shows whether they do the same work.
  const same = equalJson(parseYaml((await ours()).out, 'ours'), parseYaml((await theirs()).out, 'theirs'));
  const mine: number[] = [];
  const other: number[] = [];
  for (let round = 0; round < Number(flags.rounds); round++) {
    mine.push((await ours()).ms);
    other.push((await theirs()).ms);
  }
  return { ours: median(mine), theirs: median(other), same };
}

async function main(): Promise<number> {
  if (missingRenderTools('crossplane', 'crossplane-cli') !== undefined) return 0;
  const { coordinates } = await loadProject(ROOT);
  const folder = mkdtempSync(join(tmpdir(), 'bp-bench-render-'));
  const host = await startHost();
  let equal = true;
  try {
    const functions = functionsFile(folder, hostFunctionName(coordinates), host.port);
    for (const one of CASES.filter(({ name }) => flags.only === undefined || flags.only === name)) {
      const { ours, theirs, same } = await compare(sides(one.folder, functions));
      equal &&= same;
      const ratio = ours / theirs;
      const figures = `bp ${ours.toFixed(0)} ms, crossplane ${theirs.toFixed(0)} ms, ratio ${ratio.toFixed(2)}`;
      const line = flags.json
        ? JSON.stringify({ name: one.name, oursMs: ours, theirsMs: theirs, ratio, same })
        : `${one.name.padEnd(8)} ${figures}, output ${same ? 'equal' : 'DIFFERS'}`;
      process.stdout.write(`${line}\n`);
    }
  } finally {
    host.stop();
    rmSync(folder, { recursive: true, force: true });
  }
  return equal ? 0 : 1;
}

process.exitCode = await main();
