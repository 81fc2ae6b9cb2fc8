import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { ClusterBinaries } from './binaries.ts';
import { startCluster } from './start-cluster.ts';

let directory: string;
let temporary: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'bp-start-'));
  temporary = join(directory, 'tmp');
  mkdirSync(temporary);
  vi.stubEnv('TMPDIR', temporary);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(directory, { recursive: true, force: true });
});

/** Programs that do nothing, but for an etcd that ends with the next of these words each time it starts. */
function binaries(...last: readonly string[]): ClusterBinaries {
  const write = (name: string, script: string): string => {
    const path = join(directory, name);
    writeFileSync(path, `#!${process.execPath}\n${script}`, { mode: 0o755 });
    return path;
  };
  const idle = write('idle', 'setInterval(() => {}, 1000)');
  const count = JSON.stringify(join(directory, 'starts'));
  const etcd = `const { appendFileSync, readFileSync } = require('node:fs');
appendFileSync(${count}, '.');
console.error(${JSON.stringify(last)}[readFileSync(${count}, 'utf8').length - 1]);
process.exit(1);`;
  return {
    etcd: write('etcd', etcd),
    kubeApiserver: idle,
    kubeControllerManager: idle,
    crossplane: idle,
    crossplaneCrds: directory,
  };
}

const TAKEN = 'listen tcp 127.0.0.1:1: bind: address already in use';

const cases = {
  Broken: {
    reason: 'trying again would not help',
    says: ['unknown flag: --x', 'never'],
    want: 'etcd ended with exit code 1:\nunknown flag: --x',
    attempts: 1,
  },
  Taken: {
    reason: 'somebody was faster with one of the ports; the next ones are others',
    says: [TAKEN, 'unknown flag: --x', 'never'],
    want: 'unknown flag: --x',
    attempts: 2,
  },
  TakenForever: {
    reason: 'at some time it is not chance',
    says: [TAKEN, TAKEN, TAKEN, 'never'],
    want: TAKEN,
    attempts: 3,
  },
} as const;

test.for(Object.entries(cases))(
  'a start that fails leaves nothing behind: %s',
  async ([, { reason, says, want, attempts }]) => {
    const steps: string[] = [];
    const starting = startCluster({ binaries: binaries(...says), onStep: (step) => steps.push(step) });
    await expect(starting, reason).rejects.toThrow(want);
    expect(steps.filter((step) => step.startsWith('etcd')).length, reason).toBe(attempts);
    expect(readdirSync(temporary)).toEqual([]);
  },
);

test('a folder that was given is kept, with the logs in it', async () => {
  const given = join(directory, 'given');
  const starting = startCluster({ binaries: binaries(TAKEN, 'never'), directory: given });
  await expect(starting).rejects.toThrow(TAKEN);
  expect(readdirSync(join(given, 'logs'))).toContain('etcd.log');
});
