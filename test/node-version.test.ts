import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { pretending } from './support/pretending.ts';
import { run } from './support/process.ts';
import { manifest, root } from './support/repository.ts';

test('bp on a Node that cannot run it says which Node it needs and where to get it', async () => {
  const launcher = join(root, 'lib/cli/bp.mjs');
  const { code, stdout, stderr } = await run(process.execPath, [
    ...pretending('v20.20.2'),
    launcher,
    '--help',
  ]);
  expect(code).toBe(1);
  expect(stdout).toBe('');
  expect(stderr).toContain(
    `error: Cannot run "bp": this is Node 20.20.2, but Node ${manifest.engines.node} is needed`,
  );
  expect(stderr).toContain('hint: ');
  expect(stderr).not.toContain('    at ');
});

test('both plain JavaScript files parse on the Node of this machine, whatever it is', async (ctx) => {
  const system = ['/usr/bin/node', '/usr/local/bin/node'].find((path) => existsSync(path));
  if (system === undefined) return ctx.skip('no Node outside node_modules');
  for (const file of ['hack/run.mjs', 'lib/cli/bp.mjs', 'lib/cli/node-version.mjs']) {
    expect(await run(system, ['--check', join(root, file)]), file).toMatchObject({ code: 0 });
  }
});
