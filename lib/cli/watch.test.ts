import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import { newRepository } from './io.test-helper.ts';
import { blueprintFolder } from './render/fresh-modules.ts';

let root: string;
const FOLDER = 'blueprints/platform/acme-cache';
const CLUSTER_FACTS = `apiVersion: apiextensions.crossplane.io/v1beta1
kind: EnvironmentConfig
metadata: { name: catalyst-cluster }
`;
const EXAMPLE = `${FOLDER}/examples/small.yaml`;

beforeAll(async () => {
  root = await newRepository('acme-cache');
});

interface Edit {
  /** Below the repository, or absolute. */
  readonly file: string;
  readonly text: string;
}

/** What `bp render --watch` printed after its start and after each edit, in a process where Node itself imports. */
function watched(edits: readonly Edit[], argv: readonly string[] = ['-C', root, EXAMPLE]): readonly string[] {
  const main = pathToFileURL(join(import.meta.dirname, 'main.ts')).href;
  const script = `
    import { realpathSync, writeFileSync } from 'node:fs';
    import { dirname, join, relative, resolve } from 'node:path';
    const { main } = await import(${JSON.stringify(main)});
    const edits = ${JSON.stringify(edits)};
    const stop = new AbortController();
    const shown = [];
    const watchers = new Set();
    const save = (file) => {
      for (const { folder, onSave, recursive } of watchers) {
        const name = relative(folder, file);
        if (!name.startsWith('..') && (recursive || dirname(file) === folder)) onSave(name);
      }
    };
    const next = () => {
      const edit = edits.shift();
      if (edit === undefined) return stop.abort();
      const file = resolve(${JSON.stringify(root)}, edit.file);
      writeFileSync(file, edit.text);
      save(resolve(${JSON.stringify(root)}, 'node_modules/x/index.js'));
      save(join(dirname(realpathSync(file)), 'unread.txt'));
      save(realpathSync(file));
    };
    const code = await main(['render', '--watch', ...${JSON.stringify(argv)}], {
      stdout: { write: (text) => { shown.push(String(text)); setTimeout(next, 1); } },
      stderr: { write: (text) => shown.push('stderr ' + text) },
      stdin: [], env: {}, cwd: ${JSON.stringify(root)}, isTTY: true, columns: 100, signal: stop.signal,
      watch: (folder, onSave, { recursive } = { recursive: true }) => {
        const watcher = { folder, onSave, recursive };
        watchers.add(watcher);
        return { close: () => watchers.delete(watcher) };
      },
    });
    process.stdout.write('\\n@@' + JSON.stringify([...shown, watchers.size, code]));`;
  const out = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: 60_000, // a save that nobody looks at would be waited for without end
  });
  return (JSON.parse(out.slice(out.lastIndexOf('@@') + 2)) as unknown[]).map(String);
}

test('a save is rendered anew, a syntax error is shown with its place and outlived', () => {
  const file = `${FOLDER}/blueprint.ts`;
  const source = readFileSync(join(root, file), 'utf8');
  const shown = watched([
    { file, text: source.replace("'clients'", "'renamed'") },
    { file, text: source.replace('export default', 'const x = = 1;\nexport default') },
    { file, text: source },
  ]);
  const line = source.slice(0, source.indexOf('export default')).split('\n').length;
  expect(shown).toHaveLength(6);
  expect(shown[0]).toContain(`watching: .`);
  expect([shown[0], shown[3]]).toEqual(Array(2).fill(expect.stringContaining('clients')));
  expect(shown[1]).toContain('renamed');
  expect(shown[2]).toContain(`${file}:${line}`);
  expect(shown[3]).toContain('AcmeCache');
  expect(shown.slice(4), 'no watcher is left, exit code 0').toEqual(['0', '0']);
  for (const screen of shown.slice(0, 4)) expect(screen.startsWith('\u001b[2J')).toBe(true);
});

