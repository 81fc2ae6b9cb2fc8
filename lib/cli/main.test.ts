import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { COMMANDS } from './commands.ts';
import { runBp } from './io.test-helper.ts';

const empty = mkdtempSync(join(tmpdir(), 'bp-main-'));

interface Row {
  readonly reason: string;
  readonly argv: readonly string[];
  readonly code: number;
  readonly stdout?: RegExp;
  readonly stderr?: RegExp;
}

const rows: Readonly<Record<string, Row>> = {
  NoCommand: { reason: 'help, but a script must notice', argv: [], code: 2, stderr: /Commands:/ },
  Help: { reason: 'asked for: stdout', argv: ['--help'], code: 0, stdout: /Exit codes: 0 fine/ },
  HelpCommand: { reason: 'as git and npm have it', argv: ['help'], code: 0, stdout: /Commands:/ },
  HelpAbout: { reason: 'the same as --help', argv: ['help', 'catalog'], code: 0, stdout: /Examples:/ },
  Version: { reason: 'plain, for scripts', argv: ['--version'], code: 0, stdout: /^\d+\.\d+\.\d+\S*\n$/ },
  UnknownCommand: {
    reason: 'a slip has its way out',
    argv: ['catalgo'],
    code: 2,
    stderr: /^bp: Cannot run "catalgo": there is no such command\nhint: did you mean "bp catalog"\?\n$/,
  },
  UnknownOption: {
    reason: 'a slip has its way out',
    argv: ['catalog', '--outptu'],
    code: 2,
    stderr: /unknown option '--outptu'\nhint: did you mean --output\?/,
  },
  WrongFormat: {
    reason: 'the choices are named',
    argv: ['catalog', '-o', 'xml'],
    code: 2,
    stderr: /human, json, yaml/,
  },
  TooManyArguments: {
    reason: 'never ignored',
    argv: ['catalog', 'x'],
    code: 2,
    stderr: /too many arguments/,
  },
  NoProject: {
    reason: 'a tool error, with the way out',
    argv: ['catalog', '-C', empty],
    code: 1,
    stderr: /\nhint: .*bp new NAME/,
  },
  JsonError: {
    reason: 'one object on stderr, nothing on stdout',
    argv: ['catalog', '-C', empty, '-o', 'json'],
    code: 1,
    stdout: /^$/,
    stderr: /^\{"error":\{"code":"not-found","message":"[^"]*\\"[^}]*"remedy":"[^"]+"\}\}\n$/,
  },
  GlobalFirst: {
    reason: 'global options may stand before the command',
    argv: ['-o', 'json', '-C', empty, 'catalog'],
    code: 1,
    stderr: /^\{"error"/,
  },
  TerminalEscape: {
    reason: 'an argument cannot rewrite the terminal',
    argv: ['\u001b[2Jx'],
    code: 2,
    stderr: /"\\u001b\[2Jx"/,
  },
};

test.for(Object.entries(rows))('bp %s', async ([, row]) => {
  const ran = await runBp(row.argv);
  expect(ran.code, row.reason + ran.stderr).toBe(row.code);
  if (row.stdout !== undefined) expect(ran.stdout, row.reason).toMatch(row.stdout);
  if (row.stderr !== undefined) expect(ran.stderr, row.reason).toMatch(row.stderr);
});

test.for(COMMANDS.map((c) => c.name))('bp %s --help has a description and examples', async (name) => {
  const ran = await runBp([name, '--help']);
  expect(ran.code).toBe(0);
  expect(ran.stdout).toMatch(new RegExp(`^Usage: bp ${name}`));
  expect(ran.stdout).toMatch(new RegExp(`Examples:\n  bp ${name}`));
  expect(ran.stderr).toBe('');
});
