import type { Command } from 'commander';
import type { Cli, CliCommand } from '../command.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { untilStopped } from '../until-stopped.ts';

interface Options {
  readonly address: string;
  readonly out: string;
}

export const command: CliCommand<Options> = {
  configure: (command: Command): unknown =>
    command
      .description(
        'Runs a Sigstore on this machine (Fulcio, Rekor v1, timestamps), to sign keyless without the network. Writes ' +
          'signing_config.json, trusted_root.json, token and PEM files, and keeps its keys there, so that what was signed ' +
          'verifies after a restart. Nobody but this machine trusts it. Prints one line once it listens; SIGINT or SIGTERM ' +
          'ends it.',
      )
      .option('--address <host:port>', 'a loopback address; port 0 takes a free one', '127.0.0.1:9555')
      .option('--out <dir>', 'where the files go', '.bp/sigstore'),
  examples: [
    'bp sigstore',
    'bp publish --registry 127.0.0.1:5000/acme --keyless --identity-token .bp/sigstore/token \\',
    '  --signing-config .bp/sigstore/signing_config.json --trusted-root .bp/sigstore/trusted_root.json',
  ],
  async run(cli: Cli, _args: readonly string[], options: Options): Promise<ExitCode | undefined> {
    const stopped = untilStopped(cli); // before the line is out, after which anybody may signal
    const { DEFAULT_ISSUER, DEFAULT_SUBJECT, startSigstore } = await import('../../sigstore/index.ts');
    const directory = cli.path(options.out);
    const sigstore = await startSigstore({ address: options.address, directory });
    const files = await sigstore.writeFiles(directory);
    const line = {
      listening: true,
      url: sigstore.url,
      identity: DEFAULT_SUBJECT,
      issuer: DEFAULT_ISSUER,
      files,
    };
    if (cli.output === 'json') cli.print(`${JSON.stringify(line)}\n`);
    else cli.emit(line, () => `sigstore listening on ${sigstore.url}, files in ${options.out}\n`);
    await stopped;
    await sigstore.close();
    return EXIT.ok;
  },
};
