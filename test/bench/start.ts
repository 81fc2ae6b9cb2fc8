/**
 * From the start of the host's process to its first answer, and what it holds in memory once it is idle, with every
 * Blueprint of this repository: the image's bundle, the entrypoint from its sources, and `bp serve`. Beside them a bare
 * `node`, which is the floor of both.
 *
 *   node hack/run.mjs test/bench/start.ts [--rounds N] [--idle SECONDS]
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { connectFunction, INPUT_API_VERSION, INPUT_KIND } from '../../lib/function/index.ts';
import { bundleHost } from '../../lib/pipeline/image/host-bundle.ts';
import { loadProject } from '../../lib/project/index.ts';
import { usage } from './measure.ts';
import { median } from './median.ts';

const { values: flags } = parseArgs({
  options: { rounds: { type: 'string', default: '9' }, idle: { type: 'string', default: '2' } },
});
const ROOT = resolve(import.meta.dirname, '../..');
const LISTEN = ['--insecure', '--address', '127.0.0.1:0', '--metrics-address', ''];

const project = await loadProject(ROOT);
const issuer = project.blueprints.get('cert-manager'); // it builds on nothing, so the first answer holds all
const xr = issuer?.examples.get('small');
if (issuer === undefined || xr === undefined) throw new Error('Cannot find the example of cert-manager');
const request = {
  input: {
    apiVersion: INPUT_API_VERSION,
    kind: INPUT_KIND,
    blueprint: 'cert-manager',
    version: issuer.blueprint.version,
  },
  observed: { composite: { object: xr }, resources: new Map() },
};

async function ended(child: ChildProcess): Promise<void> {
  const done = new Promise((end) => child.once('exit', end));
  child.kill('SIGTERM');
  await done;
}

interface Started {
  readonly listening: number;
  readonly answered: number;
  readonly rss: number;
}

async function start(args: readonly string[]): Promise<Started> {
  const begun = performance.now();
  const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'ignore'] });
  const line = await new Promise<string>((said, fail) => {
    child.once('exit', (code) => fail(new Error(`Cannot start "${args[0]}": exited ${code}`)));
    createInterface(child.stdout).once('line', said);
  });
  const listening = performance.now() - begun;
  const { port } = JSON.parse(line) as { readonly port: number };
  const connection = connectFunction(`127.0.0.1:${port}`, { insecure: true });
  const answer = await connection.run(request);
  const answered = performance.now() - begun;
  if (answer.desired.resources.size === 0) throw new Error('Cannot measure: the answer holds nothing');
  connection.close();
  await delay(Number(flags.idle) * 1000);
  const rss = usage(child.pid).rss;
  await ended(child);
  return { listening, answered, rss };
}

async function bare(): Promise<Started> {
  const begun = performance.now();
  const child = spawn(process.execPath, ['-e', 'console.log(1); setInterval(() => {}, 1e6)'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  await new Promise((said) => createInterface(child.stdout).once('line', said));
  const answered = performance.now() - begun;
  await delay(200);
  const rss = usage(child.pid).rss;
  await ended(child);
  return { listening: answered, answered, rss };
}

const image = mkdtempSync(join(ROOT, 'node_modules/.cache/bench-start-'));
for (const { path, content } of await bundleHost(project)) {
  mkdirSync(dirname(join(image, path)), { recursive: true });
  writeFileSync(join(image, path), content ?? '');
}
const hosts: Readonly<Record<string, () => Promise<Started>>> = {
  'bare node': bare,
  'the image’s bundle': () => start([join(image, 'main.mjs'), ...LISTEN]),
  'functions/blueprints': () => start([join(ROOT, 'functions/blueprints/main.ts'), ...LISTEN]),
  'bp serve': () => start([join(ROOT, 'lib/cli/bp.mjs'), 'serve', ...LISTEN]),
};

const middle = (values: readonly number[]): string => median(values).toFixed(0);
const best = (values: readonly number[]): string => Math.min(...values).toFixed(0);
const all = new Map<string, Started[]>(Object.keys(hosts).map((name) => [name, []]));
for (let round = -1; round < Number(flags.rounds); round++) {
  for (const [name, run] of Object.entries(hosts)) {
    const one = await run();
    if (round >= 0) all.get(name)?.push(one); // the first round fills caches
  }
}
rmSync(image, { recursive: true });
console.log(
  '| host | listening, ms | first answer, ms | best | idle RSS, MiB |\n| --- | --- | --- | --- | --- |',
);
for (const [name, rounds] of all) {
  const of = (field: keyof Started): readonly number[] => rounds.map((r) => r[field]);
  console.log(
    `| ${name} | ${middle(of('listening'))} | ${middle(of('answered'))} | ${best(of('answered'))} | ${middle(of('rss'))} |`,
  );
}
