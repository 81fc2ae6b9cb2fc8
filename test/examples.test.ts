import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { clusterFacts } from '../lib/blueprint/cluster.ts';
import { type Result, run } from './support/process.ts';
import { readText, root } from './support/repository.ts';

const RUN_TIMEOUT_MS = 120_000;

/** The example outside this repository, with the package and its neighbours linked where npm would put them. */
function install(example: string): string {
  const directory = mkdtempSync(join(tmpdir(), 'bp-example-'));
  cpSync(join(root, 'examples', example), directory, { recursive: true });
  const modules = join(directory, 'node_modules');
  mkdirSync(join(modules, '@openova'), { recursive: true });
  symlinkSync(root, join(modules, '@openova', 'blueprints'));
  for (const name of readdirSync(join(root, 'node_modules'))) {
    if (name !== '@openova') symlinkSync(join(root, 'node_modules', name), join(modules, name));
  }
  return directory;
}

describe('examples/user-repo', () => {
  let directory: string;
  const node = (...args: readonly string[]): Promise<Result> =>
    run(process.execPath, args, { cwd: directory, timeoutMs: RUN_TIMEOUT_MS });
  const bp = (...args: readonly string[]): Promise<Result> => node(join(root, 'lib/cli/bp.mjs'), ...args);

  beforeAll(() => {
    directory = install('user-repo');
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  test('type-checks under its own tsconfig', async () => {
    const result = await node(join(root, 'node_modules/typescript/bin/tsc'), '-p', '.');
    expect(result).toMatchObject({ code: 0, stdout: '' });
  });

  test('what is checked in of the generated files is up to date', async () => {
    const { code, stdout } = await bp('generate', '--check');
    const stale = stdout.split('\n').filter((line) => line !== '' && !line.includes('/generated/'));
    expect(code, 'the folder generated/ is left out of the example').toBe(3);
    expect(stale).toEqual([]);
  });

  test('generates the rest, and is valid', async () => {
    expect(await bp('generate')).toMatchObject({ code: 0 });
    expect(await bp('generate', '--check')).toMatchObject({ code: 0 });
    const { code, stdout } = await bp('validate');
    expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringContaining('0 errors') });
  });

  test('renders until it is ready', async () => {
    const example = 'blueprints/platform/storefront/examples/small.yaml';
    const { code, stdout } = await bp('render', example, '--until-ready');
    expect(code).toBe(0);
    expect(stdout).toMatch(/\+ HTTPRoute shop\/shop-route[\s\S]*^ready, settled/m);
  });

  test(
    'passes its own tests',
    async () => {
      const report = join(directory, 'report.json');
      const vitest = join(root, 'node_modules/vitest/vitest.mjs');
      const result = await node(vitest, 'run', '--reporter', 'json', '--outputFile', report);
      expect(result.code, `${result.stdout}${result.stderr}`).toBe(0);
      const counts: unknown = JSON.parse(readFileSync(report, 'utf8'));
      expect(counts).toMatchObject({ numPassedTests: 4, numTotalTests: 4 });
    },
    RUN_TIMEOUT_MS,
  );
});

test('examples/cluster names every fact that a Blueprint may know, and no other', () => {
  const file = readText('examples/cluster/catalyst-cluster.yaml');
  const config = parse(file) as { metadata: { name: string }; data: Record<string, never> };
  expect(config.metadata.name).toBe('catalyst-cluster');
  // Each is read as it stands there: a misspelt key would fall back instead.
  expect(clusterFacts(config.data)).toEqual(config.data);
  expect(Object.keys(config.data).sort()).toEqual(Object.keys(clusterFacts(undefined)).sort());
});
