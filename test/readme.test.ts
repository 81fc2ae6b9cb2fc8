import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { commandsOf, fencesOf } from './support/markdown.ts';
import { run } from './support/process.ts';
import { readText, root } from './support/repository.ts';

const COMMANDS_TIMEOUT_MS = 300_000;
const page = 'README.md';
const fences = existsSync(join(root, page)) ? fencesOf(readText(page)) : [];
const commands = commandsOf(fences);

// Commands that cannot run inside a test, each with the file that runs it. Every other command of the page is
// run below, in the order of the page, in a directory of its own.
const RUN_ELSEWHERE: readonly { command: RegExp; by: string; reason: string }[] = [
  { command: /^git clone /, by: '.ci/run', reason: 'continuous integration starts from a fresh clone' },
  { command: /^cd catalyst-blueprints$/, by: '.ci/run', reason: 'goes with the clone' },
  { command: /^npm start$/, by: '.ci/run', reason: 'the demonstration is a run of its own' },
  { command: /^npm (test|run interop)$/, by: '.ci/run', reason: 'a test cannot run all tests' },
  {
    command: /^npm (run (check|fix|build)|pack)$/,
    by: 'hack/test.ts',
    reason: 'changes or compiles this tree',
  },
  { command: /^npm (install|i|ci)\b/, by: 'test/pack.test.ts', reason: 'needs the network' },
  { command: /^(bash )?\.ci\/run$/, by: '.ci/run', reason: 'is the whole run' },
];

describe('README.md', () => {
  let home: string;

  beforeEach((ctx) => {
    if (fences.length === 0) ctx.skip('README.md does not exist yet');
  });

  beforeAll(() => {
    home = mkdtempSync(join(tmpdir(), 'bp-readme-'));
    const bin = join(home, '.bin');
    mkdirSync(join(home, 'work/node_modules/@openova'), { recursive: true });
    mkdirSync(bin);
    symlinkSync(root, join(home, 'work/node_modules/@openova/blueprints'));
    // npx without the network: the command is the one of this repository.
    writeFileSync(join(bin, 'npx'), '#!/bin/sh\nexec "$@"\n', { mode: 0o755 });
    const launcher = join(root, 'lib/cli/bp.mjs');
    writeFileSync(join(bin, 'bp'), `#!/bin/sh\nexec "${process.execPath}" "${launcher}" "$@"\n`, {
      mode: 0o755,
    });
  });
  afterAll(() => rmSync(home, { recursive: true, force: true }));

  test('every command that is tested elsewhere names a file that exists', () => {
    expect(RUN_ELSEWHERE.filter(({ by }) => !existsSync(join(root, by)))).toEqual([]);
  });

  test(
    'every other command runs, in the order of the page',
    async () => {
      const here = commands.filter(({ text }) => !RUN_ELSEWHERE.some(({ command }) => command.test(text)));
      const script = here.map(({ text, line }) => `at=${line}\n${text}`);
      // What the page starts in the background ends with the page.
      const onExit = `trap 'code=$?; [ $code = 0 ] || echo "block at line $at: exit $code" >&2; kill $(jobs -p) 2>/dev/null || true; exit $code' EXIT`;
      const { code, stderr } = await run('bash', ['-euo', 'pipefail', '-c', [onExit, ...script].join('\n')], {
        cwd: join(home, 'work'),
        env: {
          PATH: [join(home, '.bin'), dirname(process.execPath), process.env.PATH].join(':'),
          HOME: home,
          CI: 'true',
        },
        timeoutMs: COMMANDS_TIMEOUT_MS,
      });
      expect({ code, stderr: code === 0 ? '' : stderr.slice(-2000) }).toEqual({ code: 0, stderr: '' });
    },
    COMMANDS_TIMEOUT_MS,
  );

  test('every TypeScript snippet type-checks', async (ctx) => {
    const folder = join(root, '.cache', 'readme');
    rmSync(folder, { recursive: true, force: true });
    for (const { language, line, text } of fences) {
      // A first line such as `// blueprints/echo/blueprint.ts` names the file for snippets that import each other.
      const name = /^\/\/ ([\w./-]+\.ts)$/m.exec(text.split('\n')[0] ?? '')?.[1] ?? `line-${line}.ts`;
      if (!/^(ts|typescript)$/.test(language)) continue;
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), `${text}\nexport {};\n`);
    }
    if (!existsSync(folder)) return ctx.skip('the page has no TypeScript');
    // A snippet shows what an author writes, who need not annotate every export.
    const config = {
      extends: '../../tsconfig.json',
      compilerOptions: { isolatedDeclarations: false, declaration: false },
    };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ ...config, include: ['.'], exclude: [] }));
    const tsc = join(root, 'node_modules/typescript/bin/tsc');
    expect(await run(process.execPath, [tsc, '--project', folder])).toMatchObject({ code: 0, stdout: '' });
  });
});
