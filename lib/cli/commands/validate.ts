import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type Command, Option } from 'commander';
import { ToolkitError } from '../../errors.ts';
import type { Finding } from '../../lint/index.ts';
import type { Project } from '../../project/index.ts';
import { collect } from '../collect.ts';
import type { Cli, CliCommand } from '../command.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';

interface Options {
  readonly format?: 'sarif' | 'github';
  readonly crds?: readonly string[];
  readonly previous?: string;
  readonly kubernetesVersion?: string;
  readonly plainHttp?: boolean;
}

export const command: CliCommand<Options> = {
  configure: (command: Command): unknown =>
    command
      .description(
        'Judges Blueprints and objects as the apiserver would, CEL included, without one. Of a Blueprint: its schema, ' +
          'sizes, generated API, what it builds on, every object that its examples compose, and the rules of the platform ' +
          '(bp explain). Of a YAML file: XRs by the XRD of their Blueprint, other objects by the schema of their kind. A directory, ' +
          'or several files, are taken as what is applied together: a warning tells of a Service that finds no pods there, and ' +
          'of Secrets, ConfigMaps and namespaces that nothing there makes. ' +
          'Everything found is printed; exit 2 if something is wrong, 0 if there are only warnings.',
      )
      .argument(
        '[path...]',
        'Blueprints (name or folder), YAML files or directories; all Blueprints without one',
      )
      .addOption(
        new Option(
          '--format <format>',
          'for machines: a SARIF 2.1.0 log, or annotations of GitHub Actions',
        ).choices(['sarif', 'github']),
      )
      .option(
        '--crds <source>',
        'CRDs of kinds that are in the files: file, directory, npm:PACKAGE, https://… or oci://HOST/PATH:TAG (repeatable)',
        collect,
      )
      .option('--plain-http', 'reach the registry of --crds without TLS')
      .option(
        '--kubernetes-version <version>',
        'whose own kinds judge, such as 1.34 (the default is that of the toolkit)',
      )
      .option(
        '--previous <file>',
        'what is stored: the files are judged as updates of it, immutable fields included',
      ),
  examples: [
    'bp validate                           every Blueprint of the project',
    'bp validate valkey                    one of them',
    'bp validate blueprints/platform/valkey/examples   XRs',
    'bp validate k8s/                      objects, and what they refer to among each other',
    'bp validate widget.yaml --crds crds/  an object whose kind the toolkit does not ship',
    'bp validate widget.yaml --crds oci://xpkg.example.org/acme/provider:v1   of a package',
    'bp validate --kubernetes-version 1.33                as an older cluster would',
    'bp validate new.yaml --previous old.yaml          may the one replace the other?',
    'kubectl get valkeys -A -o yaml | bp validate -    what is in a cluster',
    'bp validate --format sarif > bp.sarif             for code scanning',
    'bp validate -o json | jq ".findings[] | select(.severity == \\"error\\")"',
  ],
  async run(cli: Cli, paths: readonly string[], options: Options): Promise<ExitCode | undefined> {
    const kubernetes = await kubernetesOf(options);
    const { selectBlueprints } = await import('../../project/index.ts');
    const { validateBlueprint } = await import('../../project/validate-blueprint.ts');
    const project = await projectFor(cli, paths);
    const files = paths.filter((path) => isDocument(cli, path, project));
    const names = paths.filter((path) => !files.includes(path));
    const chosen = paths.length > 0 && names.length === 0 ? [] : selectBlueprints(project, names);
    const judged = await judgeDocuments(cli, files, project, { ...options, ...kubernetes });
    const findings: Finding[] = [];
    for (const one of chosen) findings.push(...(await validateBlueprint(one, project, kubernetes)));
    findings.push(...judged.findings);
    const errors = findings.filter((f) => f.severity === 'error').length;
    const { fileOf } = await import('../../lint/index.ts');
    if (options.format !== undefined) cli.print(await formatted(options.format, findings));
    else {
      const names = chosen.map((b) => b.name);
      cli.emit({ valid: errors === 0, blueprints: names, objects: judged.objects, findings }, () =>
        human(cli, findings, fileOf, chosen.length, judged.objects),
      );
    }
    return errors === 0 ? EXIT.ok : EXIT.invalid;
  },
};

