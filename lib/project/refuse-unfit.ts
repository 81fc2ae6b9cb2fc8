import { formatIssues, ToolkitError } from '../errors.ts';
import { GENERATED_FOLDER } from '../generate/files.ts';
import type { Project, ProjectBlueprint } from './project.ts';
import { validateBlueprint } from './validate-blueprint.ts';

const MAX_NAMED = 20;

/**
 * Refuses to make an artifact of what `bp validate` finds wrong: a version that is published can never be mended.
 * @throws ToolkitError `invalid` naming every error with its file
 */
export async function refuseUnfit(one: ProjectBlueprint, project: Project): Promise<void> {
  // What is checked in below generated/ goes into no artifact: a build makes it anew.
  const derived = `${one.path}/${GENERATED_FOLDER}/`;
  const errors = (await validateBlueprint(one, project)).filter(
    (f) => f.severity === 'error' && !f.file.startsWith(derived),
  );
  if (errors.length === 0) return;
  const named = errors.slice(0, MAX_NAMED).map((f) => ({ ...f, path: `${f.file} ${f.path}` }));
  const more = errors.length > MAX_NAMED ? `\nand ${errors.length - MAX_NAMED} more` : '';
  throw new ToolkitError(
    'invalid',
    `Cannot build "${one.name}": it is not valid\n${formatIssues(named)}${more}`,
    {
      remedy: `bp validate ${one.path} shows all of it`,
    },
  );
}
