import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { withoutComments } from './support/imports.ts';
import { listFiles, manifest, readText, root } from './support/repository.ts';

const doors: [string, string][] = Object.entries(manifest.exports).filter(([, target]) =>
  target.endsWith('.ts'),
);

/** Names from `export { a, b as c } from …`, `export type { … }` and declarations of an entry file. */
function exportedNames(path: string): { types: string[]; values: string[] } {
  const text = withoutComments(readText(path));
  const types: string[] = [];
  const values: string[] = [];
  for (const [, type, list = ''] of text.matchAll(/^export (type )?\{([^}]*)\}/gm)) {
    for (const item of list.split(',').map((part) => part.trim())) {
      const name =
        item
          .split(/\s+as\s+/)
          .at(-1)
          ?.replace(/^type\s+/, '') ?? '';
      if (name !== '') (type !== undefined || item.startsWith('type ') ? types : values).push(name);
    }
  }
  const declared =
    /^export (?:declare )?(type|interface|(?:async )?function\*?|const|(?:abstract )?class) ([\w$]+)/gm;
  for (const [, keyword = '', name = ''] of text.matchAll(declared)) {
    (/^(type|interface)$/.test(keyword) ? types : values).push(name);
  }
  return { types: [...new Set(types)].sort(), values: [...new Set(values)].sort() };
}

describe.for(doors)('%s', ([door, target]) => {
  const missing = !existsSync(join(root, target));

  test('exports the names we agreed on', async (ctx) => {
    if (missing) ctx.skip(`${target} does not exist yet`);
    const { types, values } = exportedNames(target);
    // The properties of the typed kinds are generated, hundreds per door; their constructs are what we choose.
    const generated = door.startsWith('./kinds/');
    const text = [...values, ...(generated ? [] : types.map((name) => `type ${name}`))].join('\n');
    const file = door === '.' ? 'index' : door.slice(2).replaceAll('/', '-');
    await expect(`${text}\n`, 'if on purpose: npm test -- test/exports -u').toMatchFileSnapshot(
      `exports/${file}.txt`,
    );
  });

  test('loads, and has at run time what its text lists', async (ctx) => {
    if (missing) ctx.skip(`${target} does not exist yet`);
    const loaded: object = await import(pathToFileURL(join(root, target)).href);
    expect(Object.keys(loaded).sort()).toEqual(exportedNames(target).values);
  });

  test('lists its exports by name', (ctx) => {
    if (missing) ctx.skip(`${target} does not exist yet`);
    expect(withoutComments(readText(target))).not.toMatch(/^export \*/m);
  });
});

test('every project of the typed kinds has a door', () => {
  const projects = listFiles('lib/kinds/gen', (path) => path.endsWith('.ts') && !path.endsWith('/index.ts'));
  const names = projects.map((path) => path.slice('lib/kinds/gen/'.length, -'.ts'.length));
  expect(names.filter((name) => manifest.exports[`./kinds/${name}`] === undefined)).toEqual([]);
});

test('every entry of the package is there', (ctx) => {
  if (!existsSync(join(root, 'hack/demo.ts'))) ctx.skip('hack/demo.ts does not exist yet');
  expect(doors.filter(([, target]) => !existsSync(join(root, target)))).toEqual([]);
});
