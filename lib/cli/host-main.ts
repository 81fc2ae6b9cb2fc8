import { fileURLToPath } from 'node:url';
import { Command, CommanderError } from 'commander';
import type { Logger } from '../function/logger.ts';
import type { Carried, CarriedLater } from './carried.ts';
import { Cli } from './command.ts';
import { command, loadFromProject, type ServeOptions, serve } from './commands/serve.ts';
import { EXIT, type ExitCode, exitCodeOf } from './exit-code.ts';
import type { Io } from './io.ts';
import { loadCarried } from './load-carried.ts';
import { formatError } from './print-error.ts';

/** `runHost` with its process: never throws, the answer is the exit code. */
export async function hostMain(
  source: URL | Carried | CarriedLater,
  argv: readonly string[],
  io: Io,
): Promise<ExitCode> {
  try {
    const parser = new Command('function-blueprints').exitOverride();
    command.configure(parser);
    parser.parse([...argv], { from: 'user' });
    const threads = source instanceof URL ? { directory: fileURLToPath(source) } : source.threads;
    const load = (logger: Logger): Promise<Carried> =>
      source instanceof URL ? loadFromProject(fileURLToPath(source), logger) : loadCarried(source);
    return await serve(new Cli(io, {}), parser.args, parser.opts<ServeOptions>(), load, threads);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.invalid; // it has said so
    io.stderr.write(formatError(error, 'human', (io.env.BP_DEBUG ?? '') !== ''));
    return exitCodeOf(error);
  }
}
