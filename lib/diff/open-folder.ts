import { existsSync } from 'node:fs';
import { basename, join, relative, resolve } from 'node:path';
import { ToolkitError } from '../errors.ts';
import { assemblyOf } from '../generate/files.ts';
import { findProjectRoot, loadProject, selectBlueprints } from '../project/index.ts';
import { type SourceSide, sourceSide } from './side.ts';

/**
 * A version from a folder of a project, or the one that a name means in a project.
 * @param given what the user named: a Blueprint folder, or a name inside `project`
 * @throws ToolkitError `not-found` or `invalid`
 */
export async function openFolder(given: string, project: string, label: string = given): Promise<SourceSide> {
  const folder = resolve(project, given);
  const isFolder = existsSync(join(folder, 'blueprint.ts'));
  const loaded = await loadProject(isFolder ? folder : project);
  const one = isFolder
    ? [...loaded.blueprints.values()].find((b) => relative(b.directory, folder) === '')
    : selectBlueprints(loaded, [basename(given)])[0];
  if (one === undefined) {
    throw new ToolkitError(
      'not-found',
      `Cannot compare "${given}": it is not a Blueprint of "${findProjectRoot(folder)}"`,
    );
  }
  return sourceSide(one.blueprint, assemblyOf(loaded), { label, examples: one.examples });
}
