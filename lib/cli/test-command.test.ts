import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { newRepository, runBp } from './io.test-helper.ts';

test('bp test proves a fresh Blueprint, and shows the XR of one that is broken', async () => {
  const cwd = await newRepository('cache');
  const fine = await runBp(['test', 'cache', '--cases', '40'], { cwd });
  expect(fine).toMatchObject({ code: 0, stderr: '' });
  expect(fine.stdout).toMatch(/^proven cache: \d+ cases in /);

  const json = await runBp(['test', '--cases', '40', '-o', 'json'], { cwd });
  expect(JSON.parse(json.stdout)).toMatchObject({
    passed: true,
    blueprints: [{ blueprint: 'cache', faults: [] }],
  });
});

test('a failing Blueprint is exit code 1, and the XR of its fault can be pasted', async () => {
  const cwd = await newRepository('broken');
  const file = join(cwd, 'blueprints/platform/broken/blueprint.ts');
  const text = readFileSync(file, 'utf8');
  const at = /compose\([^)]*\) \{/.exec(text);
  expect(at).not.toBeNull();
  const throwing = text.replace(
    at?.[0] ?? '',
    `${at?.[0]}\n    if (Date.now() > 0) throw new Error('out of stock');`,
  );
  writeFileSync(file, throwing);
  const ran = await runBp(['test', '--cases', '5'], { cwd });
  expect(ran.code).toBe(1);
  expect(ran.stdout).toContain('compose Broken: ');
  expect(ran.stdout).toContain('out of stock');
  expect(ran.stdout).toMatch(/\n {4}apiVersion: compose.openova.io\/v1alpha1\n {4}kind: Broken\n/);
});

test.for([
  { argv: ['test', '--cases', 'many'], said: 'Cannot read --cases "many"' },
  { argv: ['test', '--seed', '-1'], said: 'Cannot read --seed "-1"' },
  { argv: ['test', 'nothing-here'], said: 'Cannot find Blueprint "nothing-here"' },
])('$argv is refused with the way out', async ({ argv, said }) => {
  const ran = await runBp(argv, { cwd: join(import.meta.dirname, '../../blueprints') });
  expect(ran.code).toBeGreaterThan(0);
  expect(ran.stderr).toContain(said);
});
