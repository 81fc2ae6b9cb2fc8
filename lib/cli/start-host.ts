import type { Carried, CarriedLater } from './carried.ts';
import { processIo } from './io.ts';
import { firstThread, threadCode } from './start/first-thread.ts';

/** `runHost`, in a process that does nothing else: its thread starts before anything more is loaded. */
export async function runHost(
  source: URL | Carried | CarriedLater,
  argv: readonly string[],
): Promise<number> {
  const code = source instanceof URL ? threadCode(false) : source.threads;
  const thread = code && firstThread(argv, code);
  const { hostMain } = await import('./host-main.ts');
  return hostMain(source, argv, processIo(undefined, thread));
}
