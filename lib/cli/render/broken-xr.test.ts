import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { newRepository, runBp } from '../io.test-helper.ts';

let cwd: string;
beforeAll(async () => {
  cwd = await newRepository('cache');
});

async function render(change: (text: string) => string, ...flags: readonly string[]) {
  const example = readFileSync(join(cwd, 'blueprints/platform/cache/examples/small.yaml'), 'utf8');
  writeFileSync(join(cwd, 'xr.yaml'), change(example));
  return runBp(['render', 'xr.yaml', ...flags], { cwd });
}

test.for([[], ['--until-ready']])(
  'an XR that the apiserver refuses is an invalid input, told with its place %j',
  async (flags) => {
    const ran = await render((text) => text.replace(/size: small/, 'size: huge'), ...flags);
    expect(ran.code).toBe(2);
    expect(ran.stderr).toMatch(/Cannot render "xr.yaml": the XR breaks its schema\nspec\.size: /);
    expect(ran.stderr).toMatch(/ at .*xr\.yaml:\d+:\d+\n/);
  },
);

test('a field that the apiserver drops is named, and the rest is rendered', async () => {
  const ran = await render((text) => text.replace(/^( *)size: small/m, '$1size: small\n$1sise: large'));
  expect(ran.code).toBe(0);
  expect(ran.stderr).toContain('warning: spec.sise is no field of Cache: the apiserver drops it');
  expect(await render((text) => text)).toMatchObject({
    code: 0,
    stderr: expect.not.stringContaining('sise'),
  });
});

test('what a compose function throws for a valid XR stays a failure', async () => {
  const broken = await newRepository('broken');
  const file = join(broken, 'blueprints/platform/broken/blueprint.ts');
  const text = readFileSync(file, 'utf8');
  const at = /compose\([^)]*\) \{/.exec(text)?.[0] ?? '';
  writeFileSync(file, text.replace(at, `${at}\n    if (Date.now() > 0) throw new Error('out of stock');`));
  const ran = await runBp(['render', 'blueprints/platform/broken/examples/small.yaml'], { cwd: broken });
  expect(ran.code).toBe(1);
  expect(ran.stderr).toContain('out of stock');
});
