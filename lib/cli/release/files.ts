import type { Cli } from '../command.ts';
import { readBounded } from '../documents.ts';

/** Text of a file that an option names. @throws ToolkitError `usage` or `invalid` */
export function readOptionFile(cli: Cli, path: string): string {
  return new TextDecoder().decode(readBounded(cli.path(path), path));
}
