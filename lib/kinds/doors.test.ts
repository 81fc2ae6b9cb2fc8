import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';

const here = import.meta.dirname;
const doors = readdirSync(join(here, 'gen')).filter((name) => name !== 'index.ts');

/** Files of ours and packages that Node loads for a module, in a process of its own. */
function loadedBy(file: string): { ours: string[]; packages: string[] } {
  const script = `
    import { registerHooks } from 'node:module';
    const urls = [];
    registerHooks({ load(url, context, next) { urls.push(url); return next(url, context); } });
    await import(${JSON.stringify(pathToFileURL(file).href)});
    console.log(JSON.stringify(urls));`;
  const out = execFileSync(process.execPath, ['--input-type=module', '--eval', script], { encoding: 'utf8' });
  const urls = JSON.parse(out) as string[];
  const root = pathToFileURL(here).href;
  return {
    ours: urls.filter((url) => url.startsWith(root)).map((url) => url.slice(root.length + 1)),
    packages: urls.filter((url) => url.includes('/node_modules/')),
  };
}

describe('a door loads its own constructs and no other', () => {
  test.for(doors)('%s', (door) => {
    expect(loadedBy(join(here, door)).ours.sort()).toEqual(
      [door, `gen/${door}`, 'manifest.ts', 'resource.ts'].sort(),
    );
  });
});

test('the registry loads neither constructs nor any package', () => {
  expect(loadedBy(join(here, 'registry.ts'))).toEqual({
    ours: ['registry.ts', 'gen/index.ts'],
    packages: [],
  });
});
