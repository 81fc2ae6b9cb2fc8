import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { BANNER, nodeModulesLate } from './load-late.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'bp-late-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Bundles a module beside `old.cjs`, a compiled one, and runs it: its lines. */
async function run(code: string, old = ''): Promise<readonly string[]> {
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  writeFileSync(join(folder, 'main.mjs'), code);
  writeFileSync(join(folder, 'old.cjs'), old);
  const outfile = join(folder, 'out.mjs');
  await build({
    bundle: true,
    absWorkingDir: folder,
    entryPoints: [join(folder, 'main.mjs')],
    outfile,
    format: 'esm',
    platform: 'node',
    banner: { js: BANNER },
    plugins: [nodeModulesLate(/old\.cjs$/)],
  });
  return execFileSync(process.execPath, [outfile], { encoding: 'utf8' }).trim().split('\n');
}

const LOADED = "const loaded = (name) => process.moduleLoadList.includes('NativeModule ' + name);";
// As TypeScript compiles `import * as`, with the copy that it makes of what is no module.
const IMPORT_STAR = `const star = (mod) => {
  if (mod && mod.__esModule) return mod;
  const copy = {};
  for (const key of Object.getOwnPropertyNames(mod)) copy[key] = mod[key];
  return copy;
};`;

test('a module of Node loads when something of it is asked for, however it is imported', async () => {
  const lines = await run(`
    import { connect } from 'node:tls';
    import dns from 'node:dns';
    import * as zlib from 'node:zlib';
    ${LOADED}
    const before = ['tls', 'dns', 'zlib'].map(loaded);
    const types = [typeof connect, typeof dns.lookup, typeof zlib.gzipSync, typeof zlib.nothing];
    console.log(JSON.stringify([before, types, ['tls', 'dns', 'zlib'].map(loaded)]));`);
  expect(JSON.parse(lines[0] ?? '')).toEqual([
    [false, false, false],
    ['function', 'function', 'function', 'undefined'],
    [true, true, true],
  ]);
});

test('what is no plain object, or changed, is the module itself', async () => {
  const lines = await run(`
    import { EventEmitter } from 'node:events';
    import assert, { equal } from 'node:assert';
    import process, { exitCode } from 'node:process';
    class Own extends EventEmitter {}
    assert(new Own() instanceof EventEmitter);
    equal(exitCode, undefined);
    process.exitCode = 0;
    console.log(process === globalThis.process, globalThis.process.exitCode);`);
  expect(lines).toEqual(['true 0']);
});

test('a compiled module of those inside gets the same, and may take a synchronous child process early', async () => {
  const lines = await run(
    `import old from './old.cjs';
    ${LOADED}
    const before = [loaded('child_process'), loaded('crypto')];
    console.log(JSON.stringify([before, old.run(process.execPath, ['-p', '1 + 1']).stdout.toString().trim(), old.hash('a')]));`,
    `"use strict"; ${IMPORT_STAR}
    const crypto = star(require('crypto'));
    const child = require('child_process');
    exports.run = child.spawnSync;
    exports.hash = (text) => crypto.createHash('md5').update(text).digest('hex');`,
  );
  expect(JSON.parse(lines[0] ?? '')).toEqual([[false, false], '2', '0cc175b9c0f1b6a831c399e269772661']);
});
