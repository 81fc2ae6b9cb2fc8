import type { Command } from 'commander';
import type { Cli, CliCommand } from '../command.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { readSourceDate } from '../release/registry.ts';

interface Options {
  readonly out: string;
  readonly dev?: boolean;
}

interface BuiltRow {
  readonly name: string;
  readonly version: string;
  /** Name in the layout. */
  readonly ref: string;
  readonly digest: string;
}

export const command: CliCommand<Options> = {
  configure: (command: Command): unknown =>
    command
      .description(
        'Builds artifacts into one OCI image layout, in which each is named bp-<name>:<version>. The same source gives ' +
          'the same digest on any machine and any day. A version that ends in -dev, or --dev, is built as ' +
          '<version>-dev.<hash>, where the hash follows from what was built.',
      )
      .argument('[name...]', 'Blueprints, all of the project without a name')
      .option('--out <dir>', 'the layout', 'dist')
      .option('--dev', 'build development versions'),
  examples: [
    'bp build                    all Blueprints, into dist/',
    'bp build cnpg -o json | jq -r ".artifacts[].digest"',
    'bp build --dev --out /tmp/layout',
    'skopeo inspect oci:dist:bp-cnpg:1.0.0',
  ],
  async run(cli: Cli, names: readonly string[], options: Options): Promise<ExitCode | undefined> {
    const { loadProject, selectBlueprints } = await import('../../project/index.ts');
    const { buildBlueprint, layoutName, writeLayout } = await import('../../pipeline/index.ts');
    const build = { ...readSourceDate(cli), ...(options.dev && { development: true }) };
    const project = await loadProject(cli.directory);
    const chosen = selectBlueprints(project, names);
    const artifacts: BuiltRow[] = [];
    for (const one of chosen) {
      const built = await buildBlueprint(project, one, build);
      await writeLayout(cli.path(options.out), built);
      const { digest } = built.artifact.manifest.descriptor;
      artifacts.push({ name: one.name, version: built.version, ref: layoutName(built), digest });
    }
    cli.emit({ directory: options.out, artifacts }, () =>
      artifacts.map((a) => `${cli.paint.good('built')} ${a.ref} ${cli.paint.dim(a.digest)}\n`).join(''),
    );
    return EXIT.ok;
  },
};
