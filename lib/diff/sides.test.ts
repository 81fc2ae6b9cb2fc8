import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { newRepository, runBp } from '../cli/io.test-helper.ts';
import { MemoryTarget } from '../oci/index.ts';
import { readArtifact } from './artifact.ts';
import { parseSide } from './parse-side.ts';

describe('what an argument means', () => {
  test.for([
    ['blueprints/platform/valkey', { is: 'path', path: 'blueprints/platform/valkey' }],
    ['valkey', { is: 'path', path: 'valkey' }],
    ['HEAD~1:valkey', { is: 'revision', revision: 'HEAD~1', path: 'valkey' }],
    [
      'platform/valkey/v1.0.0:blueprints/platform/valkey',
      { is: 'revision', revision: 'platform/valkey/v1.0.0', path: 'blueprints/platform/valkey' },
    ],
    ['ghcr.io/acme/bp-valkey:1.0.0', { is: 'registry', reference: 'ghcr.io/acme/bp-valkey:1.0.0' }],
    [
      '127.0.0.1:5000/acme/bp-valkey:1.0.0',
      { is: 'registry', reference: '127.0.0.1:5000/acme/bp-valkey:1.0.0' },
    ],
    ['oci:dist/oci:bp-valkey:1.0.0', { is: 'layout', directory: 'dist/oci', name: 'bp-valkey:1.0.0' }],
  ] as const)('%s', ([text, want]) => {
    expect(parseSide(text, () => false)).toEqual(want);
  });

  test('what exists on disk is a path, whatever it looks like', () => {
    expect(parseSide('ghcr.io/acme/bp-x:1', () => true)).toEqual({ is: 'path', path: 'ghcr.io/acme/bp-x:1' });
  });
});

describe('bp diff', () => {
  let root: string;
  const git = (...args: string[]): string =>
    execFileSync(
      'git',
      ['-c', 'user.name=T', '-c', 'user.email=t@example.org', '-c', 'init.defaultBranch=main', ...args],
      {
        cwd: root,
        encoding: 'utf8',
      },
    );
  const folder = (): string => join(root, 'blueprints/platform/cache');
  const edit = (file: string, change: (text: string) => string): void => {
    const path = join(folder(), file);
    writeFileSync(path, change(readFileSync(path, 'utf8')));
  };

  beforeAll(async () => {
    root = await newRepository('cache');
    git('init', '-q');
    git('add', '-A', '.');
    git('commit', '-q', '-m', 'first');
    git('tag', 'old');
    // A field more, which is a minor step, in a version that says the same as before.
    edit('config.schema.json', (text) => {
      const json = JSON.parse(text) as { properties: object };
      return JSON.stringify({
        ...json,
        properties: { ...json.properties, extra: { type: 'boolean', default: false } },
      });
    });
    await runBp(['generate'], { cwd: root });
  });

  test('the working tree with a revision: the version promises too little', async () => {
    const ran = await runBp(['diff', 'cache', '--git', 'old', '--cases', '20'], { cwd: root });
    expect(ran).toMatchObject({ code: 3, stderr: '' });
    expect(ran.stdout).toContain('minor spec.config.extra: is new');
    expect(ran.stdout).toContain('keeps the version');
  });

  test('two revisions that are equal, in JSON', async () => {
    const ran = await runBp(
      ['diff', 'old:blueprints/platform/cache', 'HEAD:cache', '--cases', '20', '-o', 'json'],
      { cwd: root },
    );
    expect(ran.code, ran.stderr).toBe(0);
    expect(JSON.parse(ran.stdout)).toMatchObject({
      name: 'cache',
      needed: 'none',
      changes: [],
      compared: 'rendered',
    });
  });

  test('a revision leaves nothing behind', async () => {
    const [before, own] = [process.env.TMPDIR, mkdtempSync(join(tmpdir(), 'bp-clean-'))];
    process.env.TMPDIR = own;
    try {
      await runBp(['diff', 'cache', '--git', 'old', '--cases', '5'], { cwd: root });
      await runBp(['diff', 'cache', '--git', 'no-such-revision'], { cwd: root });
    } finally {
      if (before === undefined) delete process.env.TMPDIR;
      else process.env.TMPDIR = before;
    }
    expect(readdirSync(own)).toEqual([]);
  });

  test('an artifact with the source: read, and never run', async () => {
    const out = join(root, 'oci');
    const built = await runBp(['build', 'cache', '--out', out], { cwd: root });
    expect(built.code, built.stderr).toBe(0);
    const [tag = ''] = [...readFileSync(join(out, 'index.json'), 'utf8').matchAll(/"(bp-cache:[^"]+)"/g)].map(
      (m) => m[1] ?? '',
    );
    const same = await runBp(['diff', `oci:${out}:${tag}`, 'cache', '-o', 'json'], { cwd: root });
    expect(same.code, same.stderr + same.stdout).toBe(0);
    expect(JSON.parse(same.stdout)).toMatchObject({ compared: 'published', changes: [] });

    edit('config.schema.json', (text) => text.replace('"extra"', '"other"'));
    await runBp(['generate'], { cwd: root });
    const ran = await runBp(['diff', `oci:${out}:${tag}`, 'HEAD:cache', '-o', 'json'], { cwd: root });
    expect(ran.code, ran.stderr).toBe(3);
    expect(JSON.parse(ran.stdout)).toMatchObject({
      compared: 'published',
      needed: 'major',
      changes: [{ what: 'field-removed', path: 'spec.config.extra' }],
    });
  });

  test.for([
    { argv: ['diff', 'cache'], said: 'with what?' },
    { argv: ['diff', 'cache', '--git', '--upload-pack=x'], said: 'Cannot' },
    {
      argv: ['diff', 'cache', '--git', 'no-such-revision'],
      said: 'Cannot read Git revision "no-such-revision"',
    },
    { argv: ['diff', 'old:nothing', 'cache'], said: 'Cannot find Blueprint "nothing"' },
    { argv: ['diff', 'a', 'b', '--git', 'old'], said: '--git takes one Blueprint' },
    { argv: ['diff', 'cache', 'cache', '--cases', '0'], said: 'Cannot read --cases "0"' },
  ])('$argv is refused', async ({ argv, said }) => {
    const ran = await runBp(argv, { cwd: root });
    expect(ran.code).toBeGreaterThan(0);
    expect(ran.stderr).toContain(said);
  });
});

test('what is not an artifact of ours is refused', async () => {
  const target = new MemoryTarget();
  await expect(readArtifact(target, '1.0.0', 'x')).rejects.toThrow(/1\.0\.0/);
});
