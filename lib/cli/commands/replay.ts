import type { Command } from 'commander';
import { ToolkitError } from '../../errors.ts';
import type { Cli, CliCommand } from '../command.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';

interface Options {
  readonly timeout: string;
}

const MAX_REQUEST_BYTES: number = 64 * 1024 * 1024; // 64 MiB, as much as bp serve can be told to take

export const command: CliCommand<Options> = {
  configure: (command: Command): unknown =>
    command
      .description(
        'Answers a request that bp serve --capture-dir has kept, with the Blueprints of this project: what Crossplane was ' +
          'answered then, or would be now. Connection details and credentials are not in the file.',
      )
      .argument('<file>', 'the bytes of a RunFunctionRequest: *.request.pb')
      .option('--timeout <duration>', 'wall clock of the call', '30s'),
  examples: [
    'bp replay captured/cnpg-1.0.0-0f3a….request.pb            the desired objects and results as YAML',
    'bp replay captured/cnpg-1.0.0-0f3a….request.pb -o json',
  ],
  async run(cli: Cli, args: readonly string[], options: Options): Promise<ExitCode | undefined> {
    const { readFile } = await import('node:fs/promises');
    const { createRunner, decodeResponse, silentLogger } = await import('../../function/index.ts');
    const { formatYaml } = await import('../../internal/yaml.ts');
    const { parseDuration } = await import('../duration.ts');
    const { projectCarried } = await import('../project-carried.ts');
    const { bundledRouter } = await import('../served-router.ts');
    const [file = ''] = args;
    const bytes = await readFile(cli.path(file)).catch((cause: unknown) => {
      throw new ToolkitError('not-found', `Cannot read "${file}"`, { cause });
    });
    const timeoutMs = parseDuration(options.timeout, '--timeout');
    const carried = await projectCarried(cli.directory, silentLogger);
    const { router } = bundledRouter(cli, carried, silentLogger, timeoutMs);
    const runner = createRunner({ router, limits: { maxBytes: MAX_REQUEST_BYTES }, timeoutMs });
    const { desired, ...answer } = decodeResponse(await runner.run(bytes));
    const result = {
      ...answer,
      composite: desired.composite?.object,
      resources: Object.fromEntries(
        [...desired.resources].map(([name, r]) => [name, { ready: r.ready, object: r.object }]),
      ),
      requirements: answer.requirements && {
        resources: Object.fromEntries(answer.requirements.resources),
        schemas: Object.fromEntries(answer.requirements.schemas),
      },
    };
    const plain: unknown = JSON.parse(JSON.stringify(result)); // without what is undefined
    cli.emit(plain, () => formatYaml(plain));
    return answer.results.some((r) => r.severity === 'fatal') ? EXIT.failed : EXIT.ok;
  },
};
