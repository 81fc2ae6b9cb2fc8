import { isAbsolute, join } from 'node:path';
import type { Command } from 'commander';
import { formatYaml } from '../internal/yaml.ts';
import type { Paint } from '../render/summary.ts';
import type { ExitCode } from './exit-code.ts';
import type { Io, Sink } from './io.ts';
import { paintFor } from './paint.ts';

export const OUTPUT_FORMATS = ['human', 'json', 'yaml'] as const;
export type OutputFormat = (typeof OUTPUT_FORMATS)[number];

/**
 * One command of `bp`, exported as `command` by `commands/<name>.ts`. `O` is what commander makes of its options.
 * Heavy modules are imported inside `run`, so that `--help` stays quick.
 */
export interface CliCommand<O = object> {
  /** Declares arguments, options and description. `-o`, `-C` and `--help` are there already. */
  configure(command: Command): unknown;
  /** Lines for the end of the help: a command, and after two spaces or more what it does. */
  readonly examples: readonly string[];
  /** Positional arguments as they were given, variadic ones spread. @returns the exit code, 0 when nothing is returned */
  run(cli: Cli, args: readonly string[], options: O): Promise<ExitCode | undefined>;
}

/** A row of `bp --help`. The module is loaded only when the command runs. */
export interface CommandRow {
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<{ readonly command: CliCommand<never> }>;
}

interface CliOptions {
  readonly output?: OutputFormat;
  readonly directory?: string;
  readonly commands?: readonly CommandRow[];
}

/** What a command is given to work with. */
export class Cli {
  readonly io: Io;
  readonly output: OutputFormat;
  /** Absolute: `-C`, or where the command was called. Relative paths on the command line start here. */
  readonly directory: string;
  /** The table that the command itself stands in. */
  readonly commands: readonly CommandRow[];

  constructor(io: Io, options: CliOptions) {
    this.io = io;
    this.output = options.output ?? 'human';
    this.directory = resolveFrom(io.cwd, options.directory ?? '.');
    this.commands = options.commands ?? [];
  }

  /** Colours for stdout, or none. */
  get paint(): Paint {
    return paintFor(this.io);
  }

  /** Absolute path of a command-line argument. */
  path(argument: string): string {
    return resolveFrom(this.directory, argument);
  }

  /** The same with stdout and stderr in one place. */
  writingTo(sink: Sink): Cli {
    const io: Io = { ...this.io, stdout: sink, stderr: sink };
    return new Cli(io, { output: this.output, directory: this.directory, commands: this.commands });
  }

  /** Writes to stdout. */
  print(text: string): void {
    this.io.stdout.write(text);
  }

  /** The result of the command in the format that `-o` asks for. `human` ends with its own line feed. */
  emit(value: unknown, human: () => string): void {
    if (this.output === 'json') this.print(`${JSON.stringify(value, null, 2)}\n`);
    else if (this.output === 'yaml') this.print(formatYaml(value));
    else this.print(human());
  }

  /** A line of progress or advice, on stderr. */
  note(line: string): void {
    this.io.stderr.write(`${line}\n`);
  }
}

function resolveFrom(base: string, path: string): string {
  return isAbsolute(path) ? path : join(base, path);
}
