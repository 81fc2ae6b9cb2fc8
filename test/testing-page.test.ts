import { expect, test } from 'vitest';
import { fencesOf } from './support/markdown.ts';
import { readText } from './support/repository.ts';

test('the example of docs/testing.md is the file that runs', () => {
  const example = fencesOf(readText('docs/testing.md')).filter((fence) => fence.language === 'ts');
  expect(example.map((fence) => `${fence.text}\n`)).toEqual([
    readText('blueprints/platform/valkey/kit.test.ts'),
  ]);
});
