import { join } from 'node:path';
import { type Bundle, isFresh, readManifest, toBundle } from './bundle.ts';
import { useBundle } from './use-bundle.ts';

type RunMain = typeof import('./run-main.ts').runMain;

/** The folder that holds `lib/`: the repository, or `dist/` of the published package. */
const ROOT: string = join(import.meta.dirname, '../../..');
const COMPILED: boolean = import.meta.filename.endsWith('.js');
const MAIN: string = `lib/cli/start/run-main${COMPILED ? '.js' : '.ts'}`;

/**
 * Runs `bp` from the bundle that the published package holds. The repository keeps one in its cache, made when it is
 * first needed and again after each change of a source. With `BP_DEBUG`, and wherever no bundle can be had, `bp` runs
 * from the modules themselves.
 * @returns the exit code
 */
export async function runBp(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<number> {
  const bundle = (env.BP_DEBUG ?? '') === '' ? await openBundle() : undefined;
  const bundled = bundle && (await useBundle(bundle).catch(() => undefined));
  const { runMain } = (bundled?.[MAIN] ?? (await import('./run-main.ts'))) as { readonly runMain: RunMain };
  return runMain(argv, bundled && bundle);
}

async function openBundle(): Promise<Bundle | undefined> {
  const folder = join(ROOT, COMPILED ? 'bundle' : 'node_modules/.cache/openova-bp');
  const found = readManifest(folder);
  if (found !== undefined && (COMPILED || isFresh(ROOT, found))) return toBundle(ROOT, folder, found);
  if (COMPILED) return undefined;
  try {
    const { buildBundle } = await import('./build-bundle.ts');
    return toBundle(ROOT, folder, await buildBundle(ROOT, folder));
  } catch {
    return undefined; // a source that does not compile says so itself; a cache that cannot be written is no harm
  }
}