/** @throws ToolkitError `usage` for a version that is not known */
async function kubernetesOf({ kubernetesVersion }: Options): Promise<{ readonly kubernetes?: string }> {
  if (kubernetesVersion === undefined) return {};
  const { parseKubernetesVersion } = await import('../../kinds/kubernetes.ts');
  return { kubernetes: parseKubernetesVersion(kubernetesVersion) };
}

async function judgeDocuments(
  cli: Cli,
  files: readonly string[],
  project: Project,
  { crds, previous, kubernetes, plainHttp }: Options & { readonly kubernetes?: string },
): Promise<{ readonly objects: number; readonly findings: readonly Finding[] }> {
  if (files.length === 0) {
    const flag = crds === undefined ? '--previous' : '--crds';
    if (crds === undefined && previous === undefined) return { objects: 0, findings: [] };
    throw new ToolkitError('usage', `Cannot use ${flag}: no YAML file is to be judged`, {
      remedy: 'name the files, or - for stdin',
    });
  }
  const plain = plainHttp === undefined ? {} : { plainHttp };
  const { judgeFiles } = await import('../validation/judge-files.ts');
  const { readPrevious, readSchemas } = await import('../validation/read-options.ts');
  return judgeFiles(cli, files, project, {
    ...(kubernetes === undefined ? {} : { kubernetes }),
    ...(crds === undefined ? {} : { schemas: await readSchemas(cli, crds, plain) }),
    ...(previous === undefined ? {} : { previous: await readPrevious(cli, previous) }),
  });
}

/** Files alone need no project around them; without one there are no Blueprints to judge XRs by. */
async function projectFor(cli: Cli, paths: readonly string[]): Promise<Project> {
  const { findProjectRoot, loadProject } = await import('../../project/index.ts');
  const onlyFiles = paths.length > 0 && paths.every((path) => path === '-' || existsSync(cli.path(path)));
  try {
    findProjectRoot(cli.directory);
  } catch (error) {
    if (!onlyFiles) throw error;
    const { DEFAULT_COORDINATES } = await import('../../generate/coordinates.ts');
    const none = { blueprints: new Map(), catalogue: new Map() };
    return { root: cli.directory, coordinates: DEFAULT_COORDINATES, ...none };
  }
  return loadProject(cli.directory);
}

/** A Blueprint's name or folder is no document. */
function isDocument(cli: Cli, path: string, project: Project): boolean {
  if (path === '-') return true;
  if (existsSync(join(cli.path(path), 'blueprint.ts'))) return false;
  return !project.blueprints.has(basename(path).replace(/^bp-/, '')) || existsSync(cli.path(path));
}

async function formatted(format: 'sarif' | 'github', findings: readonly Finding[]): Promise<string> {
  const { toGithub, toSarif } = await import('../../lint/index.ts');
  if (format === 'github') return toGithub(findings);
  const { toolkitManifest } = await import('../toolkit-manifest.ts');
  return `${JSON.stringify(toSarif(findings, toolkitManifest().version), null, 2)}\n`;
}

function human(
  cli: Cli,
  findings: readonly Finding[],
  fileOf: (place: string) => string,
  blueprints: number,
  objects: number,
): string {
  const { paint } = cli;
  const lines = findings.map((finding) => {
    const { file, line, column, path, message, remedy, severity, rule } = finding;
    const word = severity === 'error' ? paint.bad('error') : paint.waiting('warning');
    const at = line === undefined ? '' : `:${line}${column === undefined ? '' : `:${column}`}`;
    const way = remedy === undefined ? '' : ` (${remedy})`;
    // A line says enough of which document it is, and editors can follow it.
    const where = line === undefined ? file : fileOf(file);
    return `${word} ${where}${at}${path === '.' ? '' : `: ${path}`}: ${message}${way} ${paint.dim(`[${rule}]`)}\n`;
  });
  const errors = findings.filter((f) => f.severity === 'error').length;
  const judged = [
    ...(blueprints > 0 ? [`${blueprints} Blueprint${blueprints === 1 ? '' : 's'}`] : []),
    ...(objects > 0 ? [`${objects} object${objects === 1 ? '' : 's'}`] : []),
  ].join(' and ');
  const verdict = errors === 0 ? paint.good('valid') : paint.bad('invalid');
  const warnings = findings.length - errors;
  return `${lines.join('')}${verdict}: ${judged || 'nothing'}, ${errors} errors, ${warnings} warnings\n`;
}
