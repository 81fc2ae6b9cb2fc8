import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findProjectRoot, loadProject, selectBlueprints } from './project.ts';

const DEFINE = join(import.meta.dirname, '..', 'blueprint', 'define.ts');

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'project-'));
});
afterEach(() => rmSync(root, { recursive: true }));

function write(files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries({ 'package.json': '{"type":"module"}', ...files })) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
}

function source(name: string, more = ''): string {
  return `import { defineBlueprint } from ${JSON.stringify(DEFINE)};
export default defineBlueprint({
  name: '${name}', version: '1.0.0', scope: 'Namespaced',
  card: { title: 'T', summary: 'S', category: 'C' },
  config: { json: { type: 'object', properties: {} } },
  placement: { modes: ['single-region'], default: 'single-region' },
  sizes: { small: {}, large: {} },
  ${more}
  compose: () => undefined,
});
`;
}

describe('loadProject()', () => {
  test('finds Blueprints in platform/, in products/ and directly, sorted by name', async () => {
    write({
      'blueprints/platform/web/blueprint.ts': source('web'),
      'blueprints/products/hub/blueprint.ts': source('hub'),
      'blueprints/cache/blueprint.ts': source('cache'),
      'blueprints/platform/notes/README.md': 'not a Blueprint',
      'blueprints/platform/web/nested/blueprint.ts': 'throw new Error("too deep to be one")',
    });
    const project = await loadProject(join(root, 'blueprints/platform/web'));
    expect([...project.blueprints].map(([name, b]) => [name, b.path])).toEqual([
      ['cache', 'blueprints/cache'],
      ['hub', 'blueprints/products/hub'],
      ['web', 'blueprints/platform/web'],
    ]);
    expect([...project.catalogue.keys()].sort()).toEqual(['cache', 'hub', 'web']);
    expect([project.root, project.coordinates.prefix]).toEqual([root, 'ghcr.io/openova-io']);
  });

  test('reads the example of each size, and the coordinates', async () => {
    write({
      'package.json': '{"type":"module","blueprints":{"coordinates":"registry.example.org/acme"}}',
      'blueprints/web/blueprint.ts': source('web'),
      'blueprints/web/examples/small.yaml': 'kind: Web\n',
      'blueprints/web/examples/huge.yaml': 'kind: NoSuchSize\n',
    });
    const project = await loadProject(root);
    expect([...(project.blueprints.get('web')?.examples ?? [])]).toEqual([['small', { kind: 'Web' }]]);
    expect(project.coordinates.prefix).toBe('registry.example.org/acme');
  });

  const broken = {
    Syntax: { reason: 'does not parse', text: 'export default {', code: 'invalid' },
    Throws: { reason: 'fails while it loads', text: 'throw new Error("boom")', code: 'invalid' },
    Import: {
      reason: 'imports what is not there',
      text: "import './nothing.ts'; export default 1",
      code: 'invalid',
    },
    NoDefault: { reason: 'exports nothing', text: 'export const a = 1;', code: 'invalid' },
    OtherDefault: {
      reason: 'exports something else',
      text: 'export default { name: "web" };',
      code: 'invalid',
    },
    Faults: { reason: 'is refused by defineBlueprint', text: source('Web'), code: 'invalid' },
  };
  test.for(Object.entries(broken))('names the file that cannot be loaded: %s', async ([, tc]) => {
    write({ 'blueprints/platform/web/blueprint.ts': tc.text });
    await expect(loadProject(root), tc.reason).rejects.toMatchObject({
      code: tc.code,
      message: expect.stringContaining('"blueprints/platform/web/blueprint.ts"'),
      place: 'blueprints/platform/web/blueprint.ts',
    });
  });

  test.for([
    ['blueprints/web/examples/small.yaml', 'a: [', 'invalid'],
    ['blueprints/web/examples/small.yaml', 'a: 1\n---\nb: 2\n', 'invalid'],
    ['package.json', '{', 'invalid'],
    ['package.json', '{"blueprints":{"coordinates":"nowhere"}}', 'invalid'],
  ] as const)('refuses %s with %j', async ([path, text, code]) => {
    write({ 'blueprints/web/blueprint.ts': source('web'), [path]: text });
    await expect(loadProject(root)).rejects.toMatchObject({ name: 'ToolkitError', code });
  });

  test('refuses two Blueprints of one name, naming both folders', async () => {
    write({
      'blueprints/platform/web/blueprint.ts': source('web'),
      'blueprints/products/web/blueprint.ts': source('web'),
    });
    await expect(loadProject(root)).rejects.toMatchObject({
      code: 'conflict',
      message:
        'Cannot load the project: "blueprints/platform/web" and "blueprints/products/web" both define "web"',
    });
  });

  test('refuses two names that would be one API, unless one says otherwise', async () => {
    const twins = (more: string): void =>
      write({
        'blueprints/a/blueprint.ts': source('web-shop'),
        'blueprints/b/blueprint.ts': source('webshop', more),
      });
    twins('');
    await expect(loadProject(root)).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('both define plural webshops'),
    });
  });

  test('a project without Blueprints is one', async () => {
    write({ 'blueprints/README.md': '' });
    expect((await loadProject(root)).blueprints.size).toBe(0);
  });
});

describe('selectBlueprints()', () => {
  test('takes names, artifact names and paths, and says what there is', async () => {
    write({ 'blueprints/web/blueprint.ts': source('web'), 'blueprints/hub/blueprint.ts': source('hub') });
    const project = await loadProject(root);
    const names = (given: readonly string[]): string[] => selectBlueprints(project, given).map((b) => b.name);
    expect([names([]), names(['web']), names(['bp-web']), names(['blueprints/hub/'])]).toEqual([
      ['hub', 'web'],
      ['web'],
      ['web'],
      ['hub'],
    ]);
    expect(() => names(['wbe'])).toThrow(
      expect.objectContaining({ code: 'not-found', remedy: 'there are: hub, web' }),
    );
  });
});

test('findProjectRoot() needs package.json and blueprints/', () => {
  expect(() => findProjectRoot(root)).toThrow(expect.objectContaining({ code: 'not-found' }));
});
