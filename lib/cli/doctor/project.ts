import { isToolkitError } from '../../errors.ts';
import { planConfigModules, planExamples, planGenerated } from '../../project/generated.ts';
import { findProjectRoot, loadProject } from '../../project/index.ts';
import { staleFiles } from '../../project/planned-files.ts';
import { type Check, error, listed, ok, warning } from './check.ts';
import { checkHabits } from './habits.ts';
import { checkWritable } from './machine.ts';
import { checkPackages } from './packages.ts';

/** The project around a folder: its packages, whether it loads, and what in it is out of date. */
export async function checkProject(directory: string): Promise<readonly Check[]> {
  let root: string;
  try {
    root = findProjectRoot(directory);
  } catch {
    return [
      warning('project', `there is no Blueprint project around ${directory}`, 'bp new NAME starts one'),
    ];
  }
  const checks: Check[] = [checkWritable('project', root), ...checkPackages(root), ...checkHabits(root)];
  try {
    const modules = staleFiles(root, await planConfigModules(root)).map((f) => f.path);
    if (modules.length > 0) {
      checks.push(error('generated', `config.ts differs from its schema: ${listed(modules)}`, 'bp generate'));
    }
    checks.push(...(await checkBlueprints(root)));
  } catch (thrown) {
    checks.push(failed('project', thrown));
  }
  return checks;
}

async function checkBlueprints(root: string): Promise<readonly Check[]> {
  const project = await loadProject(root);
  const checks: Check[] = [];
  const missing: string[] = [];
  const stale: string[] = [];
  for (const one of project.blueprints.values()) {
    missing.push(...planExamples(one).map((f) => f.path));
    try {
      stale.push(...staleFiles(root, await planGenerated(one, project)).map((f) => f.path));
    } catch (thrown) {
      checks.push(failed(one.path, thrown));
    }
  }
  if (missing.length > 0) {
    checks.push(
      error('examples', `sizes without an example: ${listed(missing)}`, 'bp generate writes first ones'),
    );
  }
  if (stale.length > 0) checks.push(error('generated', `stale: ${listed(stale)}`, 'bp generate'));
  if (checks.length === 0) {
    checks.push(
      ok('project', `${project.blueprints.size} Blueprints load, and what is generated is up to date`),
    );
  }
  return checks;
}

function failed(name: string, thrown: unknown): Check {
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  const remedy = isToolkitError(thrown) ? thrown.remedy : undefined;
  return error(name, message, remedy ?? 'bp validate says more');
}
