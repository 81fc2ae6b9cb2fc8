import { expect, test } from 'vitest';
import { commandsOf, fencesOf } from './markdown.ts';

test('commandsOf() takes every line of sh and the prompted ones of console', () => {
  const page = [
    '```sh',
    '# first',
    'bp new echo   # makes a folder',
    'bp publish --all \\',
    '  --plain-http',
    '```',
    '```console',
    '$ bp --version',
    '0.1.0',
    '```',
    '```ts',
    'npm();',
    '```',
  ].join('\n');
  expect(commandsOf(fencesOf(page))).toEqual([
    { line: 1, text: 'bp new echo' },
    { line: 1, text: 'bp publish --all --plain-http' },
    { line: 7, text: 'bp --version' },
  ]);
});
