import { ToolkitError } from '../../errors.ts';
import type { Cli } from '../command.ts';
import type { PreparedRender } from './input.ts';

const SHOWN = 20;

/**
 * The error of a render that failed. Where the apiserver would never have let the XR in, that is what is told, with line
 * and column: what the function says of it comes second.
 */
export async function renderFailure(
  cli: Cli,
  { project, own }: PreparedRender,
  file: string,
  message: string,
): Promise<ToolkitError> {
  const failed = new ToolkitError('compose', `Cannot render "${file}": ${message}`);
  if (project === undefined || own === undefined || file === '-') return failed;
  const { judgeFiles } = await import('../validation/judge-files.ts');
  const { findings } = await judgeFiles(cli, [file], project, {});
  const errors = findings.filter((f) => f.severity === 'error');
  const [first] = errors;
  if (first === undefined) return failed;
  const place = first.line === undefined ? {} : { place: `${first.file}:${first.line}:${first.column ?? 1}` };
  const lines = errors.slice(0, SHOWN).map((e) => `${e.path}: ${e.message}`);
  return new ToolkitError(
    'invalid',
    `Cannot render "${file}": the XR breaks its schema\n${lines.join('\n')}`,
    {
      ...place,
      ...(first.remedy === undefined ? {} : { remedy: first.remedy }),
    },
  );
}
