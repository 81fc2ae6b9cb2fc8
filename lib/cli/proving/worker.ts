import type { MessagePort } from 'node:worker_threads';
import { assemblyOf } from '../../generate/files.ts';
import { loadProject } from '../../project/index.ts';
import { proveShare, type Share, type ShareOutcome } from '../../prove/index.ts';

export interface ShareAnswer {
  readonly outcome?: ShareOutcome;
  /** What went wrong instead; the thread that asked meets the same and says it better. */
  readonly error?: string;
}

/** Answers every share that is asked of this thread, one after another. */
export function answerShares(port: MessagePort, root: string): void {
  const loading = loadProject(root);
  loading.catch(() => undefined); // told to who asks
  let before: Promise<unknown> = loading;
  port.on('message', (share: Share) => {
    before = before
      .then(() => answer(share))
      .then(
        (outcome) => port.postMessage({ outcome } satisfies ShareAnswer),
        (error: unknown) => port.postMessage({ error: String(error) } satisfies ShareAnswer),
      );
  });

  async function answer(share: Share): Promise<ShareOutcome> {
    const project = await loading;
    const one = project.blueprints.get(share.blueprint);
    if (one === undefined) throw new Error(`there is no "${share.blueprint}"`);
    return proveShare(assemblyOf(project), one.blueprint, share, one.examples);
  }
}
