import type { StartedThread } from '../../function/workers/start-thread.ts';
import type { BundleName } from './bundle.ts';
import { openBundle } from './open-bundle.ts';
import { useBundle } from './use-bundle.ts';

type RunMain = typeof import('./run-main.ts').runMain;

const MAIN: string = `lib/cli/start/run-main${import.meta.filename.endsWith('.js') ? '.js' : '.ts'}`;

/**
 * Runs `bp` from a bundle. With `BP_DEBUG`, and wherever no bundle can be had, it runs from the modules themselves.
 * @returns the exit code
 */
export async function runBp(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<number> {
  const name = (env.BP_DEBUG ?? '') === '' ? bundleFor(argv) : undefined;
  const thread = name === 'listen' ? await threadOf(argv) : undefined;
  const bundle = name && (await openBundle(name));
  const bundled = bundle && (await useBundle(bundle).catch(() => undefined));
  const { runMain } = (bundled?.[MAIN] ?? (await import('./run-main.ts'))) as { readonly runMain: RunMain };
  return runMain(argv, bundled && bundle, thread);
}

/** Late: no other command has one. */
async function threadOf(argv: readonly string[]): Promise<StartedThread | undefined> {
  const { firstThread, threadCode } = await import('./first-thread.ts');
  return firstThread(argv, threadCode(true));
}

/** Whichever it is, `bp` does the same; the wrong one makes it load more. A host without threads composes itself. */
function bundleFor(argv: readonly string[]): BundleName {
  const text = argv.join(' ');
  return /^(?:-C \S+ )?serve(?: |$)/.test(text) && !/ --workers[ =]0(?: |$)/.test(text) ? 'listen' : 'bp';
}
