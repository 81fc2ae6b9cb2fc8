import { type Command, Option } from 'commander';
import type { Proof } from '../../prove/index.ts';
import type { Cli, CliCommand } from '../command.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { wholeNumber } from '../whole-number.ts';

interface Options {
  readonly seed: number;
  readonly cases: number;
}

const MAX_CASES = 100_000;

export const command: CliCommand<Options> = {
  configure: (command: Command): unknown =>
    command
      .description(
        'Proves Blueprints without test code: every size in every placement with every border value of the config, then ' +
          'random ones. Each XR is rendered until it settles on a simulated cluster, and must be ready, pass the schema of ' +
          'every composed kind and the platform’s rules, and render to the same bytes again. A failure is shrunk to the ' +
          'smallest XR that shows it. Exit code 1 if one fails.',
      )
      .argument('[name...]', 'Blueprints by name or folder; all without one')
      .addOption(
        new Option('--seed <number>', 'of the random configs; the same one gives the same')
          .default(1)
          .argParser(wholeNumber('--seed', 0, 2 ** 32 - 1)),
      )
      .addOption(
        new Option('--cases <number>', 'of each Blueprint, at least')
          .default(500)
          .argParser(wholeNumber('--cases', 1, MAX_CASES)),
      ),
  examples: [
    'bp test                          every Blueprint of the project',
    'bp test valkey                   one of them',
    'bp test --cases 5000 --seed 7    longer, with other random configs',
    'bp test -o json | jq ".blueprints[].faults[].xr"',
  ],
  async run(cli: Cli, names: readonly string[], options: Options): Promise<ExitCode | undefined> {
    const { loadProject, selectBlueprints } = await import('../../project/index.ts');
    const { assemblyOf } = await import('../../generate/files.ts');
    const { formatProof, proveBlueprint } = await import('../../prove/index.ts');
    const { startProvingThreads } = await import('../proving/threads.ts');
    const project = await loadProject(cli.directory);
    const chosen = selectBlueprints(project, names);
    const threads = startProvingThreads(project.root, options.cases * chosen.length, cli.io.bundle);
    const proofs: Proof[] = [];
    try {
      for (const { name, blueprint, examples } of chosen) {
        const progress = progressOf(cli, name);
        const started = performance.now();
        const proof = await proveBlueprint(assemblyOf(project), blueprint, {
          ...options,
          examples,
          helpers: threads.helpers,
          onProgress: progress.show,
          signal: cli.io.signal,
        });
        progress.clear();
        proofs.push(proof);
        const seconds = (performance.now() - started) / 1000;
        if (cli.output === 'human') cli.print(formatProof(proof, cli.paint, seconds));
      }
    } finally {
      await threads.stop();
    }
    const passed = proofs.every((p) => p.faults.length === 0);
    if (cli.output !== 'human') cli.emit({ passed, blueprints: proofs }, String);
    return passed ? EXIT.ok : EXIT.failed;
  },
};

/** One line that overwrites itself, for a person at a terminal only. */
function progressOf(cli: Cli, name: string): { show(done: number, of: number): void; clear(): void } {
  const live = cli.io.isTTY && cli.output === 'human';
  const write = (text: string): void => {
    if (live) cli.io.stderr.write(`\r\u001b[K${text}`);
  };
  return { show: (done, of) => write(`${name}: ${done} of ${of}`), clear: () => write('') };
}
