import { expect, test } from 'vitest';
import { fencesOf } from './support/markdown.ts';
import { readText } from './support/repository.ts';

test('the examples of docs/testing.md are the files that run', () => {
  const examples = fencesOf(readText('docs/testing.md')).filter((fence) => fence.language === 'ts');
  expect(examples.map((fence) => `${fence.text}\n`)).toEqual([
    readText('blueprints/platform/valkey/kit.test.ts'),
    readText('examples/cluster/flux.ts'), // by test/e2e/flux.test.ts
  ]);
});
