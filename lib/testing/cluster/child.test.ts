import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, test } from 'vitest';
import { findClusterBinaries } from './binaries.ts';
import { type Child, startChild } from './child.ts';

const directory = mkdtempSync(join(tmpdir(), 'bp-child-'));
const started: Child[] = [];
afterEach(async () => {
  for (const child of started.splice(0)) await child.stop(0);
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));
let count = 0;

async function run(script: string): Promise<Child> {
  const logFile = join(directory, `${count++}.log`);
  const child = await startChild({
    name: 'script',
    command: process.execPath,
    args: ['-e', script],
    logFile,
  });
  started.push(child);
  return child;
}

test('says how it ended, with its last words', async () => {
  const child = await run("console.log('one'); console.error('two'); process.exit(3)");
  expect(await child.end).toBe('exit code 3');
  expect(child.ended).toBe('exit code 3');
  expect(child.tail(1)).toBe('two');
});

test('stops a program that listens, and kills one that does not', async () => {
  const polite = await run('setInterval(() => {}, 1000)');
  await polite.stop();
  expect(polite.ended).toBe('SIGTERM');
  const deaf = await run("process.on('SIGTERM', () => {}); setInterval(() => {}, 1000); console.log('up')");
  while (deaf.tail() !== 'up') await new Promise((resolve) => setTimeout(resolve, 10));
  await deaf.stop(10);
  expect(deaf.ended).toBe('SIGKILL');
  await deaf.stop();
});

test('kill leaves a program no time, and what it used is told while it runs', async () => {
  const child = await run(
    "process.on('SIGTERM', () => {}); while (process.cpuUsage().user < 50_000); setInterval(() => {}, 1000); console.log('up')",
  );
  while (child.tail() !== 'up') await new Promise((resolve) => setTimeout(resolve, 10));
  if (existsSync('/proc/self/stat')) {
    expect(child.usage()?.cpuSeconds).toBeGreaterThan(0);
    expect(child.usage()?.residentBytes).toBeGreaterThan(1024 * 1024);
  }
  await child.kill();
  expect(child.ended).toBe('SIGKILL');
  expect(child.usage()).toBeUndefined();
});

test('many programs need one listener of the process', async () => {
  const before = process.listenerCount('exit');
  await Promise.all(Array.from({ length: 12 }, () => run('setInterval(() => {}, 1000)')));
  expect(process.listenerCount('exit') - before).toBeLessThanOrEqual(1);
});

test('nothing of our environment reaches it', async () => {
  const child = await run("console.log(Object.keys(process.env).includes('PATH'))");
  await child.end;
  expect(child.tail()).toBe('false');
});

test('what is missing is named', () => {
  const { binaries, missing } = findClusterBinaries(['', '/nonexistent']);
  expect(binaries).toBeUndefined();
  expect(missing).toEqual([
    'etcd',
    'kube-apiserver',
    'kube-controller-manager',
    'crossplane',
    'crossplane-crds',
  ]);
});
