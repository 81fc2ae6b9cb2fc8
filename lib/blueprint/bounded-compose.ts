import { isToolkitError, ToolkitError } from '../errors.ts';
import type { ComposeFunction } from '../function/protocol.ts';
import { ranTooLong, runBounded } from '../internal/bounded-run.ts';
import { authorPlace } from './author-place.ts';
import type { ComposeOptions } from './compose.ts';
import { composeFunction } from './compose.ts';
import type { Blueprint } from './define.ts';

/** A compose takes milliseconds; the host gives a call thirty seconds in all. */
export const MAX_COMPOSE_MS = 10_000;

/**
 * `composeFunction` for a process that has nobody who would stop it, as the host's threads have: a compose that never
 * ends is stopped, and an error says which line of the Blueprint it comes from.
 * @throws ToolkitError `limit` naming the Blueprint; `ranTooLong` is true of it
 */
export function boundedCompose(
  blueprint: Blueprint,
  options: ComposeOptions,
  milliseconds: number = MAX_COMPOSE_MS,
): ComposeFunction {
  const compose = composeFunction(blueprint, options);
  return (request, context) => {
    try {
      return runBounded(() => compose(request, context), milliseconds);
    } catch (cause) {
      if (!ranTooLong(cause)) throw placed(cause);
      throw new ToolkitError(
        'limit',
        `Cannot compose "${blueprint.name}": it did not end within ${milliseconds / 1000} s`,
        { cause, remedy: 'is there a loop in its compose() that never ends?' },
      );
    }
  };
}

/** A FATAL result has nothing but its message, so the place stands there. */
function placed(error: unknown): unknown {
  if (!isToolkitError(error)) return error;
  const place = authorPlace(error.cause) ?? authorPlace(error);
  if (place === undefined) return error;
  const { code, message, remedy, cause } = error;
  return new ToolkitError(code, `${message} (at ${place})`, {
    place,
    ...(remedy === undefined ? {} : { remedy }),
    ...(cause === undefined ? {} : { cause }),
  });
}
