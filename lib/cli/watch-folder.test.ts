import { mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { watchFolder } from './watch.ts';

let root: string;
let saved: string[];
let watcher: { close(): void } | undefined;
const write = (name: string): void => writeFileSync(join(root, name), 'x');
const start = (recursive: boolean): void => {
  watcher = watchFolder(root, (path) => saved.push(path), { recursive });
};
const told = (path: string): Promise<void> =>
  vi.waitFor(() => expect(saved).toContain(path), { timeout: 5000 });

beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'bp-watch-')));
  saved = [];
  mkdirSync(join(root, 'a/b'), { recursive: true });
  mkdirSync(join(root, 'node_modules/x'), { recursive: true });
  write('a/b/file.ts');
});
afterEach(() => {
  watcher?.close();
  rmSync(root, { recursive: true, force: true });
});

test('a file that an editor replaces is told each time, not only the first', async () => {
  start(true);
  for (let i = 0; i < 3; i++) {
    saved.length = 0;
    write('a/b/next.tmp');
    renameSync(join(root, 'a/b/next.tmp'), join(root, 'a/b/file.ts'));
    await told('a/b/file.ts');
  }
  saved.length = 0;
  write('a/b/file.ts');
  await told('a/b/file.ts');
});

test('a folder that comes later is told with what it holds, and again when it comes anew', async () => {
  start(true);
  for (let i = 0; i < 2; i++) {
    saved.length = 0;
    mkdirSync(join(root, 'a/new'));
    write('a/new/first.ts');
    await told('a/new/first.ts');
    write('a/new/second.ts');
    await told('a/new/second.ts');
    rmSync(join(root, 'a/new'), { recursive: true });
    await told('a/new');
  }
});

test('packages are not looked at, and of one folder nothing below it', async () => {
  start(true);
  write('node_modules/x/index.js');
  write('last.ts');
  await told('last.ts');
  expect(saved.filter((path) => path.startsWith('node_modules'))).toEqual([]);
  watcher?.close();
  saved.length = 0;
  start(false);
  write('a/b/file.ts');
  write('last.ts');
  await told('last.ts');
  expect(saved.filter((path) => path.startsWith('a/'))).toEqual([]);
});
