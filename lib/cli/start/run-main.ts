import type { ExitCode } from '../exit-code.ts';
import { processIo } from '../io.ts';
import { main } from '../main.ts';
import type { Bundle } from './bundle.ts';

/** `main` with the process that it is started for, and the bundle that it runs from, if it does. */
export function runMain(argv: readonly string[], bundle: Bundle | undefined): Promise<ExitCode> {
  return main(argv, processIo(bundle));
}
