/** Notes how to end what was just started. */
export type Defer = (close: () => unknown) => void;

/**
 * Starts several things, one after the other. Where one does not come up, those before it are ended; `stop` ends all of
 * them, the last one first.
 */
export async function startTogether<T>(
  start: (defer: Defer, stop: () => Promise<void>) => Promise<T>,
): Promise<T> {
  const closing: (() => unknown)[] = [];
  const stop = async (): Promise<void> => {
    for (const close of closing.splice(0).reverse()) await close();
  };
  try {
    return await start((close) => void closing.push(close), stop);
  } catch (error) {
    await stop().catch(() => {});
    throw error;
  }
}
