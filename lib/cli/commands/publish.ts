import type { Command } from 'commander';
import { formatYaml } from '../../internal/yaml.ts';
import type { PublishResult } from '../../pipeline/publish.ts';
import type { Cli, CliCommand } from '../command.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { noteWhatTravelsBeside } from '../release/beside.ts';
import { ciRun } from '../release/ci-run.ts';
import { openRegistries, PLAIN_HTTP, readRegistry, readSourceDate } from '../release/registry.ts';
import { readSigning, type SigningOptions, signingOptions } from '../release/signing-options.ts';
import { wholeNumber } from '../whole-number.ts';

const MAX_CONCURRENCY = 64;

interface Options extends SigningOptions {
  readonly registry: string;
  readonly plainHttp?: boolean;
  readonly concurrency: number;
  readonly dev?: boolean;
}

export const command: CliCommand<Options> = {
  configure: (command: Command): unknown =>
    signingOptions(
      command
        .description(
          'Builds, pushes, signs, attests, verifies and tags, several artifacts at once: blobs, manifest by digest, ' +
            'signatures and attestations in both formats, the version’s tag last. What the registry has already is not ' +
            'done again. A version that was published with other bytes is refused. With -o json one object per artifact ' +
            'and line on stdout, as they end.',
        )
        .argument('[name...]', 'Blueprints, all of the project without a name')
        .requiredOption('--registry <host/path>', 'artifacts go to HOST/PATH/bp-<name>'),
    )
      .option('--dev', 'publish development versions: edit and publish again just works')
      .option('--concurrency <n>', 'artifacts at once', wholeNumber('--concurrency', 1, MAX_CONCURRENCY), 8)
      .addOption(PLAIN_HTTP),
  examples: [
    'bp publish --registry ghcr.io/acme --keyless            in CI: all that is not there yet',
    'bp publish valkey --registry 127.0.0.1:5000/acme --key cosign.key --no-tlog --dev',
    'bp publish --registry 127.0.0.1:5000/acme --keyless --identity-token .bp/sigstore/token \\',
    '  --signing-config .bp/sigstore/signing_config.json --trusted-root .bp/sigstore/trusted_root.json',
  ],
  async run(cli: Cli, names: readonly string[], options: Options): Promise<ExitCode | undefined> {
    const { loadProject, selectBlueprints } = await import('../../project/index.ts');
    const { publishBlueprints, systemGit } = await import('../../pipeline/index.ts');
    const registry = await readRegistry(options.registry);
    const build = { ...readSourceDate(cli), ...(options.dev && { development: true }) };
    const signing = await readSigning(cli, options);
    const project = await loadProject(cli.directory);
    const chosen = selectBlueprints(project, names);
    const client = await openRegistries(cli, options);
    const invocationId = ciRun(cli.io.env);
    try {
      const results = await publishBlueprints(project, chosen, {
        ...build,
        registry,
        target: (repository) => client.target(repository),
        signing,
        git: systemGit,
        concurrency: options.concurrency,
        ...(invocationId === undefined ? {} : { invocationId }),
        onResult: (result) => report(cli, result),
        signal: cli.io.signal,
      });
      if (cli.output === 'human') cli.print(summary(results, cli));
      if (cli.output === 'human' && results.some((r) => r.status === 'published')) noteWhatTravelsBeside(cli);
      return results.some((r) => r.status === 'failed') ? EXIT.failed : EXIT.ok;
    } finally {
      client.close();
    }
  },
};

function report(cli: Cli, result: PublishResult): void {
  const { repository, tag, digest, status, error } = result;
  const said = error === undefined ? digest : `: ${error}`;
  cli.note(`${status} ${repository}:${tag} ${said}`.replace(' : ', ': '));
  if (cli.output === 'json') cli.print(`${JSON.stringify(result)}\n`);
  else if (cli.output === 'yaml') cli.print(`---\n${formatYaml(result)}`);
}

function summary(results: readonly PublishResult[], cli: Cli): string {
  const count = (status: PublishResult['status']): number =>
    results.filter((r) => r.status === status).length;
  const failed = count('failed');
  const parts = [
    cli.paint.good(`${count('published')} published`),
    `${count('unchanged')} unchanged`,
    failed === 0 ? '0 failed' : cli.paint.bad(`${failed} failed`),
  ];
  const lines = results
    .filter((r) => r.status !== 'failed')
    .map((r) => `${r.repository}:${r.tag}@${r.digest}\n`);
  return `${lines.join('')}${parts.join(', ')}\n`;
}
