import { CONTROL_PLANE } from '../../hack/control-plane/folder.ts';
import { findProgram, PATH_FOLDERS, reasonToSkip } from './programs.ts';

/** What judges our renderer: Crossplane's core, which holds the render engine, and Crossplane's CLI. */
export type RenderTool = 'crossplane' | 'crossplane-cli';

/** Path of a program. The folder of the built ones comes first: on a PATH, "crossplane" may well be the CLI. */
export function findRenderTool(tool: RenderTool): string | undefined {
  return findProgram(tool, [CONTROL_PLANE, ...PATH_FOLDERS]);
}

/** Why there is nothing to compare with; undefined if there is. In CI that is a failure. */
export function missingRenderTools(...tools: readonly RenderTool[]): string | undefined {
  const missing = tools.filter((tool) => findRenderTool(tool) === undefined);
  return reasonToSkip(missing, 'run hack/control-plane/build.ts');
}
