import type { Command } from 'commander';
import { isToolkitError, ToolkitError } from '../../errors.ts';
import type { PlannedFile } from '../../project/planned-files.ts';
import type { Cli, CliCommand } from '../command.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';

interface Options {
  readonly check?: boolean;
}

export const command: CliCommand<Options> = {
  configure: (command: Command): unknown =>
    command
      .description(
        'Writes what follows from blueprint.ts and config.schema.json: config.ts, generated/ (XRD, Composition, package, ' +
          'Blueprint manifest, ClusterRole, editor schema, Kustomize trees), a first example of each size, and the ' +
          'table of the README between <!-- config:start --> and <!-- config:end -->.',
      )
      .argument('[name...]', 'Blueprints, all of the project without a name')
      .option('--check', 'write nothing; exit 3 and list the files that are stale'),
  examples: [
    'bp generate                 all Blueprints of the project',
    'bp generate valkey          one of them',
    'bp generate --check         in CI: is everything that is checked in up to date?',
  ],
  async run(cli: Cli, names: readonly string[], { check }: Options): Promise<ExitCode | undefined> {
    const { findProjectRoot } = await import('../../project/index.ts');
    const root = findProjectRoot(cli.directory);
    return check ? reportStale(cli, root, names) : generate(cli, root, names);
  },
};

async function generate(cli: Cli, root: string, names: readonly string[]): Promise<ExitCode> {
  const { staleFiles, writePlanned } = await import('../../project/planned-files.ts');
  const { planConfigModules } = await import('../../project/generated.ts');
  let total = 0;
  const written: PlannedFile[] = [];
  const write = (planned: readonly PlannedFile[]): void => {
    const stale = staleFiles(root, planned);
    writePlanned(root, stale);
    written.push(...stale);
    total += planned.length;
  };
  write(await planConfigModules(root));
  const { examples, files, failures } = await planAll(root, names);
  write(examples);
  write(files);
  report(cli, written, total);
  throwFailures(failures);
  return EXIT.ok;
}

async function reportStale(cli: Cli, root: string, names: readonly string[]): Promise<ExitCode> {
  const { readIfThere, staleFiles } = await import('../../project/planned-files.ts');
  const { planConfigModules } = await import('../../project/generated.ts');
  const { join } = await import('node:path');
  const modules = await planConfigModules(root);
  const stale = [...staleFiles(root, modules)];
  // A Blueprint whose config.ts is not there cannot be loaded, so that is all there is to say for now.
  const loadable = stale.every(({ path }) => readIfThere(join(root, path)) !== undefined);
  if (loadable) {
    const { examples, files, failures } = await planAll(root, names);
    throwFailures(failures);
    stale.push(...staleFiles(root, [...examples, ...files]));
  }
  const paths = stale.map((file) => ({
    path: file.path,
    state: file.text === undefined ? 'leftover' : 'stale',
  }));
  cli.emit({ stale: paths }, () =>
    paths.length === 0
      ? 'everything generated is up to date\n'
      : paths.map((p) => `${cli.paint.waiting(p.state)} ${p.path}\n`).join(''),
  );
  if (paths.length === 0) return EXIT.ok;
  cli.note(`hint: bp generate brings ${paths.length === 1 ? 'it' : 'them'} up to date`);
  return EXIT.differences;
}

interface Plan {
  readonly examples: readonly PlannedFile[];
  readonly files: readonly PlannedFile[];
  /** One Blueprint that cannot be generated does not keep the others from it. */
  readonly failures: readonly { readonly path: string; readonly error: unknown }[];
}

async function planAll(root: string, names: readonly string[]): Promise<Plan> {
  const { loadProject, selectBlueprints } = await import('../../project/index.ts');
  const { planApi, planExamples, planGenerated } = await import('../../project/generated.ts');
  const project = await loadProject(root);
  const examples: PlannedFile[] = [];
  const files: PlannedFile[] = [];
  const failures: { path: string; error: unknown }[] = [];
  for (const one of selectBlueprints(project, names)) {
    examples.push(...planExamples(one));
    try {
      files.push(...(await planGenerated(one, project)));
    } catch (error) {
      failures.push({ path: one.path, error });
      // The editor's schema and the XRD are what the author needs to mend the example.
      if (isToolkitError(error) && error.code !== 'schema') files.push(...planApi(one, project));
    }
  }
  return { examples, files, failures };
}

function throwFailures(failures: Plan['failures']): void {
  const [first] = failures;
  if (first === undefined) return;
  if (failures.length === 1 || !isToolkitError(first.error)) throw first.error;
  const lines = failures.map(
    ({ path, error }) => `${path}: ${error instanceof Error ? error.message : error}`,
  );
  throw new ToolkitError(
    first.error.code,
    `Cannot generate ${failures.length} Blueprints\n${lines.join('\n')}`,
  );
}

function report(cli: Cli, written: readonly PlannedFile[], total: number): void {
  const files = written.map(({ path, text }) => ({
    path,
    state: text === undefined ? 'removed' : 'written',
  }));
  cli.emit({ files, upToDate: total - files.length }, () => {
    const lines = files.map(
      (f) => `${f.state === 'removed' ? cli.paint.bad(f.state) : cli.paint.good(f.state)} ${f.path}\n`,
    );
    return `${lines.join('')}${total - files.length} files were up to date\n`;
  });
}
