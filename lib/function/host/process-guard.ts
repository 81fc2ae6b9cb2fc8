import type { Logger } from '../logger.ts';
import { messageOf, stackOf } from './failure.ts';

/**
 * Keeps the process alive when a Blueprint throws where nobody can catch it: in a promise that it forgot, in a
 * timer. One Blueprint's slip must not end the others'. Returns what undoes it.
 */
export function guardProcess(logger: Logger): () => void {
  const log = (message: string) => {
    return (thrown: unknown): void => {
      logger.log('error', message, { reason: messageOf(thrown), stack: stackOf(thrown) });
    };
  };
  const onRejection = log('Unhandled rejection');
  const onException = log('Uncaught exception');
  process.on('unhandledRejection', onRejection);
  process.on('uncaughtException', onException);
  return () => {
    process.off('unhandledRejection', onRejection);
    process.off('uncaughtException', onException);
  };
}
