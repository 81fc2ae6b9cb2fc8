import { execFileSync } from 'node:child_process';
import { mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { expect, test } from 'vitest';
import { runBp } from './io.test-helper.ts';

const root = join(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'bp-completion-'));
symlinkSync(join(import.meta.dirname, 'bp.mjs'), join(folder, 'bp'));
const environment = { ...process.env, PATH: `${folder}${delimiter}${process.env.PATH}` };

const cases = {
  Command: { reason: 'from the table', words: ['ren'], want: ['render'] },
  Option: {
    reason: 'from the command itself',
    words: ['render', 'x.yaml', '--unt'],
    want: ['--until-ready'],
  },
  Global: { reason: 'every command has them', words: ['catalog', '--out'], want: ['--output'] },
  Format: { reason: 'what -o takes', words: ['catalog', '-o', 'j'], want: ['json'] },
  Shells: { reason: 'choices of an argument', words: ['completion', 'z'], want: ['zsh'] },
  Rule: { reason: 'that bp validate knows', words: ['explain', 'no-pl'], want: ['no-plaintext-secret'] },
  Blueprint: { reason: 'of this project', words: ['validate', 'val'], want: ['valkey'] },
  Second: { reason: 'a variadic argument', words: ['generate', 'cnpg', 'val'], want: ['valkey'] },
  Directory: { reason: '-C has a value', words: ['-C', '/x', 'ren'], want: ['render'] },
  File: { reason: 'the shell offers files', words: ['render', 'ex'], want: [] },
  New: { reason: 'a name that is taken is no help', words: ['new', 'val'], want: [] },
  Unknown: { reason: 'nothing to say of it', words: ['nope', ''], want: [] },
} as const;

test.for(Object.entries(cases))('bp offers words: %s', async ([, { reason, words, want }]) => {
  const ran = await runBp(['completion', '-C', root, 'words', '--', ...words]);
  expect([ran.code, ran.stdout.split('\n').filter(Boolean)], reason).toEqual([0, want]);
});

test('outside of a project there are no Blueprints, and no error', async () => {
  const ran = await runBp(['completion', '-C', folder, 'words', '--', 'generate', '']);
  expect(ran).toMatchObject({ code: 0, stdout: '', stderr: '' });
});

function has(shell: string): boolean {
  try {
    execFileSync(shell, ['-c', 'exit 0'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

test('bash completes with the script', async (ctx) => {
  if (!has('bash')) ctx.skip('bash is not installed');
  const { stdout } = await runBp(['completion', 'bash']);
  const script = join(folder, 'bp.bash');
  writeFileSync(script, stdout);
  const ask = `source ${script}; COMP_WORDS=(bp generate val); COMP_CWORD=2; _bp_complete; echo "\${COMPREPLY[@]}"`;
  const out = execFileSync('bash', ['--norc', '-c', ask], { cwd: root, env: environment, encoding: 'utf8' });
  expect(out.trim()).toBe('valkey');
});

test('fish completes with the script', async (ctx) => {
  if (!has('fish')) ctx.skip('fish is not installed');
  const { stdout } = await runBp(['completion', 'fish']);
  const ask = `${stdout}\ncomplete -C 'bp generate val'`;
  const out = execFileSync('fish', ['--no-config', '-c', ask], {
    cwd: root,
    env: environment,
    encoding: 'utf8',
  });
  expect(out).toContain('valkey');
});

test('zsh reads the script', async (ctx) => {
  if (!has('zsh')) ctx.skip('zsh is not installed');
  const { stdout } = await runBp(['completion', 'zsh']);
  const out = execFileSync(
    'zsh',
    ['-fc', `autoload -U compinit; compinit -u -D; ${stdout}; print $_comps[bp]`],
    {
      env: environment,
      encoding: 'utf8',
    },
  );
  expect(out.trim()).toBe('_bp');
});