/** A folder beside the repository, which the file system's events for the repository say nothing of. */
function elsewhere(files: Readonly<Record<string, string>>): string {
  const folder = realpathSync(mkdtempSync(join(dirname(root), 'elsewhere-')));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

test('whatever was read is looked at, wherever it lies, by whatever link it was named', () => {
  const xr = readFileSync(join(root, EXAMPLE), 'utf8');
  const other = elsewhere({
    'xr.yaml': xr,
    'name.ts': "export { name } from './deeper.ts';",
    'deeper.ts': "export const name = 'first';",
    'context.json': '1',
  });
  const cluster = elsewhere({});
  symlinkSync(join(other, 'xr.yaml'), join(other, 'linked.yaml'));
  symlinkSync(root, join(other, 'repository'));
  const file = `${FOLDER}/blueprint.ts`;
  const source = readFileSync(join(root, file), 'utf8');
  const imports = `import { name } from ${JSON.stringify(join(other, 'name.ts'))};\n`;
  const shown = watched(
    [
      { file, text: imports + source.replace("'clients'", 'name') },
      { file: join(other, 'deeper.ts'), text: "export const name = 'second';" },
      { file: join(other, 'xr.yaml'), text: xr.replace('  name: acme-cache', '  name: saved') },
      { file: join(cluster, 'facts.yaml'), text: CLUSTER_FACTS },
      { file: join(other, 'context.json'), text: '{' },
      { file, text: source },
    ],
    ['-C', join(other, 'repository'), join(other, 'linked.yaml')].concat(
      ['-e', cluster],
      ['--context-files', `a=${join(other, 'context.json')}`],
    ),
  );
  expect(shown.slice(7), 'no watcher is left, exit code 0').toEqual(['0', '0']);
  expect(shown[1]).toContain('-first');
  expect(shown[2]).toContain('-second');
  expect(shown[3]).toContain('AcmeCache default/saved');
  expect([shown[3], shown[4]].map((screen) => screen?.includes('catalyst-cluster'))).toEqual([true, false]);
  expect(shown[5]).toContain('context.json');
});

test('a Blueprint that imports from the folder of another is read again with it', () => {
  const file = `${FOLDER}/blueprint.ts`;
  const source = readFileSync(join(root, file), 'utf8');
  const names = 'blueprints/platform/names/names.ts';
  mkdirSync(join(root, 'blueprints/platform/names'));
  writeFileSync(join(root, names), "export const name = 'first';");
  const imports = "import { name } from '../names/names.ts';\n";
  const shown = watched([
    { file, text: imports + source.replace("'clients'", 'name') },
    { file: names, text: "export const name = 'second';" },
    { file, text: source },
  ]);
  expect(shown[1]).toContain('-first');
  expect(shown[2]).toContain('-second');
});

test('a Composition is looked at where there is no project', () => {
  const composition = (step: string) => `apiVersion: apiextensions.crossplane.io/v1
kind: Composition
metadata: { name: apps }
spec:
  compositeTypeRef: { apiVersion: example.org/v1, kind: App }
  mode: Pipeline
  pipeline: [{ step: only, functionRef: { name: ${step} } }]
`;
  const folder = elsewhere({
    'xr.yaml': 'apiVersion: example.org/v1\nkind: App\nmetadata: { name: shop }\n',
    'composition.yaml': composition('function-before'),
  });
  const shown = watched(
    [{ file: join(folder, 'composition.yaml'), text: composition('function-after') }],
    ['-C', folder, 'xr.yaml', 'composition.yaml'],
  );
  expect(shown[0]).toContain('function-before');
  expect(shown[1]).toContain('function-after');
});

const folders = {
  Grouped: { path: 'blueprints/platform/cnpg/blueprint.ts', want: 'blueprints/platform/cnpg' },
  Flat: { path: 'blueprints/cache/config.ts', want: 'blueprints/cache' },
  Outside: { path: 'kinds/example.org.ts', want: undefined },
  Loose: { path: 'blueprints/shared.ts', want: undefined },
} as const;

test.for(Object.entries(folders))('the folder that is read again: %s', ([, { path, want }]) => {
  expect(blueprintFolder(path)).toBe(want);
});
