import type { Command } from 'commander';
import { ToolkitError } from '../../errors.ts';
import type { ImportedSource, LockedSource } from '../../import/index.ts';
import type { PlannedFile } from '../../project/planned-files.ts';
import { collect } from '../collect.ts';
import type { Cli, CliCommand } from '../command.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';

interface Options {
  readonly out?: string;
  readonly refresh?: boolean;
  readonly check?: boolean;
  readonly remove?: readonly string[];
  readonly plainHttp?: boolean;
}

export const command: CliCommand<Options> = {
  configure: (command: Command): unknown =>
    command
      .description(
        'Makes kinds that the toolkit does not ship part of the repository: constructs in kinds/<group>.ts, schemas in ' +
          'schemas/kinds, and in kinds.lock.json where each came from. SOURCE is a file or folder of CRDs or XRDs, ' +
          'npm:PACKAGE as installed, https://…, or oci://HOST/PATH:TAG, a Crossplane package or an artifact with YAML. ' +
          'bp render and bp validate know them from then on.',
      )
      .argument('[source...]', 'where the CRDs are; none to look after those that are imported')
      .option('--out <directory>', 'the repository (default: the one around the working directory)')
      .option('--refresh', 'read every imported source again')
      .option('--remove <source>', 'forget a source and its kinds (repeatable)', collect)
      .option('--check', 'write nothing; exit 3 and list what differs. Without --refresh, offline')
      .option('--plain-http', 'reach the registry without TLS'),
  examples: [
    'bp import crds/                                           CRDs that lie in the repository',
    'bp import oci://xpkg.crossplane.io/acme/provider-x:v1.2.0 those of a Crossplane package',
    'bp import https://example.org/releases/v1.4.0/crds.yaml   those of a release page',
    'bp import --refresh                                       everything again, as it is there now',
    'bp import --check                                         in CI: is what is checked in up to date?',
  ],
  async run(cli: Cli, given: readonly string[], options: Options): Promise<ExitCode | undefined> {
    const { pathsOf, planKinds, readLock } = await import('../../import/index.ts');
    const { staleFiles, writePlanned } = await import('../../project/planned-files.ts');
    const root = await rootFor(cli, options.out);
    const lock = readLock(root);
    const sources = await collectSources(cli, root, lock, given, options);
    const wanted = planKinds(sources);
    const planned: PlannedFile[] = [...wanted].map(([path, text]) => ({ path, text }));
    for (const path of pathsOf(lock)) if (!wanted.has(path)) planned.push({ path, text: undefined });
    const stale = staleFiles(root, planned);
    if (options.check !== true) writePlanned(root, stale);
    report(cli, sources, stale, options.check === true);
    return options.check && stale.length > 0 ? EXIT.differences : EXIT.ok;
  },
};

async function rootFor(cli: Cli, out: string | undefined): Promise<string> {
  if (out !== undefined) return cli.path(out);
  const { findProjectRoot } = await import('../../project/index.ts');
  return findProjectRoot(cli.directory);
}

/** What is imported from now on: sources that are read now, and the others as they are recorded. */
async function collectSources(
  cli: Cli,
  root: string,
  lock: readonly LockedSource[],
  given: readonly string[],
  options: Options,
): Promise<readonly ImportedSource[]> {
  const { isRemote, readSource, recorded } = await import('../../import/index.ts');
  const named = new Set(await Promise.all(given.map((source) => nameIn(cli, root, source))));
  const removed = new Set(options.remove);
  const unknown = [...removed].find((source) => !lock.some((locked) => locked.source === source));
  if (unknown !== undefined) {
    const there = lock.map((locked) => locked.source).join(', ') || 'none';
    throw new ToolkitError('usage', `Cannot remove "${unknown}": it is not imported`, {
      remedy: `imported: ${there}`,
    });
  }
  if (named.size === 0 && lock.length === 0) {
    throw new ToolkitError('usage', 'Cannot import: no source is named, and none is imported', {
      remedy: 'bp import crds/',
    });
  }
  const { openImportPorts } = await import('../release/import-ports.ts');
  const { ports, close } = await openImportPorts(cli, root, options);
  try {
    const out: ImportedSource[] = [];
    for (const locked of lock) {
      if (removed.has(locked.source) || named.has(locked.source)) continue;
      const again = options.refresh === true || (options.check === true && !isRemote(locked.source));
      out.push(again ? await readSource(locked.source, ports) : recorded(root, locked));
    }
    for (const source of named) out.push(await readSource(source, ports));
    return out;
  } finally {
    close();
  }
}

/** Files are recorded relative to the repository, so that everybody can refresh them. */
async function nameIn(cli: Cli, root: string, source: string): Promise<string> {
  if (/^[a-z][a-z+.-]*:/.test(source)) return source;
  const { relative } = await import('node:path');
  return relative(root, cli.path(source)).replaceAll('\\', '/') || '.';
}

function report(
  cli: Cli,
  sources: readonly ImportedSource[],
  stale: readonly PlannedFile[],
  check: boolean,
): void {
  const state = (file: PlannedFile): string => {
    if (check) return file.text === undefined ? 'leftover' : 'stale';
    return file.text === undefined ? 'removed' : 'written';
  };
  const files = stale.map((file) => ({ path: file.path, state: state(file) }));
  const read = sources.map(({ source, version, sha256, kinds }) => ({
    source,
    ...(version !== undefined && { version }),
    sha256,
    kinds: kinds.length,
  }));
  cli.emit({ sources: read, files }, () => {
    const lines = files.map((f) => `${cli.paint.waiting(f.state)} ${f.path}\n`);
    const rows = read.map((s) => `${s.source}: ${s.kinds} kinds${s.version ? `, ${s.version}` : ''}\n`);
    return `${lines.join('')}${rows.join('')}${files.length === 0 ? 'everything imported is up to date\n' : ''}`;
  });
}
