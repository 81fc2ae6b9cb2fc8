import type { Io } from './io.ts';
import { main } from './main.ts';

/** What a command answered. */
export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `bp` in this process with its streams captured. */
export async function runBp(
  argv: readonly string[],
  given: Partial<Io> & { readonly input?: string } = {},
): Promise<Ran> {
  const out: string[] = [];
  const err: string[] = [];
  const sink = (to: string[]) => ({
    write: (text: string | Uint8Array) =>
      to.push(typeof text === 'string' ? text : Buffer.from(text).toString()),
  });
  const { input, ...io } = given;
  const code = await main(argv, {
    stdout: sink(out),
    stderr: sink(err),
    stdin: once(input ?? ''),
    env: {},
    cwd: process.cwd(),
    isTTY: false,
    columns: 100,
    signal: new AbortController().signal,
    ...io,
  });
  return { code, stdout: out.join(''), stderr: err.join('') };
}

async function* once(text: string): AsyncGenerator<string> {
  yield text;
}
