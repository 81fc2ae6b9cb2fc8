import type { Logger } from '../function/logger.ts';
import { loadFunctions } from '../project/functions.ts';
import { loadProject } from '../project/index.ts';
import type { Carried } from './carried.ts';

/** What the project around a folder has to serve. */
export async function projectCarried(directory: string, logger: Logger): Promise<Carried> {
  const project = await loadProject(directory, { lateExamples: true }); // a host has no use for them
  const blueprints = [...project.blueprints.values()].map((b) => b.blueprint);
  return { blueprints, functions: await loadFunctions(project.root, logger) };
}
