import { openBundle } from './open-bundle.ts';
import { useBundle } from './use-bundle.ts';

type ComposeModule = typeof import('../../function/workers/compose-in-thread.ts');

const THREAD: string = `lib/function/workers/compose-in-thread${import.meta.filename.endsWith('.js') ? '.js' : '.ts'}`;

/**
 * Makes this thread one of the host's, which composes. It has a bundle of its own for that; the Blueprints that it imports
 * get its modules as well.
 */
export async function composeFromBundle(): Promise<void> {
  const bundle = await openBundle('compose');
  const bundled = bundle && (await useBundle(bundle).catch(() => undefined));
  const { composeInThread } = (bundled?.[THREAD] ??
    (await import('../../function/workers/compose-in-thread.ts'))) as ComposeModule;
  composeInThread();
}
