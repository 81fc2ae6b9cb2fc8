import { Script } from 'node:vm';

const SLOT = Symbol.for('@openova/blueprints/bounded-run');
const CODE = 'ERR_SCRIPT_EXECUTION_TIMEOUT';
let script: Script | undefined;

/**
 * Runs a function that waits for nothing, and stops it in the middle if it takes longer than this: nothing else in the
 * thread could, as no timer fires while it runs. Costs about a tenth of a millisecond. Not to be nested.
 * @throws what the function throws, and an error of which `ranTooLong` is true
 */
export function runBounded<T>(run: () => T, milliseconds: number): T {
  script ??= new Script(`globalThis[Symbol.for(${JSON.stringify(SLOT.description)})]()`);
  Reflect.set(globalThis, SLOT, run);
  try {
    return script.runInThisContext({ timeout: milliseconds, displayErrors: false }) as T;
  } finally {
    Reflect.deleteProperty(globalThis, SLOT);
  }
}

/** Whether an error, or one that caused it, says that `runBounded` stopped what it ran. */
export function ranTooLong(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) if ('code' in at && at.code === CODE) return true;
  return false;
}
