import { execFileSync } from 'node:child_process';
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

test('bp runs from one module, and prints what it prints without it', () => {
  const bp = join(import.meta.dirname, 'bp.mjs');
  const argv = [bp, 'render', '-C', root, 'blueprints/platform/acme-cache/examples/small.yaml'];
  const hook = `import { registerHooks } from 'node:module';
    registerHooks({ load: (url, context, next) => (console.log('loaded', url), next(url, context)) });`;
  const preload = `data:text/javascript,${encodeURIComponent(hook)}`;
  const run = (env: NodeJS.ProcessEnv): readonly string[] => {
    const out = execFileSync(process.execPath, ['--import', preload, ...argv], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      env,
    });
    return out.split('\n');
  };
  const printed = (lines: readonly string[]): readonly string[] =>
    lines.filter((line) => !line.startsWith('loaded '));
  let once: readonly string[] = [];
  // A source may have changed since it was made; then the first run makes it anew.
  for (let i = 0; i < 5 && (i === 0 || once.some((line) => line.includes('/esbuild/'))); i++)
    once = run({ ...process.env, BP_DEBUG: '' });
  const plain = run({ ...process.env, BP_DEBUG: '1' });
  expect(printed(once)).toEqual(printed(plain));
  expect(printed(once).join('\n')).toContain('kind: ');
  const files = (lines: readonly string[]): readonly string[] =>
    lines.filter((line) => /^loaded file:.*(?:\/lib\/|node_modules)/.test(line));
  expect(files(plain).length, 'what it stands for').toBeGreaterThan(200);
  expect(files(once).filter((line) => !line.includes('/lib/cli/'))).toEqual([
    expect.stringMatching(/bundle-\w+\.mjs$/),
  ]);
});
