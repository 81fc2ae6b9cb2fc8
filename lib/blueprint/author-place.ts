// Node strips types in place, so lines and columns of a stack are those of the source; `?bp=` marks a module read again.
const FRAME = /(?:\(|\s)(?:file:\/\/)?(\/[^()\s]*?)(?:\?[^:()\s]*)?:(\d+):(\d+)\)?$/;
const BLUEPRINTS = /\/(blueprints\/(?:(?!node_modules\/).)+\.[cm]?[jt]s)$/;

/**
 * The line of a Blueprint's own code that an error comes from: `blueprints/platform/cache/blueprint.ts:42:5`, undefined
 * for one that does not stand below a folder `blueprints/`.
 */
export function authorPlace(error: unknown): string | undefined {
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  for (const line of stack.split('\n')) {
    const [, file = '', row, column] = FRAME.exec(line) ?? [];
    const path = file.includes('/node_modules/') ? undefined : BLUEPRINTS.exec(file)?.[1];
    if (path !== undefined) return `${path}:${row}:${column}`;
  }
  return undefined;
}
