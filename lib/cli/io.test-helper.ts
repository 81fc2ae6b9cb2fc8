import { mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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

/** A throw-away repository made by `bp new`, in which our own name resolves to these sources. */
export async function newRepository(name: string, ...flags: readonly string[]): Promise<string> {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'bp-cli-')));
  const ran = await runBp(['new', name, '-C', directory, ...flags]);
  if (ran.code !== 0) throw new Error(ran.stderr);
  linkToolkit(join(directory, name));
  return join(directory, name);
}

/** Lets blueprints below a folder import the toolkit by its public name. */
function linkToolkit(root: string): void {
  mkdirSync(join(root, 'node_modules', '@openova'), { recursive: true });
  symlinkSync(join(import.meta.dirname, '../..'), join(root, 'node_modules/@openova/blueprints'));
  for (const peer of ['cdk8s', 'cdk8s-plus-28', 'constructs']) {
    symlinkSync(join(import.meta.dirname, '../../node_modules', peer), join(root, 'node_modules', peer));
  }
}

/** Every file below a folder but for node_modules, with its text: to see that nothing was written. */
export function snapshot(root: string): ReadonlyMap<string, string> {
  const out = new Map<string, string>();
  for (const entry of readdirSync(root, { withFileTypes: true, recursive: true })) {
    const file = join(entry.parentPath, entry.name);
    if (entry.isFile() && !file.includes('node_modules')) out.set(file, readFileSync(file, 'latin1'));
  }
  return out;
}
