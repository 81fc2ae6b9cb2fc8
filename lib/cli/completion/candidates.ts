import { basename } from 'node:path';
import { Command } from 'commander';
import { blueprintDirectories, findProjectRoot } from '../../project/index.ts';
import { type Cli, OUTPUT_FORMATS } from '../command.ts';

/** What a shell may offer. Without candidates it offers files. */
export type Candidates = readonly string[];

const GLOBAL = ['--output', '--directory', '--help'];
const VALUES = new Set(['-o', '--output', '-C', '--directory']);

/**
 * What may stand for the last word of a command line: commands, options and their values, Blueprints. Nothing
 * of the project is run for it; only folders are listed.
 * @param words - after `bp`, the last one being typed
 */
export async function candidates(words: readonly string[], cli: Cli): Promise<Candidates> {
  const typed = words.at(-1) ?? '';
  const before = words.slice(0, -1);
  const offered = await offer(before, typed, cli);
  return [...new Set(offered)].filter((word) => word.startsWith(typed)).sort();
}

async function offer(before: readonly string[], typed: string, cli: Cli): Promise<Candidates> {
  const { commands, directory } = cli;
  const names = commands.map((command) => command.name);
  const at = before.findIndex((word, i) => !word.startsWith('-') && !VALUES.has(before[i - 1] ?? ''));
  const last = before.at(-1) ?? '';
  if (last === '-o' || last === '--output') return OUTPUT_FORMATS;
  if (last === '-C' || last === '--directory') return [];
  if (at === -1) return typed.startsWith('-') ? [...GLOBAL, '--version'] : [...names, 'help'];
  if (before[at] === 'help') return names;
  const row = commands.find((command) => command.name === before[at]);
  if (row === undefined) return [];
  const parser = new Command(row.name);
  (await row.load()).command.configure(parser);
  const option = parser.options.find((o) => o.long === last || o.short === last);
  if (option !== undefined && (option.required || option.optional)) return option.argChoices ?? [];
  if (typed.startsWith('-')) return [...parser.options.flatMap((o) => o.long ?? []), ...GLOBAL];
  return await argumentsOf(parser, before.slice(at + 1), directory);
}

async function argumentsOf(
  parser: Command,
  before: readonly string[],
  directory: string,
): Promise<Candidates> {
  const given = before.filter((word) => !word.startsWith('-')).length;
  const all = parser.registeredArguments;
  const argument = all[given] ?? (all.at(-1)?.variadic ? all.at(-1) : undefined);
  if (argument === undefined) return [];
  if (argument.argChoices !== undefined) return argument.argChoices;
  if (parser.name() === 'explain') return rules();
  // `bp new` wants a name that nobody has.
  return parser.name() !== 'new' && /Blueprint/.test(argument.description) ? blueprints(directory) : [];
}

async function rules(): Promise<Candidates> {
  const { RULES } = await import('../../lint/index.ts');
  return RULES.map((rule) => rule.id);
}

function folders(directory: string): readonly string[] {
  try {
    return blueprintDirectories(findProjectRoot(directory));
  } catch {
    return []; // no project here: nothing to offer, and nothing to say in the middle of a line
  }
}

function blueprints(directory: string): Candidates {
  return folders(directory).map((folder) => basename(folder));
}
