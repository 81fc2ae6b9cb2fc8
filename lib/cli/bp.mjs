#!/usr/bin/env node
// The `bp` command. Plain JavaScript, so that a Node that cannot run the toolkit still says what it needs.
import { createRequire } from 'node:module';
import { keepCompiledCode } from './compile-cache.mjs';
import { satisfies, unsuitable } from './node-version.mjs';

// An `import` of node:fs makes Node start its streams as well.
const { existsSync, readFileSync } = createRequire(import.meta.url)('node:fs');
const { engines } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
if (satisfies(process.version, engines.node)) {
  keepCompiledCode(process.env);
  // Compiled in the published package, the source itself in the repository.
  const compiled = new URL('start/run-bp.js', import.meta.url);
  const { runBp } = await import(
    existsSync(compiled) ? compiled.href : new URL('start/run-bp.ts', import.meta.url).href
  );
  process.exitCode = await runBp(process.argv.slice(2), process.env);
} else {
  const remedy =
    'add it to your repository with "npm install --save-dev node@24" and run "npx bp", or install it from nodejs.org';
  process.stderr.write(
    `error: ${unsuitable('Cannot run "bp"', process.version, engines.node, remedy)} (found at ${process.execPath})\n`,
  );
  process.exitCode = 1;
}
