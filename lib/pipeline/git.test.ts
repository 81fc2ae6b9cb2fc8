import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemGit, webAddress } from './git.ts';

const remotes = {
  Https: {
    reason: 'as it is',
    in: 'https://github.com/acme/platform.git',
    want: 'https://github.com/acme/platform',
  },
  Scp: {
    reason: "git's own short form",
    in: 'git@github.com:acme/platform.git',
    want: 'https://github.com/acme/platform',
  },
  Ssh: {
    reason: 'user and port are not for the web',
    in: 'ssh://git@git.acme.example:2222/p/x',
    want: 'https://git.acme.example/p/x',
  },
  Secret: {
    reason: 'a token never leaves',
    in: 'https://user:ghp_secret@github.com/acme/x',
    want: 'https://github.com/acme/x',
  },
  Path: { reason: 'a folder says nothing to others', in: '/srv/git/platform.git', want: undefined },
  File: { reason: 'neither does a file URL', in: 'file:///srv/git/platform.git', want: undefined },
  None: { reason: 'no remote', in: '', want: undefined },
} as const;

test.for(Object.entries(remotes))('webAddress() %s', ([, tc]) => {
  expect(webAddress(tc.in), tc.reason).toBe(tc.want);
});

let directory: string;
const git = (...args: string[]): string =>
  execFileSync('git', args, { cwd: directory, encoding: 'utf8', stdio: 'pipe' });
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'bp-git-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

test('describes a commit, and whether the tree still is that', async () => {
  expect(await systemGit.describe(directory), 'no repository').toBeUndefined();
  git('init', '-q');
  expect(await systemGit.describe(directory), 'no commit').toBeUndefined();
  writeFileSync(join(directory, 'a'), 'a');
  git('add', '.');
  git(
    '-c',
    'user.name=t',
    '-c',
    'user.email=t@example.com',
    '-c',
    'commit.gpgsign=false',
    'commit',
    '-qm',
    'a',
  );
  const revision = git('rev-parse', 'HEAD').trim();
  expect(await systemGit.describe(directory)).toEqual({ revision, dirty: false });
  git('remote', 'add', 'origin', 'https://u:p@git.example/acme/x.git');
  writeFileSync(join(directory, 'a'), 'b');
  expect(await systemGit.describe(directory)).toEqual({
    revision,
    dirty: true,
    source: 'https://git.example/acme/x',
  });
});
