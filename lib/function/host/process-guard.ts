import type { Logger } from '../logger.ts';
import { messageOf, stackOf } from './failure.ts';

/**
 * Keeps the process alive when a Blueprint throws where nobody can catch it: in a promise that it forgot, in a
 * timer. One Blueprint's slip must not end the others'. Returns what undoes it.
 */
export function guardProcess(logger: Logger): () => void {
  // Node raises an unhandled rejection as an uncaught exception too, and says so in `origin`.
  const onException = (thrown: unknown, origin: string): void => {
    logger.log('error', 'Failure outside any call', {
      origin,
      reason: messageOf(thrown),
      stack: stackOf(thrown),
    });
  };
  process.on('uncaughtException', onException);
  return () => void process.off('uncaughtException', onException);
}
