import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { crd } from '../import/import.test-helper.ts';
import { type Ran, runBp } from './io.test-helper.ts';

let root: string;
const bp = (...argv: string[]): Promise<Ran> => runBp([...argv, '-C', root]);

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'bp-import-cli-'));
  for (const folder of ['blueprints', 'crds']) mkdirSync(join(root, folder));
  writeFileSync(join(root, 'package.json'), '{ "type": "module" }');
  writeFileSync(join(root, 'crds/gizmo.yaml'), crd('Gizmo'));
});

test('imported kinds are validated, checked, refreshed and forgotten', async () => {
  const object = join(root, 'gizmo.yaml');
  writeFileSync(
    object,
    'apiVersion: example.org/v1\nkind: Gizmo\nmetadata: { name: a }\nspec: { size: 0 }\n',
  );
  expect((await bp('import', 'crds')).code).toBe(0);
  const judged = await bp('validate', object);
  expect(judged.code, judged.stdout + judged.stderr).toBe(2);
  expect(judged.stdout).toContain('spec.size');
  expect((await bp('import', '--check')).code).toBe(0);

  writeFileSync(join(root, 'crds/second.yaml'), crd('Gadget'));
  const stale = await bp('import', '--check');
  expect([stale.code, stale.stdout]).toEqual([3, expect.stringContaining('stale kinds/example.org.ts')]);
  expect((await bp('import', '--refresh')).code).toBe(0);
  expect(readFileSync(join(root, 'kinds/example.org.ts'), 'utf8')).toContain('class Gadget extends');

  rmSync(join(root, 'crds/gizmo.yaml'));
  const gone = await bp('import', '--refresh');
  expect(gone.stdout).toContain('removed schemas/kinds/example.org/v1/Gizmo.json');
  expect((await bp('import', '--remove', 'crds')).stdout).toContain('removed kinds.lock.json');
});

test('without a source there must be something to look after', async () => {
  expect((await bp('import')).code).toBe(2);
  expect((await bp('import', '--remove', 'never')).code).toBe(2);
});

test('a lock that leads out of the repository is refused', async () => {
  const kind = { apiVersion: '../x/v1', kind: 'A', plural: 'as', scope: 'Cluster' };
  writeFileSync(
    join(root, 'kinds.lock.json'),
    JSON.stringify({ sources: [{ source: 'crds', sha256: '', kinds: [kind] }] }),
  );
  expect(await bp('import', '--check')).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/kinds\[0\]/),
  });
});
