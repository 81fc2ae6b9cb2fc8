import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, test } from 'vitest';
import { type Child, startChild } from './child.ts';
import { untilReady } from './ready.ts';

const directory = mkdtempSync(join(tmpdir(), 'bp-ready-'));
let child: Child | undefined;
afterEach(() => child?.stop(0));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

async function run(script: string): Promise<Child> {
  const logFile = join(directory, 'program.log');
  child = await startChild({ name: 'program', command: process.execPath, args: ['-e', script], logFile });
  return child;
}
const FOREVER = 'setInterval(() => {}, 1000)';

test('what is ready runs on', async () => {
  const program = await run(FOREVER);
  expect(await untilReady(program, () => ({ value: 'up' }), 1000)).toBe('up');
  expect(program.ended).toBeUndefined();
});

test('what is not ready in time is stopped', async () => {
  const program = await run(FOREVER);
  await expect(untilReady(program, () => ({ state: 'it thinks' }), 0)).rejects.toMatchObject({
    code: 'limit',
    message: expect.stringContaining('program to be ready: after 0 s it thinks'),
  });
  expect(program.ended).toBe('SIGTERM');
});

test('what ends is told at once, with its last words', async () => {
  const program = await run("console.error('no such flag'); process.exit(2)");
  const waiting = untilReady(program, () => ({ state: 'it is silent' }), 60_000);
  await expect(waiting).rejects.toThrow('program ended with exit code 2:\nno such flag');
});
