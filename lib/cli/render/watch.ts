import { dirname, relative } from 'node:path';
import { findProjectRoot } from '../../project/index.ts';
import type { Cli } from '../command.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { formatError } from '../print-error.ts';
import { watchFolder } from '../watch.ts';
import { blueprintFolder, freshModules } from './fresh-modules.ts';

const QUIET_MS = 5; // editors save in several steps
const CLEAR = '\u001b[2J\u001b[3J\u001b[H'; // screen, scrollback, cursor home
const IGNORED = /(?:^|\/)(?:node_modules|\.git|generated|golden|dist)(?:\/|$)|~$|\.sw[px]$|(?:^|\/)\.#/;
const WATCHED = /\.(?:ts|mts|js|mjs|json|ya?ml)$/;

/** Renders once, and again after each save, until the command is told to stop. `print` throws what a render throws. */
export async function watchRender(
  cli: Cli,
  xrFile: string,
  print: (cli: Cli) => Promise<unknown>,
): Promise<ExitCode> {
  const root = rootFor(cli, xrFile);
  const modules = freshModules(root);
  const saved = new Set<string>();
  let wake = Promise.withResolvers<void>();
  const watcher = (cli.io.watch ?? watchFolder)(root, (path) => {
    if (IGNORED.test(path) || !WATCHED.test(path)) return;
    saved.add(path);
    wake.resolve();
  });
  const stop = (): void => wake.resolve();
  cli.io.signal.addEventListener('abort', stop, { once: true });
  try {
    await show(cli, root, [], print);
    while (!cli.io.signal.aborted) {
      await wake.promise;
      await new Promise((done) => setTimeout(done, QUIET_MS));
      wake = Promise.withResolvers();
      const paths = [...saved];
      saved.clear();
      if (cli.io.signal.aborted || paths.length === 0) continue;
      for (const folder of new Set(paths.map(blueprintFolder))) modules.renew(folder);
      await show(cli, root, paths, print);
    }
    return EXIT.ok;
  } finally {
    watcher.close();
    modules.stop();
  }
}

/** As a render finds its project: around the working directory, else around the XR. */
function rootFor(cli: Cli, xrFile: string): string {
  try {
    return findProjectRoot(cli.directory);
  } catch {
    return findProjectRoot(dirname(cli.path(xrFile)));
  }
}

/** Everything that a render says is written at once, so that the terminal does not flicker. */
async function show(
  cli: Cli,
  root: string,
  saved: readonly string[],
  print: (cli: Cli) => Promise<unknown>,
): Promise<void> {
  const start = performance.now();
  const text: string[] = [];
  const sink = { write: (part: string | Uint8Array) => text.push(String(part)) };
  try {
    if (saved.some((path) => path.endsWith('config.schema.json'))) await renewTypes(root);
    await print(cli.writingTo(sink));
  } catch (error) {
    text.push(formatError(error, 'human', (cli.io.env.BP_DEBUG ?? '') !== ''));
  }
  const what = saved.length === 0 ? relative(cli.io.cwd, root) || '.' : saved.slice(0, 3).join(', ');
  const took = `${Math.round(performance.now() - start)} ms`;
  text.push(cli.paint.dim(`watching: ${what} · ${took} · Ctrl-C ends`), '\n');
  cli.print((cli.io.isTTY ? CLEAR : '') + text.join(''));
}

/** The schema's types are what `blueprint.ts` imports, so they come before it. */
async function renewTypes(root: string): Promise<void> {
  const { planConfigModules } = await import('../../project/generated.ts');
  const { staleFiles, writePlanned } = await import('../../project/planned-files.ts');
  writePlanned(root, staleFiles(root, await planConfigModules(root)));
}
