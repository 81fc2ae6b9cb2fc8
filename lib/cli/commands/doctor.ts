import type { Command } from 'commander';
import type { Cli, CliCommand } from '../command.ts';
import type { Check } from '../doctor/check.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';

interface Options {
  readonly registry?: string;
  readonly plainHttp?: boolean;
}

const MISTAKES = `
The ten usual mistakes that it finds:
   1. a Node that is too old
   2. a clock that is wrong, which signatures do not forgive
   3. registry credentials that cannot be read, or whose helper is not installed
   4. cdk8s or constructs missing, or in a version that does not fit
   5. two copies of one of these, whose constructs do not fit together
   6. a package.json without "type": "module"
   7. config.ts that differs from config.schema.json
   8. a Blueprint that does not load
   9. generated files that are stale, or a size without example
  10. an example that editors find no schema for`;

export const command: CliCommand<Options> = {
  configure: (command: Command): unknown =>
    command
      .description(
        'Looks at this machine and project: Node, clock, credentials, permissions, installed packages and their copies, ' +
          'whether every Blueprint loads, and what is stale. Each finding names its way out. Exit 1 if something is wrong.',
      )
      .option('--registry <host>', 'also ask this registry whether it answers; nothing else uses the network')
      .option('--plain-http', 'ask it without TLS')
      .addHelpText('after', MISTAKES),
  examples: [
    'bp doctor',
    'bp doctor --registry ghcr.io',
    'bp doctor -o json | jq ".checks[] | select(.state != \\"ok\\")"',
  ],
  async run(cli: Cli, _args: readonly string[], options: Options): Promise<ExitCode | undefined> {
    const { checkMachine, checkRegistry } = await import('../doctor/machine.ts');
    const { checkProject } = await import('../doctor/project.ts');
    const now = (): Date => new Date();
    const checks: Check[] = [
      ...checkMachine(cli.io, now(), process.version),
      ...(await checkProject(cli.directory)),
    ];
    if (options.registry !== undefined) {
      checks.push(await checkRegistry(options.registry, options.plainHttp === true, now, cli.io.signal));
    }
    const wrong = checks.filter((c) => c.state === 'error').length;
    cli.emit({ healthy: wrong === 0, checks }, () => checks.map((c) => line(cli, c)).join(''));
    return wrong === 0 ? EXIT.ok : EXIT.failed;
  },
};

function line({ paint }: Cli, { name, state, message, remedy }: Check): string {
  const mark = state === 'ok' ? paint.good('✓') : state === 'warning' ? paint.waiting('!') : paint.bad('✗');
  const way = remedy === undefined ? '' : `\n    ${paint.dim('hint:')} ${remedy}`;
  return `${mark} ${name}: ${message}${way}\n`;
}
