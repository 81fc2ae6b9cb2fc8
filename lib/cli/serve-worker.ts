import { createJsonLogger, type Logger, type WorkerRouter } from '../function/index.ts';
import type { Carried, CarriedLater } from './carried.ts';
import { Cli } from './command.ts';
import { bundledRouter, loadFromProject, type ServeWorkerData } from './commands/serve.ts';
import { loadCarried } from './load-carried.ts';

/** What each thread of `bp serve` does first: loads the project, and opens the way to signed bundles. */
export async function createWorkerRouter(given: unknown): Promise<WorkerRouter> {
  const { directory, callTimeoutMs } = given as ServeWorkerData;
  const { cli, logger } = contextOf(given as ServeWorkerData);
  return bundledRouter(cli, await loadFromProject(directory, logger), logger, callTimeoutMs);
}

/** The same for a thread whose module carries its Blueprints. */
export async function carriedRouter(carried: Carried | CarriedLater, given: unknown): Promise<WorkerRouter> {
  const { cli, logger } = contextOf(given as ServeWorkerData);
  const { callTimeoutMs } = given as ServeWorkerData;
  return bundledRouter(cli, await loadCarried(carried), logger, callTimeoutMs);
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
