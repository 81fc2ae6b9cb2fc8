import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Command } from 'commander';
import { isToolkitError } from '../../errors.ts';
import type { Project } from '../../project/index.ts';
import type { Finding } from '../../project/validate-blueprint.ts';
import type { Cli, CliCommand } from '../command.ts';
import { inputFiles, readDocuments } from '../documents.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';

export const command: CliCommand = {
  configure: (command: Command): unknown =>
    command
      .description(
        'Judges Blueprints and objects as the apiserver would, CEL included, without one. Of a Blueprint: its schema, ' +
          'sizes, generated API, what it builds on, and every object that its examples compose. Of a YAML file: XRs by ' +
          'the XRD of their Blueprint, other objects by the schema of their kind. Everything found is printed; exit 2 ' +
          'if something is wrong, 0 if there are only warnings.',
      )
      .argument(
        '[path...]',
        'Blueprints (name or folder), YAML files or directories; all Blueprints without one',
      ),
  examples: [
    'bp validate                           every Blueprint of the project',
    'bp validate valkey                    one of them',
    'bp validate blueprints/platform/valkey/examples   XRs',
    'kubectl get valkeys -A -o yaml | bp validate -    what is in a cluster',
    'bp validate -o json | jq ".findings[] | select(.severity == \\"error\\")"',
  ],
  async run(cli: Cli, paths: readonly string[]): Promise<ExitCode | undefined> {
    const { loadProject, selectBlueprints } = await import('../../project/index.ts');
    const { validateBlueprint } = await import('../../project/validate-blueprint.ts');
    const project = await loadProject(cli.directory);
    const files = paths.filter((path) => isDocument(cli, path, project));
    const names = paths.filter((path) => !files.includes(path));
    const chosen = paths.length > 0 && names.length === 0 ? [] : selectBlueprints(project, names);
    const findings: Finding[] = [];
    for (const one of chosen) findings.push(...(await validateBlueprint(one, project)));
    let objects = 0;
    for (const file of files.flatMap((path) => inputFiles(cli, path))) {
      const judged = await validateFile(cli, file, project);
      objects += judged.objects;
      findings.push(...judged.findings);
    }
    const errors = findings.filter((f) => f.severity === 'error').length;
    cli.emit({ valid: errors === 0, blueprints: chosen.map((b) => b.name), objects, findings }, () =>
      format(cli, findings, chosen.length, objects),
    );
    return errors === 0 ? EXIT.ok : EXIT.invalid;
  },
};

/** A Blueprint's name or folder is no document. */
function isDocument(cli: Cli, path: string, project: Project): boolean {
  if (path === '-') return true;
  if (existsSync(join(cli.path(path), 'blueprint.ts'))) return false;
  return !project.blueprints.has(basename(path).replace(/^bp-/, '')) || existsSync(cli.path(path));
}

async function validateFile(
  cli: Cli,
  file: string,
  project: Project,
): Promise<{ readonly objects: number; readonly findings: readonly Finding[] }> {
  const { validateObject } = await import('../../project/validate-object.ts');
  const blueprints = [...project.blueprints.values()].map((b) => b.blueprint);
  let documents: Awaited<ReturnType<typeof readDocuments>>;
  try {
    documents = await readDocuments(cli, file);
  } catch (error) {
    // One unreadable document must not hide what is wrong with the others.
    if (!isToolkitError(error)) throw error;
    const finding: Finding = {
      rule: 'document',
      file: error.place ?? file,
      path: '.',
      message: error.message,
      severity: 'error',
    };
    return { objects: 0, findings: [finding] };
  }
  const all = documents.flatMap(({ object, place }) =>
    object.kind === 'List' && Array.isArray(object.items)
      ? object.items.map((item, i) => ({ object: item, place: `${place} items[${i}]` }))
      : [{ object, place }],
  );
  const findings = all.flatMap(({ object, place }): Finding[] => {
    const { known, issues } = validateObject(object, blueprints);
    if (known) return issues.map((i) => ({ ...i, rule: 'object-schema', file: place, severity: 'error' }));
    const message = `no schema of ${String(object.apiVersion)} ${String(object.kind)} is at hand: it was not checked`;
    return [{ rule: 'unknown-kind', file: place, path: '.', message, severity: 'warning' }];
  });
  return { objects: all.length, findings };
}

function format(cli: Cli, findings: readonly Finding[], blueprints: number, objects: number): string {
  const { paint } = cli;
  const lines = findings.map(({ file, path, message, remedy, severity }) => {
    const word = severity === 'error' ? paint.bad('error') : paint.waiting('warning');
    const way = remedy === undefined ? '' : ` (${remedy})`;
    return `${word} ${file}${path === '.' ? '' : `: ${path}`}: ${message}${way}\n`;
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
