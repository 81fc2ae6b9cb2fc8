import type { Command } from 'commander';
import { catalogueRows, formatCatalogue } from '../../project/catalogue-index.ts';
import type { Cli, CliCommand } from '../command.ts';
import type { ExitCode } from '../exit-code.ts';

export const command: CliCommand = {
  configure: (command: Command): unknown =>
    command.description(
      'Lists the Blueprints of the project: name, version, kind, scope, sizes, and what each builds on. ' +
        'What no Blueprint of the project provides is marked as missing: it is left out of what is composed.',
    ),
  examples: [
    'bp catalog                  a table',
    'bp catalog -o json | jq -r ".blueprints[].name"',
    'bp catalog -C ../platform   of another repository',
  ],
  async run(cli: Cli): Promise<ExitCode | undefined> {
    const { loadProject } = await import('../../project/index.ts');
    const project = await loadProject(cli.directory);
    const blueprints = catalogueRows(project);
    cli.emit({ coordinates: project.coordinates.prefix, blueprints }, () =>
      formatCatalogue(blueprints, cli.paint),
    );
    return undefined;
  },
};
