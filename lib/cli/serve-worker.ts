import { createJsonLogger, type Logger } from '../function/logger.ts';
import type { WorkerRouter } from '../function/workers/messages.ts';
import { freeOwn } from '../internal/own-bytes.ts';
import type { Carried, CarriedLater } from './carried.ts';
import { Cli } from './command.ts';
import { loadCarried } from './load-carried.ts';
import { bundledRouter } from './served-router.ts';
import { warmUp } from './warm-up.ts';

/** What a thread of the host needs to load what the process serves. */
export interface ServeWorkerData {
  readonly directory: string;
  readonly base: string;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly debug: boolean;
  readonly callTimeoutMs: number;
}

/** What each thread of `bp serve` does first: loads the project, and opens the way to signed bundles. */
export async function createWorkerRouter(given: unknown): Promise<WorkerRouter> {
  const { directory, callTimeoutMs } = given as ServeWorkerData;
  const { cli, logger } = contextOf(given as ServeWorkerData);
  const { projectCarried } = await import('./project-carried.ts'); // late: an image has no project
  return prepared(cli, await projectCarried(directory, logger), logger, callTimeoutMs);
}

/** The same for a thread whose module carries its Blueprints. */
export async function carriedRouter(carried: Carried | CarriedLater, given: unknown): Promise<WorkerRouter> {
  const { cli, logger } = contextOf(given as ServeWorkerData);
  const { callTimeoutMs } = given as ServeWorkerData;
  return prepared(cli, await loadCarried(carried), logger, callTimeoutMs);
}

function prepared(...given: Parameters<typeof bundledRouter>): WorkerRouter {
  // By then the host knows that it can listen. An answer that fails would only be slower to be the first.
  setImmediate(() => void warmUp().then(freeOwn, () => undefined));
  return bundledRouter(...given);
}

function contextOf({ base, cwd, env, debug }: ServeWorkerData): { cli: Cli; logger: Logger } {
  const { stderr, stdout, stdin } = process;
  const signal = new AbortController().signal; // the host ends its threads itself
  const cli = new Cli(
    { stderr, stdout, stdin, env, cwd, isTTY: false, columns: 80, signal },
    { directory: base },
  );
  const logger = createJsonLogger({ write: (line) => cli.note(line), level: debug ? 'debug' : 'info' });
  return { cli, logger };
}
