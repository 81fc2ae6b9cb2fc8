import { Command, CommanderError, Option, type OptionValues } from 'commander';
import { ToolkitError } from '../errors.ts';
import { didYouMean } from '../schema/did-you-mean.ts';
import { Cli, type CliCommand, OUTPUT_FORMATS, type OutputFormat } from './command.ts';
import { COMMANDS } from './commands.ts';
import { EXIT, type ExitCode, exitCodeOf } from './exit-code.ts';
import { type Io, processIo } from './io.ts';
import { formatError } from './print-error.ts';
import { toolkitManifest } from './toolkit-manifest.ts';

interface GlobalOptions {
  readonly output?: OutputFormat;
  readonly directory?: string;
}

/**
 * Runs `bp` with the arguments after its name. Never throws and never exits: what went wrong is on `io.stderr`,
 * the answer is the exit code.
 */
export async function main(argv: readonly string[], io: Io = processIo()): Promise<ExitCode> {
  try {
    return await dispatch(argv, io);
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return EXIT.ok;
    const said = error instanceof CommanderError ? usageError(error) : error;
    const debug = (io.env.BP_DEBUG ?? '') !== '';
    io.stderr.write(formatError(said, formatAskedFor(argv), debug));
    return exitCodeOf(said);
  }
}

async function dispatch(argv: readonly string[], io: Io): Promise<ExitCode> {
  const root = globalOptions(quiet(new Command('bp'), io))
    .usage('COMMAND [ARGUMENT…] [OPTION…]')
    .argument('[command]')
    .argument('[arguments...]')
    .version(toolkitManifest().version, '-V, --version', 'print the version of the toolkit')
    .passThroughOptions()
    .addHelpText('after', rootHelp())
    .configureHelp({ visibleArguments: () => [] });
  root.parse([...argv], { from: 'user' });
  const [name, ...rest] = root.args;
  if (name === undefined) {
    root.outputHelp({ error: true });
    return EXIT.invalid;
  }
  if (name === 'help') {
    const [about] = rest;
    if (about !== undefined) return runCommand(about, ['--help'], {}, io);
    root.outputHelp();
    return EXIT.ok;
  }
  return runCommand(name, rest, root.opts<GlobalOptions>(), io);
}

async function runCommand(
  name: string,
  argv: readonly string[],
  before: GlobalOptions,
  io: Io,
): Promise<ExitCode> {
  const row = COMMANDS.find((c) => c.name === name);
  if (row === undefined) throw unknownCommand(name);
  const module: CliCommand<never> = (await row.load()).command;
  const parser = globalOptions(quiet(new Command(`bp ${name}`), io)).description(row.summary);
  module.configure(parser);
  parser.addHelpText('after', `\nExamples:\n${module.examples.map((e) => `  ${e}\n`).join('')}`);
  parser.parse([...argv], { from: 'user' });
  const { output, directory, ...own } = parser.opts<GlobalOptions & OptionValues>();
  const given = { ...before, ...(output && { output }), ...(directory && { directory }), commands: COMMANDS };
  const code = await module.run(new Cli(io, given), parser.args, own as never);
  return code ?? EXIT.ok;
}

function globalOptions(command: Command): Command {
  return command
    .addOption(
      new Option('-o, --output <format>', 'format of what is printed on stdout').choices([...OUTPUT_FORMATS]),
    )
    .option('-C, --directory <directory>', 'run as if started there')
    .helpOption('-h, --help', 'show this help');
}

function quiet(command: Command, io: Io): Command {
  return command
    .exitOverride()
    .helpCommand(false)
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      // Errors are printed once, in one style, by `main`; what comes this way otherwise is help.
      writeErr: (text) => io.stderr.write(text),
      outputError: () => undefined,
      getOutHelpWidth: () => Math.min(io.columns, 110),
      getErrHelpWidth: () => Math.min(io.columns, 110),
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    });
}

function unknownCommand(name: string): ToolkitError {
  const near = didYouMean(
    name,
    COMMANDS.map((c) => c.name),
  );
  return new ToolkitError('usage', `Cannot run "${name.slice(0, 100)}": there is no such command`, {
    remedy: near === undefined ? 'bp --help lists the commands' : `did you mean "bp ${near}"?`,
  });
}

/** Commander's sentence as one of ours: `error: unknown option '--chek'\n(Did you mean --check?)`. */
function usageError(error: CommanderError): ToolkitError {
  const [first = '', ...more] = error.message
    .replace(/^error: /, '')
    .replace(/\.$/, '')
    .split('\n');
  const guess = /\(Did you mean (?:one of )?(.+)\?\)/.exec(more.join(' '))?.[1];
  return new ToolkitError('usage', `Cannot understand the command line: ${first}`, {
    remedy: guess === undefined ? 'see --help' : `did you mean ${guess}?`,
  });
}

/** The format of the error itself: it may be about the very arguments, so they are only looked at. */
function formatAskedFor(argv: readonly string[]): OutputFormat {
  const text = argv.join(' ');
  const asked = /(?:^| )(?:-o ?|--output[= ])=?(json|yaml)(?= |$)/.exec(text)?.[1];
  return OUTPUT_FORMATS.find((f) => f === asked) ?? 'human';
}

function rootHelp(): string {
  const width = Math.max(...COMMANDS.map((c) => c.name.length));
  const rows = COMMANDS.map((c) => `  ${c.name.padEnd(width)}  ${c.summary}`);
  return `
Commands:
${rows.join('\n')}

Examples:
  bp new valkey                          start a Blueprint
  bp render examples/small.yaml          see what it composes
  bp COMMAND --help                      options and examples of one command

Exit codes: 0 fine, 1 failed, 2 usage or invalid input, 3 differences.`;
}
