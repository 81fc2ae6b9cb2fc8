import { realpathSync } from 'node:fs';
import { dirname, relative, sep } from 'node:path';
import { findProjectRoot } from '../../project/index.ts';
import type { Cli } from '../command.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { formatError } from '../print-error.ts';
import { watchFolder } from '../watch.ts';
import { blueprintFolder, type FreshModules, freshModules } from './fresh-modules.ts';
import { WatchedFiles } from './watched-files.ts';

const QUIET_MS = 5; // editors save in several steps
const CLEAR = '\u001b[2J\u001b[3J\u001b[H'; // screen, scrollback, cursor home

/**
 * Renders once, and again after each save, until the command is told to stop. `print` throws what a render throws.
 * @param files every file and directory that the command line names, the XR first
 */
export async function watchRender(
  cli: Cli,
  files: readonly string[],
  print: (cli: Cli) => Promise<unknown>,
): Promise<ExitCode> {
  const root = rootFor(cli, files[0] ?? '');
  const modules = root === undefined ? undefined : freshModules(root);
  const saved = new Set<string>();
  let wake = Promise.withResolvers<void>();
  const watched = new WatchedFiles(cli.io.watch ?? watchFolder, (path) => {
    saved.add(path);
    wake.resolve();
  });
  // Anew after each render: imports come and go, and links lead elsewhere.
  const look = (): void => {
    if (root !== undefined) watched.addProject(root);
    for (const path of [...files.map((file) => cli.path(file)), ...(modules?.outside ?? [])])
      watched.add(path);
  };
  const stop = (): void => wake.resolve();
  cli.io.signal.addEventListener('abort', stop, { once: true });
  try {
    look();
    await show(cli, root, [], print);
    look();
    while (!cli.io.signal.aborted) {
      await wake.promise;
      await new Promise((done) => setTimeout(done, QUIET_MS));
      wake = Promise.withResolvers();
      const paths = [...saved];
      saved.clear();
      if (cli.io.signal.aborted || paths.length === 0) continue;
      const stale = paths.flatMap((path) => staleModules(path, root, modules));
      for (const folder of new Set(stale)) modules?.renew(folder);
      await show(cli, root, paths, print);
      look();
    }
    return EXIT.ok;
  } finally {
    watched.close();
    modules?.stop();
  }
}

/** The Blueprint folders whose modules a save makes stale; undefined stands for all of them. */
function staleModules(
  path: string,
  root: string | undefined,
  modules: FreshModules | undefined,
): readonly (string | undefined)[] {
  if (root === undefined || modules === undefined) return [];
  if (modules.outside.has(path)) return [undefined];
  return isBelow(path, root) ? [blueprintFolder(relative(root, path))] : [];
}

const isBelow = (path: string, root: string): boolean => path.startsWith(`${root}${sep}`);

/** As a render finds its project: around the working directory, else around the XR. */
function rootFor(cli: Cli, xrFile: string): string | undefined {
  for (const place of [cli.directory, dirname(cli.path(xrFile))]) {
    try {
      return realpathSync(findProjectRoot(place));
    } catch {
      // The render says so, if it needs one.
    }
  }
  return undefined;
}

/** Everything that a render says is written at once, so that the terminal does not flicker. */
async function show(
  cli: Cli,
  root: string | undefined,
  saved: readonly string[],
  print: (cli: Cli) => Promise<unknown>,
): Promise<void> {
  const start = performance.now();
  const text: string[] = [];
  const sink = { write: (part: string | Uint8Array) => text.push(String(part)) };
  try {
    if (root !== undefined && saved.some((path) => path.endsWith('config.schema.json')))
      await renewTypes(root);
    await print(cli.writingTo(sink));
  } catch (error) {
    text.push(formatError(error, 'human', (cli.io.env.BP_DEBUG ?? '') !== ''));
  }
  const name = (path: string): string =>
    root !== undefined && isBelow(path, root) ? relative(root, path) : relative(cli.io.cwd, path) || '.';
  const what = (saved.length === 0 ? [root ?? cli.io.cwd] : saved).slice(0, 3).map(name).join(', ');
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
