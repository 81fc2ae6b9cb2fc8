import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import type { Command } from 'commander';
import { isToolkitError, ToolkitError } from '../../errors.ts';
import { blueprintNameProblem } from '../../model/names.ts';
import type { Project } from '../../project/index.ts';
import type { PlannedFile } from '../../project/planned-files.ts';
import type { FirstMember } from '../../project/scaffold/blueprint-files.ts';
import type { ToolVersions } from '../../project/scaffold/repository-files.ts';
import type { Cli, CliCommand } from '../command.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { toolkitManifest } from '../toolkit-manifest.ts';

interface Options {
  readonly product?: boolean;
}

export const command: CliCommand<Options> = {
  configure: (command: Command): unknown =>
    command
      .description(
        'Starts a Blueprint that renders, validates and passes its test as it is. Inside a project it is a folder below ' +
          'blueprints/; elsewhere it is a whole small repository of that name. Nothing that is there is overwritten.',
      )
      .argument('<name>', 'short name in kebab-case, such as valkey')
      .option('--product', 'a product: composes other Blueprints as nested XRs'),
  examples: [
    'bp new valkey                    blueprints/platform/valkey, or the repository valkey/',
    'bp new analytics --product       blueprints/products/analytics',
    'bp new valkey -C ~/src           somewhere else',
  ],
  async run(cli: Cli, [name = '']: readonly string[], options: Options): Promise<ExitCode | undefined> {
    const problem = blueprintNameProblem(name);
    if (problem !== undefined) {
      throw new ToolkitError('usage', `Cannot start Blueprint "${name.slice(0, 100)}": its name ${problem}`);
    }
    const { findProjectRoot } = await import('../../project/index.ts');
    const project = unlessNotFound(() => findProjectRoot(cli.directory));
    const written =
      project === undefined
        ? await newRepository(cli, name, options)
        : await addToProject(project, name, options);
    report(cli, written, name);
    return EXIT.ok;
  },
};

interface Started {
  /** Absolute: what the paths are below. */
  readonly root: string;
  readonly blueprint: string;
  readonly files: readonly string[];
  readonly repository: boolean;
}

async function addToProject(root: string, name: string, { product }: Options): Promise<Started> {
  const { blueprintDirectories, loadProject, selectBlueprints } = await import('../../project/index.ts');
  const { writePlanned } = await import('../../project/planned-files.ts');
  const { planGenerated } = await import('../../project/generated.ts');
  const taken = blueprintDirectories(root).find((d) => basename(d) === name);
  const path = `blueprints/${product ? 'products' : 'platform'}/${name}`;
  refuseExisting(taken ?? join(root, path), name);
  // Before anything is written: a project that cannot be loaded could not take it in.
  const before = await loadProject(root);
  const members = product ? firstMembers(before) : undefined;
  const planned = await blueprintPlan(path, name, members);
  writePlanned(root, planned);
  const project = await loadProject(root);
  const [one] = selectBlueprints(project, [name]);
  const generated = one === undefined ? [] : await planGenerated(one, project);
  writePlanned(root, generated);
  const files = new Set([...planned, ...generated].map((f) => f.path));
  return { root, blueprint: path, files: [...files], repository: false };
}

async function newRepository(cli: Cli, name: string, { product }: Options): Promise<Started> {
  const { writePlanned } = await import('../../project/planned-files.ts');
  const { repositoryFiles } = await import('../../project/scaffold/repository-files.ts');
  const root = join(cli.directory, name);
  refuseExisting(root, name);
  if (!existsSync(dirname(root))) {
    throw new ToolkitError('usage', `Cannot start Blueprint "${name}": "${cli.directory}" does not exist`);
  }
  const path = `blueprints/${product ? 'products' : 'platform'}/${name}`;
  const around = repositoryFiles(name, `${path}/examples/small.yaml`, toolVersions());
  const planned = [
    ...[...around].map(([file, text]) => ({ path: file, text })),
    ...(await blueprintPlan(path, name, product ? firstMembers(undefined) : undefined)),
  ];
  writePlanned(root, planned);
  return { root, blueprint: path, files: planned.map((f) => f.path), repository: true };
}

async function blueprintPlan(
  path: string,
  name: string,
  members: readonly FirstMember[] | undefined,
): Promise<readonly PlannedFile[]> {
  const { blueprintFiles } = await import('../../project/scaffold/blueprint-files.ts');
  const files = await blueprintFiles({ name, ...(members && { members }) });
  return [...files].map(([file, text]) => ({ path: `${path}/${file}`, text }));
}

/** Two Blueprints of the project to begin with, or one that the platform has. */
function firstMembers(project: Project | undefined): readonly FirstMember[] {
  const all = [...(project?.blueprints.values() ?? [])].filter((b) => b.blueprint.members.length === 0);
  const first = all.slice(0, 2).map(({ name, blueprint }) => ({ name, range: `^${blueprint.version}` }));
  return first.length === 0 ? [{ name: 'valkey', range: '^1.0' }] : first;
}

function refuseExisting(directory: string, name: string): void {
  if (!existsSync(directory)) return;
  let entries: readonly string[] = [''];
  try {
    entries = readdirSync(directory);
  } catch {
    // Not a directory: it is there all the same.
  }
  if (entries.length === 0) return;
  throw new ToolkitError('conflict', `Cannot start Blueprint "${name}": "${directory}" is there already`, {
    remedy: 'choose another name, or move it away',
  });
}

function unlessNotFound<T>(find: () => T): T | undefined {
  try {
    return find();
  } catch (error) {
    if (isToolkitError(error) && error.code === 'not-found') return undefined;
    throw error;
  }
}

/** What this toolkit itself is built and tested with. */
function toolVersions(): ToolVersions {
  const { version, devDependencies: dev } = toolkitManifest();
  return {
    toolkit: version,
    node: dev.node ?? '24',
    nodeTypes: dev['@types/node'] ?? '24',
    typescript: dev.typescript ?? '7',
    vitest: dev.vitest ?? '5',
  };
}

function report(cli: Cli, { root, blueprint, files, repository }: Started, name: string): void {
  cli.emit({ name, root, blueprint, files }, () =>
    files.map((f) => `${cli.paint.good('written')} ${f}\n`).join(''),
  );
  const at = relative(cli.io.cwd, root) || '.';
  const steps = repository
    ? [`cd ${at}`, 'npm install', 'npm run render', 'npm test', 'npm run generate']
    : [
        `bp render ${blueprint}/examples/small.yaml --until-ready`,
        `bp validate ${name}`,
        `npx vitest run ${blueprint}`,
      ];
  cli.note(`next:\n${steps.map((s) => `  ${s}`).join('\n')}`);
  cli.note(`then open ${repository ? `${at}/` : ''}${blueprint}/blueprint.ts`);
}
