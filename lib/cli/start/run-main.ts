import type { StartedThread } from '../../function/workers/start-thread.ts';
import type { ExitCode } from '../exit-code.ts';
import { processIo } from '../io.ts';
import { main } from '../main.ts';
import type { Bundle } from './bundle.ts';

/** `main` with the process that it is started for, and where there are any, the bundle that it runs from and a host's first thread. */
export function runMain(
  argv: readonly string[],
  bundle: Bundle | undefined,
  thread: StartedThread | undefined,
): Promise<ExitCode> {
  return main(argv, processIo(bundle, thread));
}
