import type { Child } from './child.ts';
import { type Look, StopWaiting, waitFor } from './wait.ts';

/**
 * Looks until a program that was just started is ready. One that ends, or is not ready in time, is stopped.
 * @throws Error with its last words where it ended, else ToolkitError `limit`
 */
export async function untilReady<T>(
  child: Child,
  look: () => Promise<Look<T>> | Look<T>,
  timeoutMs: number,
): Promise<T> {
  try {
    return await waitFor(
      `${child.name} to be ready`,
      () => {
        if (child.ended !== undefined) throw new StopWaiting(endedError(child));
        return look();
      },
      { timeoutMs },
    );
  } catch (error) {
    await child.stop();
    throw error;
  }
}

/** A look at a health probe. */
export async function probe(url: string): Promise<Look<true>> {
  const answer = await fetch(url);
  return answer.ok ? { value: true } : { state: `its probe answers ${answer.status}` };
}

/** A program that ended though it should run, with its last words. */
export function endedError(child: Child): Error {
  return new Error(`${child.name} ended with ${child.ended}:\n${child.tail(20)}`);
}
