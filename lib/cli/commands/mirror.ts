import { resolve } from 'node:path';
import type { Command } from 'commander';
import { ToolkitError } from '../../errors.ts';
import type { Cli, CliCommand } from '../command.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { openRegistries, PLAIN_HTTP } from '../release/registry.ts';

interface Options {
  readonly plainHttp?: boolean;
}

export const command: CliCommand<Options> = {
  configure: (command: Command): unknown =>
    command
      .description(
        'Copies an artifact with its signatures and attestations in both formats, byte for byte: the digest stays, and ' +
          'so does every signature. The tag is written last. Either side may be an OCI layout, written oci:DIRECTORY:TAG, ' +
          'for a way over a disk.',
      )
      .argument('<source>', 'HOST/PATH/bp-<name>:TAG or @sha256:DIGEST')
      .argument('<target>', 'HOST/PATH/bp-<name>, with a :TAG where it shall differ')
      .addOption(PLAIN_HTTP),
  examples: [
    'bp mirror ghcr.io/acme/bp-cnpg:1.0.0 registry.bank.example/acme/bp-cnpg',
    'bp mirror ghcr.io/acme/bp-cnpg:1.0.0 oci:/media/stick:1.0.0      and on the other side',
    'bp mirror oci:/media/stick:1.0.0 registry.bank.example/acme/bp-cnpg:1.0.0',
  ],
  async run(cli: Cli, args: readonly string[], options: Options): Promise<ExitCode | undefined> {
    const { copy, digestTag, LayoutTarget, parseReference } = await import('../../oci/index.ts');
    const client = await openRegistries(cli, options);
    const side = (text: string) => {
      const layout = /^oci:(.+?)(?::([A-Za-z0-9_][A-Za-z0-9._-]*)|@(sha256:[0-9a-f]{64}))?$/.exec(text);
      if (layout !== null) {
        const target = new LayoutTarget(resolve(cli.directory, layout[1] ?? ''));
        return { target, tag: layout[2], at: layout[3] ?? layout[2] };
      }
      const { tag, digest, ...repository } = parseReference(text);
      return { target: client.target(repository), tag, at: digest ?? tag };
    };
    try {
      const [source, target] = [side(args[0] ?? ''), side(args[1] ?? '')];
      if (source.at === undefined) {
        throw new ToolkitError('usage', `Cannot mirror "${args[0]}": it names neither a tag nor a digest`);
      }
      const tag = target.tag ?? source.tag;
      const result = await copy(source.target, source.at, target.target, {
        tag: tag ?? false,
        signal: cli.io.signal,
      });
      const { descriptor, referrers, legacyTags } = result;
      const signed = new Set([digestTag(descriptor.digest, '.sig'), digestTag(descriptor.digest, '.att')]);
      const summary = {
        digest: descriptor.digest,
        tag: result.tag ?? null,
        referrers: referrers.length,
        legacyTags: legacyTags.filter((t) => signed.has(t)),
      };
      cli.emit(summary, () => {
        const also = `${referrers.length} referrers, ${legacyTags.length} older signature tags`;
        return `${cli.paint.good('copied')} ${descriptor.digest} with ${also}\n`;
      });
      if (referrers.length + legacyTags.length === 0) cli.note('hint: the source has no signatures');
      return EXIT.ok;
    } finally {
      client.close();
    }
  },
};
