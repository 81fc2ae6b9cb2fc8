import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import { newRepository } from './io.test-helper.ts';
import { blueprintFolder } from './render/fresh-modules.ts';

let root: string;
const FOLDER = 'blueprints/platform/acme-cache';

beforeAll(async () => {
  root = await newRepository('acme-cache');
});

/** What `bp render --watch` printed after its start and after each edit, in a process where Node itself imports. */
function watched(edits: readonly { readonly file: string; readonly text: string }[]): readonly string[] {
  const main = pathToFileURL(join(import.meta.dirname, 'main.ts')).href;
  const script = `
    import { writeFileSync } from 'node:fs';
    import { join } from 'node:path';
    const { main } = await import(${JSON.stringify(main)});
    const edits = ${JSON.stringify(edits)};
    const root = ${JSON.stringify(root)};
    const stop = new AbortController();
    const shown = [];
    let save;
    const next = () => {
      const edit = edits.shift();
      if (edit === undefined) return stop.abort();
      writeFileSync(join(root, edit.file), edit.text);
      save('node_modules/x/index.js');
      save(edit.file);
    };
    const code = await main(['render', '-C', root, join(root, '${FOLDER}/examples/small.yaml'), '--watch'], {
      stdout: { write: (text) => { shown.push(String(text)); setTimeout(next, 1); } },
      stderr: { write: (text) => shown.push('stderr ' + text) },
      stdin: [], env: {}, cwd: root, isTTY: true, columns: 100, signal: stop.signal,
      watch: (folder, onSave) => { save = onSave; return { close: () => shown.push('closed') }; },
    });
    process.stdout.write('\\n@@' + JSON.stringify([...shown, code]));`;
  const out = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
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
  expect(shown.slice(4)).toEqual(['closed', '0']);
  for (const screen of shown.slice(0, 4)) expect(screen.startsWith('\u001b[2J')).toBe(true);
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
