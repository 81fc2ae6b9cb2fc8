import { execFile } from 'node:child_process';
import { ToolkitError } from '../../errors.ts';

const MAX_OUTPUT_BYTES: number = 16 * 1024 * 1024;
const TIMEOUT_MS = 300_000; // 5 minutes: a slow mirror

/** Runs a program without a shell; its output. @throws ToolkitError `unsupported` if it is not there, `network` if it fails */
export function runProgram(
  program: string,
  args: readonly string[],
  cwd: string,
  signal?: AbortSignal,
): Promise<string> {
  const options = { cwd, maxBuffer: MAX_OUTPUT_BYTES, timeout: TIMEOUT_MS, ...(signal && { signal }) };
  return new Promise((resolve, reject) => {
    execFile(program, [...args], options, (error, stdout, stderr) => {
      if (error === null) return resolve(stdout);
      if ('code' in error && error.code === 'ENOENT') {
        return reject(new ToolkitError('unsupported', `Cannot run "${program}": it is not on this machine`));
      }
      const said = stderr.trim().split('\n').slice(-3).join('; ').slice(0, 500);
      reject(
        new ToolkitError('network', `Cannot run "${program} ${args.at(-1) ?? ''}": ${said}`, {
          cause: error,
        }),
      );
    });
  });
}
