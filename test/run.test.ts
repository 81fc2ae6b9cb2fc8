import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { pretending } from './support/pretending.ts';
import { type Result, type RunOptions, run } from './support/process.ts';
import { manifest, readJson, root } from './support/repository.ts';

const range = manifest.engines.node;

describe('hack/run.mjs', () => {
  let clone: string;

  beforeEach(() => {
    clone = mkdtempSync(join(tmpdir(), 'bp-run-'));
    for (const file of ['hack/run.mjs', 'lib/cli/node-version.mjs', 'package.json', 'package-lock.json']) {
      cpSync(join(root, file), join(clone, file));
    }
    write(
      'hack/hello.ts',
      'const words: string[] = process.argv.slice(2);\nconsole.log("hello", ...words);\n',
    );
  });
  afterEach(() => rmSync(clone, { recursive: true, force: true }));

  function write(path: string, text: string): void {
    mkdirSync(dirname(join(clone, path)), { recursive: true });
    writeFileSync(join(clone, path), text);
  }

  /** Stands in for npm: counts its calls and lays out node_modules as the given code does. */
  function npm(code: string): void {
    const log = 'fs.appendFileSync("npm-calls", process.argv.slice(2).join(" ") + "\\n");';
    write('npm-cli.cjs', `const fs = require("node:fs");\n${log}\n${code}\n`);
  }
  const emptyPackage = 'fs.mkdirSync("node_modules/node", { recursive: true });';
  const linkNode = 'fs.mkdirSync("bin"); fs.symlinkSync(process.execPath, "bin/node");';

  function start(version: string, args: readonly string[], options: RunOptions = {}): Promise<Result> {
    return run(process.execPath, [...pretending(version), 'hack/run.mjs', ...args], {
      ...options,
      cwd: clone,
      env: { npm_execpath: join(clone, 'npm-cli.cjs'), NODE_COMPILE_CACHE: join(clone, '.cache') },
    });
  }
  function npmCalls(): number {
    const log = join(clone, 'npm-calls');
    return existsSync(log) ? readFileSync(log, 'utf8').trimEnd().split('\n').length : 0;
  }

  test('installs once, then runs the file with the pinned Node and the arguments', async () => {
    npm(`${emptyPackage} process.chdir("node_modules/node"); ${linkNode}`);
    const first = await start('v20.20.2', ['hack/hello.ts', 'a b', '--flag']);
    expect(first).toMatchObject({ code: 0, stdout: 'hello a b --flag\n' });
    expect(first.stderr).toContain('run: installing what package-lock.json names');
    const second = await start('v20.20.2', ['hack/hello.ts']);
    expect(second).toMatchObject({ code: 0, stdout: 'hello\n', stderr: '' });
    expect(npmCalls()).toBe(1);
  });

  test('installs again when the lockfile has changed', async () => {
    npm(
      `fs.rmSync("node_modules", { recursive: true, force: true }); ${emptyPackage} process.chdir("node_modules/node"); ${linkNode}`,
    );
    await start('v20.20.2', ['hack/hello.ts']);
    write('package-lock.json', '{"packages":{"node_modules/other":{"version":"1.0.0"}}}');
    expect(await start('v20.20.2', ['hack/hello.ts'])).toMatchObject({ code: 0 });
    expect(npmCalls()).toBe(2);
  });

  test('leaves alone what somebody installed by hand from the same lockfile', async () => {
    npm('process.exit(9);');
    const { packages } = readJson<{ packages: Record<string, { optional?: boolean }> }>('package-lock.json');
    const installed = Object.fromEntries(Object.entries(packages).filter(([, entry]) => !entry.optional));
    write('node_modules/.package-lock.json', JSON.stringify({ packages: installed }));
    expect(await start(process.version, ['hack/hello.ts'])).toMatchObject({ code: 0, stdout: 'hello\n' });
    expect(npmCalls()).toBe(0);
  });

  test('without the pinned Node (--ignore-scripts) uses this one when it is good enough, and says so', async () => {
    npm(emptyPackage);
    const { code, stdout, stderr } = await start('v24.21.0', ['hack/hello.ts']);
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'hello\n' });
    expect(stderr).toContain('the pinned Node is missing; using');
  });

  test('without the pinned Node runs its install script by itself', async () => {
    npm(
      `${emptyPackage} fs.writeFileSync("node_modules/node/installArchSpecificPackage.js", 'const fs = require("node:fs"); ${linkNode}');`,
    );
    const { code, stdout, stderr } = await start('v20.20.2', ['hack/hello.ts']);
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'hello\n' });
    expect(stderr).toContain('running its install script');
  });

  test('without any Node that will do names both versions and the way out', async () => {
    npm(emptyPackage);
    const { code, stdout, stderr } = await start('v20.20.2', ['hack/hello.ts']);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(`this is Node 20.20.2, but Node ${range} is needed`);
    expect(stderr).toContain('hint: run "npm ci" without --ignore-scripts');
  });

  test('a pinned Node that does not start counts as missing', async () => {
    npm(
      `${emptyPackage} fs.mkdirSync("node_modules/node/bin"); fs.writeFileSync("node_modules/node/bin/node", "#!/bin/sh\\nexit 127\\n");`,
    );
    const first = await start('v20.20.2', ['hack/hello.ts']);
    expect(first.code).toBe(1);
    chmodSync(join(clone, 'node_modules/node/bin/node'), 0o755);
    expect(await start('v20.20.2', ['hack/hello.ts'])).toMatchObject({ code: 1 });
  });

  test('an npm that fails ends the run with its exit code named', async () => {
    npm('console.error("npm error network"); process.exit(7);');
    const { code, stderr } = await start('v20.20.2', ['hack/hello.ts']);
    expect(code).toBe(1);
    expect(stderr).toContain('error: Cannot install the packages: npm ci ended with 7');
  });

  test('hands on the exit code', async () => {
    npm(emptyPackage);
    write('hack/three.ts', 'process.exitCode = 3;\n');
    expect((await start('v24.21.0', ['hack/three.ts'])).code).toBe(3);
  });

  test('hands on a signal and lets the child end in its own way', async () => {
    npm(emptyPackage);
    write(
      'hack/wait.ts',
      'process.on("SIGTERM", () => { console.log("draining"); process.exit(5); });\nsetInterval(() => {}, 1000);\nconsole.log("ready");\n',
    );
    let sent = false;
    const result = await start('v24.21.0', ['hack/wait.ts'], {
      onStdout: (text, kill) => {
        if (text.includes('ready') && !sent) kill('SIGTERM');
        sent = sent || text.includes('ready');
      },
    });
    expect(result).toMatchObject({ code: 5, stdout: 'ready\ndraining\n' });
  });

  test('asks for a file when it gets none', async () => {
    npm(emptyPackage);
    expect(await start('v24.21.0', [])).toMatchObject({ code: 1, stdout: '' });
  });
});
