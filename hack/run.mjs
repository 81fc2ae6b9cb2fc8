#!/usr/bin/env node
// Runs a TypeScript file of this repository with the Node that package-lock.json pins, installing first when needed:
//
//   node hack/run.mjs hack/test.ts [ARGUMENT…]
//
// Plain JavaScript without new syntax: whatever Node a machine has must be able to run it, or at least to say why not.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { satisfies, unsuitable } from '../lib/cli/node-version.mjs';

const HEARTBEAT_MS = 15000;
const OLDEST_MAJOR = 18; // for this file itself and for npm ci
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const windows = process.platform === 'win32';
const modules = join(root, 'node_modules');
const pinnedPackage = join(modules, 'node');
const pinnedNode = join(pinnedPackage, 'bin', windows ? 'node.exe' : 'node');
const stampFile = join(modules, '.package-lock.sha256');
const engines = readJson(join(root, 'package.json')).engines.node;

function readJson(file) {
  return JSON.parse(readFileSync(file, 'utf8'));
}

function note(message) {
  process.stderr.write(`run: ${message}\n`);
}

function fail(message) {
  process.stderr.write(`error: ${message}\n`);
  process.exit(1);
}

/** npm as this process was started by it, or the one on the PATH. */
function npmCommand() {
  const cli = process.env.npm_execpath;
  return cli && /npm-cli\.c?js$/.test(cli) ? [process.execPath, cli] : [windows ? 'npm.cmd' : 'npm'];
}

function lockHash() {
  return createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
}

/** Somebody may have run npm ci by hand: then npm's own record of node_modules agrees with the lockfile. */
function installedByHand() {
  const record = join(modules, '.package-lock.json');
  if (!existsSync(record)) return false;
  const installed = readJson(record).packages;
  const wanted = readJson(join(root, 'package-lock.json')).packages;
  return Object.keys(wanted).every((path) => {
    if (path === '' || (wanted[path].optional && !installed[path])) return true;
    return !!installed[path] && installed[path].version === wanted[path].version;
  });
}

function upToDate(hash) {
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === hash) return true;
  if (!installedByHand()) return false;
  writeFileSync(stampFile, hash);
  return true;
}

async function install() {
  const hash = lockHash();
  if (upToDate(hash)) return;
  const count = Object.keys(readJson(join(root, 'package-lock.json')).packages).length - 1;
  note(`installing what package-lock.json names (npm ci, up to ${count} packages)`);
  const started = Date.now();
  const seconds = () => Math.round((Date.now() - started) / 1000);
  const heartbeat = setInterval(() => note(`still installing after ${seconds()} s`), HEARTBEAT_MS);
  const [command, ...before] = npmCommand();
  // Development packages are wanted even under NODE_ENV=production: the pinned Node is one.
  // Warnings are off because npm names this machine's own Node, which only starts the pinned one.
  const flags = ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];
  // Started inside `npm pack --dry-run`, npm ci would inherit that and install nothing.
  const env = { ...process.env, npm_config_dry_run: 'false' };
  const code = await new Promise((resolve) => {
    spawn(command, [...before, ...flags], {
      cwd: root,
      env,
      stdio: ['ignore', 'inherit', 'inherit'],
      shell: windows,
    })
      .on('error', (error) => resolve(error.message))
      .on('close', resolve);
  });
  clearInterval(heartbeat);
  if (code !== 0) {
    fail(
      `Cannot install the packages: npm ci ended with ${code}\nhint: see npm's words above; the npm registry must be reachable (npm config get registry)`,
    );
  }
  writeFileSync(stampFile, hash);
  note(`installed in ${seconds()} s`);
}

function runs(node) {
  return existsSync(node) && spawnSync(node, ['--version'], { stdio: 'ignore' }).status === 0;
}

/** What npm would have run without --ignore-scripts; it fetches the binary as an ordinary package. */
function installPinnedNode() {
  const script = join(pinnedPackage, 'installArchSpecificPackage.js');
  if (!existsSync(script)) return false;
  note('the pinned Node is missing (install scripts are switched off); running its install script');
  const env = {
    ...process.env,
    npm_config_loglevel: 'error',
    npm_config_omit: '',
    npm_config_include: 'dev',
  };
  spawnSync(process.execPath, [script], { cwd: pinnedPackage, stdio: ['ignore', 'inherit', 'inherit'], env });
  return runs(pinnedNode);
}

function chooseNode() {
  if (runs(pinnedNode)) return pinnedNode;
  if (satisfies(process.version, engines)) {
    note(`the pinned Node is missing; using ${process.execPath} (${process.version})`);
    return process.execPath;
  }
  if (installPinnedNode()) return pinnedNode;
  return fail(
    unsuitable(
      `Cannot run "${process.argv[2]}" without the pinned Node (npm package "node")`,
      process.version,
      engines,
      'run "npm ci" without --ignore-scripts, or install a Node in that range and run this again',
    ),
  );
}

function run(node, args) {
  const env = {
    ...process.env,
    NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE || join(root, '.cache', 'node-compile-cache'),
    PATH: [dirname(node), join(modules, '.bin'), process.env.PATH].join(delimiter),
  };
  const child = spawn(node, args, { stdio: 'inherit', env });
  // A terminal sends Ctrl-C to the child as well; from elsewhere it has to be handed on.
  const forward = (signal) => {
    if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, forward);
  child.on('error', (error) => fail(`Cannot start ${node}: ${error.message}`));
  child.on('close', (code, signal) => {
    if (signal === null) process.exit(code);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}

if (Number(process.versions.node.split('.')[0]) < OLDEST_MAJOR) {
  fail(
    unsuitable(
      'Cannot start',
      process.version,
      engines,
      `Node ${OLDEST_MAJOR} or later can fetch the rest by itself`,
    ),
  );
}
const args = process.argv.slice(2);
if (args.length === 0) fail('Cannot run nothing: usage is "node hack/run.mjs FILE [ARGUMENT…]"');
await install();
run(chooseNode(), args);
