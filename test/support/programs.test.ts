import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { findProgram, reasonToSkip } from './programs.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'bp-programs-'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(directory, { recursive: true, force: true });
});

test('the first folder wins that holds the program as something that can be run', () => {
  const folders = ['none', 'text', 'first', 'second'].map((name) => join(directory, name));
  for (const [folder, mode] of [
    ['text', 0o644],
    ['first', 0o755],
    ['second', 0o755],
  ] as const) {
    mkdirSync(join(directory, folder));
    writeFileSync(join(directory, folder, 'etcd'), '#!/bin/sh\n');
    chmodSync(join(directory, folder, 'etcd'), mode);
  }
  expect(findProgram('etcd', folders)).toBe(join(directory, 'first', 'etcd'));
  expect(findProgram('etcd', folders.slice(0, 2))).toBeUndefined();
});

test('what is missing skips a suite, loudly, and fails it in CI', () => {
  const said = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  vi.stubEnv('CI', '');
  expect(reasonToSkip([], 'fetch it')).toBeUndefined();
  expect(said).not.toHaveBeenCalled();
  expect(reasonToSkip(['etcd', 'oras'], 'fetch them')).toBe('etcd, oras not found; fetch them');
  expect(said).toHaveBeenCalledWith('SKIPPED: etcd, oras not found; fetch them\n');
  vi.stubEnv('CI', 'true');
  expect(reasonToSkip([], 'fetch it')).toBeUndefined();
  expect(() => reasonToSkip(['etcd'], 'fetch it')).toThrow('etcd not found; fetch it');
});
