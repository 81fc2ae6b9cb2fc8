import { join } from 'node:path';
import { type Bundle, type BundleName, isFresh, readManifest, toBundle } from './bundle.ts';

/** The folder that holds `lib/`: the repository, or `dist/` of the published package. */
const ROOT: string = join(import.meta.dirname, '../../..');
const COMPILED: boolean = import.meta.filename.endsWith('.js');

/**
 * A bundle that the published package holds. The repository keeps its own in its cache, made when it is first needed and
 * again after each change of a source.
 * @returns undefined wherever none can be had
 */
export async function openBundle(name: BundleName): Promise<Bundle | undefined> {
  const folder = join(ROOT, COMPILED ? 'bundle' : 'node_modules/.cache/openova-bp', name);
  const found = readManifest(folder);
  if (found !== undefined && (COMPILED || isFresh(ROOT, found))) return toBundle(ROOT, folder, found);
  if (COMPILED) return undefined;
  try {
    const { buildBundle } = await import('./build-bundle.ts');
    return toBundle(ROOT, folder, await buildBundle(ROOT, folder, name));
  } catch {
    return undefined; // a source that does not compile says so itself; a cache that cannot be written is no harm
  }
}
