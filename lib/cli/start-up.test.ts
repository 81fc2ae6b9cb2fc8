import { execFileSync, spawn } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import { newRepository } from './io.test-helper.ts';

let root: string;

beforeAll(async () => {
  root = await newRepository('acme-cache');
});

/** npm packages that a real `bp` process loads for a command. */
function loadedBy(...argv: readonly string[]): readonly string[] {
  const main = pathToFileURL(join(import.meta.dirname, 'main.ts')).href;
  const script = `
    import { registerHooks } from 'node:module';
    const seen = new Set();
    registerHooks({
      load(url, context, next) {
        const name = /.*node_modules\\/((?:@[^/]+\\/)?[^/]+)/.exec(url)?.[1];
        if (name !== undefined) seen.add(name);
        return next(url, context);
      },
    });
    const { main } = await import(${JSON.stringify(main)});
    const code = await main(${JSON.stringify(argv)});
    process.stdout.write('\\n' + JSON.stringify({ code, seen: [...seen].sort() }));
  `;
  const out = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const { code, seen } = JSON.parse(out.slice(out.lastIndexOf('\n'))) as { code: number; seen: string[] };
  expect(code, out).toBe(0);
  return seen;
}

test('bp --help loads nothing but what reads the command line', () => {
  expect(loadedBy('--help')).toEqual(['commander', 'yaml']);
});

test('bp render loads neither gRPC nor what only builds and signs', () => {
  const loaded = loadedBy('render', '-C', root, 'blueprints/platform/acme-cache/examples/small.yaml');
  expect(loaded).toContain('cdk8s');
  expect(loaded.filter((name) => /grpc|sigstore|esbuild|json-schema-to|prettier|plus-28/.test(name))).toEqual(
    [],
  );
});

const PRELOAD: string = `data:text/javascript,${encodeURIComponent(`import { registerHooks } from 'node:module';
    registerHooks({ load: (url, context, next) => (process._rawDebug('loaded', url), next(url, context)) });`)}`;

interface Ran {
  readonly stdout: string;
  /** Files of the toolkit and of packages, without what starts `bp`. */
  readonly files: readonly string[];
  /** Of these, what `bp` starts with is among them. */
  readonly all: number;
}

/** Runs a real `bp`; a host is stopped as soon as it listens. */
async function bp(argv: readonly string[], debug: '' | '1' = ''): Promise<Ran> {
  const args = ['--import', PRELOAD, join(import.meta.dirname, 'bp.mjs'), ...argv];
  const child = spawn(process.execPath, args, { env: { ...process.env, BP_DEBUG: debug } });
  const text = { stdout: '', stderr: '' };
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    text.stderr += chunk;
  });
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text.stdout += chunk;
    if (chunk.includes('"listening":true')) child.kill('SIGTERM');
  });
  const code = await new Promise((resolve) => child.on('close', resolve));
  expect(code, text.stderr).toBe(0);
  const loaded = text.stderr
    .split('\n')
    .filter((line) => /^loaded file:.*(?:\/lib\/|node_modules)/.test(line));
  const files = loaded.filter((line) => !line.includes('/lib/cli/'));
  return { stdout: text.stdout, files, all: loaded.length };
}

/** Again while a source has changed since the bundle was made: then that run makes it anew. */
async function bundled(argv: readonly string[]): Promise<Ran> {
  let ran = await bp(argv);
  for (let i = 0; i < 4 && ran.files.some((line) => line.includes('/esbuild/')); i++) ran = await bp(argv);
  return ran;
}

test('bp runs from one module, and prints what it prints without it', async () => {
  const argv = ['render', '-C', root, 'blueprints/platform/acme-cache/examples/small.yaml'];
  const once = await bundled(argv);
  const plain = await bp(argv, '1');
  expect(once.stdout).toEqual(plain.stdout);
  expect(once.stdout).toContain('kind: ');
  expect(plain.all, 'what it stands for').toBeGreaterThan(200);
  expect(once.files).toEqual([expect.stringMatching(/\/bp\/bundle-\w+\.mjs$/)]);
});

test('bp serve listens from one module, and composes in a thread from another', async () => {
  const argv = ['serve', '-C', root, '--insecure', '--address', '127.0.0.1:0', '--metrics-address', ''];
  const { stdout, files } = await bundled(argv);
  expect(JSON.parse(stdout)).toMatchObject({ blueprints: [{ name: 'acme-cache' }] });
  expect(files).toEqual([
    // The thread starts first.
    expect.stringMatching(/\/workers\/start-thread\.ts$/),
    expect.stringMatching(/\/function\/defaults\.ts$/),
    expect.stringMatching(/\/workers\/messages\.ts$/),
    expect.stringMatching(/\/listen\/bundle-\w+\.mjs$/),
    expect.stringMatching(/\/compose\/bundle-\w+\.mjs$/),
  ]);
});
