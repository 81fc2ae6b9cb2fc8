import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { controlPlaneFolder } from '../../hack/control-plane/folder.ts';

/** What judges our renderer: Crossplane's core, which holds the render engine, and Crossplane's CLI. */
export type RenderTool = 'crossplane' | 'crossplane-cli';

/** Path of a program. The folder of the built ones comes first: on a PATH, "crossplane" may well be the CLI. */
export function findRenderTool(tool: RenderTool): string | undefined {
  const places = [controlPlaneFolder(process.env), ...(process.env.PATH ?? '').split(delimiter)];
  return places
    .filter((place) => place !== '')
    .map((place) => join(place, tool))
    .find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Why there is nothing to compare with, said on stderr; undefined if there is. In CI that is a failure. */
export function missingRenderTools(...tools: readonly RenderTool[]): string | undefined {
  const missing = tools.filter((tool) => findRenderTool(tool) === undefined);
  if (missing.length === 0) return undefined;
  const reason = `${missing.join(', ')} not found; run hack/control-plane/build.ts`;
  if (process.env.CI === 'true') throw new Error(reason);
  process.stderr.write(`SKIPPED: ${reason}\n`);
  return reason;
}
