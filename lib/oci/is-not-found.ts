import { isToolkitError } from '../errors.ts';

/** True if the error says that the thing is not there. */
export function isNotFound(error: unknown): boolean {
  return isToolkitError(error) && error.code === 'not-found';
}
