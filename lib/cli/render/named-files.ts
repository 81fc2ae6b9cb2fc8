import { pairs } from './context.ts';
import type { RenderOptions } from './options.ts';

/** Every file and directory that the command line names, the XR first: what else may change what is rendered. */
export function namedFiles(args: readonly string[], options: RenderOptions): readonly string[] {
  const { observedResources, requiredResources, requiredSchemas, contextFiles, functionCredentials, xrd } =
    options;
  const context = (contextFiles ?? []).flatMap((f) => pairs(f, '--context-files')).map(([, file]) => file);
  const lists = [observedResources, requiredResources, requiredSchemas, context, functionCredentials];
  const named = [...args, ...lists.flatMap((list) => list ?? []), ...(xrd === undefined ? [] : [xrd])];
  return named.filter((file) => file !== '-');
}
