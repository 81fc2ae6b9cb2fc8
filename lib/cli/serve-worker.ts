import { createJsonLogger, type WorkerRouter } from '../function/index.ts';
import { Cli } from './command.ts';
import { bundledRouter, loadFromProject, type ServeWorkerData } from './commands/serve.ts';

/** What each thread of `bp serve` does first: loads the project, and opens the way to signed bundles. */
export async function createWorkerRouter(given: unknown): Promise<WorkerRouter> {
  const { directory, base, cwd, env, debug } = given as ServeWorkerData;
  const { stderr, stdout, stdin } = process;
  const signal = new AbortController().signal; // the host ends its threads itself
  const io = { stderr, stdout, stdin, env, cwd, isTTY: false, columns: 80, signal };
  const cli = new Cli(io, { directory: base });
  const logger = createJsonLogger({ write: (line) => cli.note(line), level: debug ? 'debug' : 'info' });
  return bundledRouter(cli, await loadFromProject(directory, logger), logger);
}
