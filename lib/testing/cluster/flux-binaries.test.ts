import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FLUX_CONTROLLERS, findFluxBinaries } from './flux-binaries.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'bp-flux-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function place(name: string, ...files: readonly string[]): string {
  const folder = join(root, name);
  mkdirSync(folder, { recursive: true });
  for (const file of files) {
    if (file.endsWith('-crds')) mkdirSync(join(folder, file));
    else writeFileSync(join(folder, file), '', { mode: 0o755 });
  }
  return folder;
}
const ALL = FLUX_CONTROLLERS.flatMap((name) => [name, `${name}-crds`]);

test('programs and CRDs may stand in different places; the first that has one wins', () => {
  const first = place('first', 'source-controller');
  const second = place('second', ...ALL);
  const { binaries, missing } = findFluxBinaries(['', first, second]);
  expect(missing).toEqual([]);
  expect(binaries?.['source-controller']).toEqual({
    program: join(first, 'source-controller'),
    crds: join(second, 'source-controller-crds'),
  });
});

test('everything that is missing is named', () => {
  const folder = place('half', 'source-controller', 'source-controller-crds', 'helm-controller-crds');
  writeFileSync(join(folder, 'helm-controller'), '', { mode: 0o644 });
  const { binaries, missing } = findFluxBinaries([folder]);
  expect(binaries).toBeUndefined();
  expect(missing, 'a file that cannot be run is none').toEqual([
    'kustomize-controller',
    'kustomize-controller-crds',
    'helm-controller',
  ]);
});
