import type { Command } from 'commander';
import type { Cli, CliCommand } from '../command.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { untilStopped } from '../until-stopped.ts';

interface Options {
  readonly address: string;
  readonly storage: string;
}

export const command: CliCommand<Options> = {
  configure: (command: Command): unknown =>
    command
      .description(
        'Runs an OCI registry (distribution 1.1 with referrers) for a machine without one. Plain HTTP and open to ' +
          'whoever reaches it: keep it on a loopback address. Prints one line once it listens; SIGINT or SIGTERM ends it.',
      )
      .option('--address <host:port>', 'where to listen; port 0 takes a free one', '127.0.0.1:5000')
      .option('--storage <dir>', 'keeps everything; "" keeps it in memory', '.bp/registry'),
  examples: [
    'bp registry',
    'bp registry --address 127.0.0.1:0 --storage "" -o json     for a test: any port, nothing kept',
  ],
  async run(cli: Cli, _args: readonly string[], options: Options): Promise<ExitCode | undefined> {
    const stopped = untilStopped(cli); // before the line is out, after which anybody may signal
    const { startRegistry } = await import('../../registry/index.ts');
    const storage = options.storage === '' ? undefined : cli.path(options.storage);
    const registry = await startRegistry({
      address: options.address,
      ...(storage !== undefined && { storage }),
    });
    const { address, url } = registry;
    const line = { listening: true, address, url, storage: storage ?? null };
    if (cli.output === 'json') cli.print(`${JSON.stringify(line)}\n`);
    else cli.emit(line, () => `registry listening on ${address}, ${storage ?? 'in memory'}\n`);
    await stopped;
    await registry.close();
    return EXIT.ok;
  },
};
