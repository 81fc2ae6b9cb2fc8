import type { Command } from 'commander';
import type { Cli, CliCommand } from '../command.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { openRegistries, PLAIN_HTTP, readRegistry, readSourceDate } from '../release/registry.ts';

interface Options {
  readonly registry: string;
  readonly plainHttp?: boolean;
  readonly dev?: boolean;
  /** False with `--no-tag`. */
  readonly tag: boolean;
}

interface PushedRow {
  readonly name: string;
  readonly version: string;
  readonly repository: string;
  /** Null with `--no-tag`. */
  readonly tag: string | null;
  readonly digest: string;
  readonly reference: string;
  readonly status: 'pushed' | 'unchanged';
}

export const command: CliCommand<Options> = {
  configure: (command: Command): unknown =>
    command
      .description(
        'Builds and pushes artifacts, without signing them. bp publish does all steps in the order in which nobody ever ' +
          'sees a version that is not signed; with --no-tag and bp sign --tag the steps have that order too.',
      )
      .argument('[name...]', 'Blueprints, all of the project without a name')
      .requiredOption('--registry <host/path>', 'artifacts go to HOST/PATH/bp-<name>')
      .option('--dev', 'push development versions')
      .option('--no-tag', 'push by digest only')
      .addOption(PLAIN_HTTP),
  examples: [
    'bp push valkey --registry 127.0.0.1:5000/acme --dev',
    'bp push --registry ghcr.io/acme --no-tag -o json | jq -r ".artifacts[].reference"',
  ],
  async run(cli: Cli, names: readonly string[], options: Options): Promise<ExitCode | undefined> {
    const { loadProject, selectBlueprints } = await import('../../project/index.ts');
    const { buildBlueprint, checkVersionTag, pushArtifact } = await import('../../pipeline/index.ts');
    const registry = await readRegistry(options.registry);
    const build = { ...readSourceDate(cli), ...(options.dev && { development: true }) };
    const project = await loadProject(cli.directory);
    const client = await openRegistries(cli, options);
    const call = { signal: cli.io.signal };
    const artifacts: PushedRow[] = [];
    try {
      for (const one of selectBlueprints(project, names)) {
        const { version, artifact } = await buildBlueprint(project, one, build);
        const { digest } = artifact.manifest.descriptor;
        const repository = `${registry}/${one.blueprint.artifact}`;
        const target = client.target(repository);
        const state = await checkVersionTag(target, version, digest, repository, call);
        if (state === 'absent') {
          const subject = await pushArtifact(target, artifact, call);
          if (options.tag) await target.tag(subject, version, call);
        }
        const status = state === 'same' ? 'unchanged' : 'pushed';
        const reference = `${repository}@${digest}`;
        artifacts.push({
          name: one.name,
          version,
          repository,
          tag: options.tag ? version : null,
          digest,
          reference,
          status,
        });
        cli.note(`${status} ${repository}:${version} ${digest}`);
      }
    } finally {
      client.close();
    }
    cli.emit({ artifacts }, () => artifacts.map((a) => `${a.reference}\n`).join(''));
    return EXIT.ok;
  },
};
