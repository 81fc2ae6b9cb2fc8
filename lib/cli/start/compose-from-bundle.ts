import { openBundle } from './open-bundle.ts';
import { useBundle } from './use-bundle.ts';

/**
 * Makes this thread one of the host's, which composes. It has a bundle of its own for that; the Blueprints that it imports
 * get its modules as well.
 */
export async function composeFromBundle(): Promise<void> {
  const bundle = await openBundle('compose');
  if (bundle !== undefined) await useBundle(bundle).catch(() => undefined);
  await import('../../function/workers/worker-main.ts');
}
