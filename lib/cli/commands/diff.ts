import { existsSync } from 'node:fs';
import { type Command, Option } from 'commander';
import type { Side } from '../../diff/index.ts';
import { ToolkitError } from '../../errors.ts';
import type { Cli, CliCommand } from '../command.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { openRegistries, PLAIN_HTTP } from '../release/registry.ts';
import { wholeNumber } from '../whole-number.ts';

interface Options {
  readonly git?: string;
  readonly markdown?: boolean;
  readonly cases: number;
  readonly seed: number;
  readonly plainHttp?: boolean;
}

const MAX_CASES = 100_000;

/** A side, and how to clean up after it. */
interface Opened {
  readonly side: Side;
  close(): void;
}

export const command: CliCommand<Options> = {
  configure: (command: Command): unknown =>
    command
      .description(
        'Compares two versions of a Blueprint offline: what users wrote that is no longer accepted, what the upgrade ' +
          'deletes, replaces or cannot change in place, data at risk first, wider rights and doors, charts and images. ' +
          'Every XR that could be installed of the older version is rendered by both. Says which version bump that asks ' +
          'for; exit code 3 if the newer version, or its upgrades rules, promise less. A published artifact is read, ' +
          'never run: then the examples that it carries are compared.',
      )
      .argument(
        '<older>',
        'a Blueprint: folder or name, REV:PATH in Git, HOST/PATH/bp-<name>:TAG, or oci:LAYOUT:bp-<name>:TAG',
      )
      .argument('[newer]', 'the same; the working tree with --git')
      .option(
        '--git <range>',
        'compare REV..REV, or REV with the working tree, of the Blueprint that is named',
      )
      .option('--markdown', 'print what a pull request shows')
      .addOption(
        new Option('--cases <number>', 'XRs that are upgraded, at least')
          .default(200)
          .argParser(wholeNumber('--cases', 1, MAX_CASES)),
      )
      .addOption(
        new Option('--seed <number>', 'of the random configs')
          .default(1)
          .argParser(wholeNumber('--seed', 0, 2 ** 32 - 1)),
      )
      .addOption(PLAIN_HTTP),
  examples: [
    'bp diff valkey --git main                         the working tree with a branch',
    'bp diff valkey --git v1.2.0..v1.3.0 --markdown    two tags, for a pull request',
    'bp diff HEAD~1:blueprints/platform/valkey blueprints/platform/valkey',
    'bp diff ghcr.io/acme/bp-valkey:1.2.0 valkey       what is published with what will be',
    'bp diff valkey --git main -o json | jq ".changes[] | select(.area == \\"data\\")"',
  ],
  async run(cli: Cli, args: readonly string[], options: Options): Promise<ExitCode | undefined> {
    const { diffBlueprints, formatDiff, formatDiffMarkdown } = await import('../../diff/index.ts');
    const [older, newer] = sidesOf(args, options);
    const opened: Opened[] = [];
    try {
      for (const name of [older, newer]) opened.push(await openSide(cli, name, options));
      const [before, after] = opened;
      if (before === undefined || after === undefined) return EXIT.invalid;
      const diff = await diffBlueprints(before.side, after.side, {
        cases: options.cases,
        seed: options.seed,
        signal: cli.io.signal,
      });
      if (options.markdown) cli.print(formatDiffMarkdown(diff));
      else cli.emit(diff, () => formatDiff(diff, cli.paint));
      return diff.problems.length === 0 ? EXIT.ok : EXIT.differences;
    } finally {
      for (const { close } of opened) close();
    }
  },
};

/** Both sides as arguments, however they were named. */
function sidesOf(args: readonly string[], { git }: Options): readonly [string, string] {
  const [first = '', second] = args;
  if (git === undefined) {
    if (second !== undefined) return [first, second];
    throw new ToolkitError('usage', `Cannot compare "${first}": with what?`, {
      remedy: 'name a second version, or a Git revision with --git',
    });
  }
  if (second !== undefined) {
    throw new ToolkitError('usage', 'Cannot compare: --git takes one Blueprint, and two were named');
  }
  const [from = '', to = ''] = git.split('..');
  return [`${from || 'HEAD'}:${first}`, to === '' ? first : `${to}:${first}`];
}

async function openSide(cli: Cli, text: string, options: Options): Promise<Opened> {
  const { openFolder } = await import('../../diff/open-folder.ts');
  const { parseSide } = await import('../../diff/parse-side.ts');
  const named = parseSide(text, (path) => existsSync(cli.path(path)));
  const nothing = { close: (): void => undefined };
  switch (named.is) {
    case 'path':
      return { ...nothing, side: await openFolder(named.path, cli.directory) };
    case 'revision': {
      const { openRevision } = await import('../../diff/open-revision.ts');
      const { systemGitArchive } = await import('../../diff/git-archive.ts');
      return openRevision(systemGitArchive, named.revision, named.path, cli.directory);
    }
    case 'layout': {
      const { LayoutTarget } = await import('../../oci/index.ts');
      const { readArtifact } = await import('../../diff/index.ts');
      return {
        ...nothing,
        side: await readArtifact(new LayoutTarget(cli.path(named.directory)), named.name, text),
      };
    }
    case 'registry':
      return { ...nothing, side: await readRemote(cli, named.reference, options) };
  }
}

async function readRemote(cli: Cli, text: string, options: Options): Promise<Side> {
  const { parseReference } = await import('../../oci/index.ts');
  const { readArtifact } = await import('../../diff/index.ts');
  const reference = parseReference(text);
  const client = await openRegistries(cli, options);
  try {
    return await readArtifact(client.target(reference), reference.digest ?? reference.tag ?? '', text);
  } finally {
    client.close();
  }
}
