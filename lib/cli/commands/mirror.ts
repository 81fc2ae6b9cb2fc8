import type { Command } from 'commander';
import { ToolkitError } from '../../errors.ts';
import type { Cli, CliCommand } from '../command.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { openReference } from '../release/reference.ts';
import { openRegistries, PLAIN_HTTP } from '../release/registry.ts';

interface Options {
  readonly plainHttp?: boolean;
}

export const command: CliCommand<Options> = {
  configure: (command: Command): unknown =>
    command
      .description(
        'Copies an artifact with its signatures and attestations in both formats, byte for byte: the digest stays, and ' +
          'so does every signature. The tag is written last. Either side may be an OCI layout, written oci:DIRECTORY:NAME, ' +
          'for a way over a disk.',
      )
      .argument('<source>', 'HOST/PATH/bp-<name>:TAG or @sha256:DIGEST')
      .argument('<target>', 'HOST/PATH/bp-<name>, with a :TAG where it shall differ')
      .addOption(PLAIN_HTTP),
  examples: [
    'bp mirror ghcr.io/acme/bp-cnpg:1.0.0 registry.bank.example/acme/bp-cnpg',
    'bp mirror ghcr.io/acme/bp-cnpg:1.0.0 oci:/media/stick:bp-cnpg:1.0.0      and on the other side',
    'bp mirror oci:/media/stick:bp-cnpg:1.0.0 registry.bank.example/acme/bp-cnpg',
  ],
  async run(cli: Cli, args: readonly string[], options: Options): Promise<ExitCode | undefined> {
    const { copy, LayoutTarget } = await import('../../oci/index.ts');
    const client = await openRegistries(cli, options);
    try {
      const source = await openReference(cli, args[0] ?? '', client);
      const { target, at, tag } = await openReference(cli, args[1] ?? '', client);
      if (source.at === undefined) {
        throw new ToolkitError('usage', `Cannot mirror "${args[0]}": it names neither a tag nor a digest`);
      }
      // A layout may hold several repositories: `bp-a:1.0.0` is a name there, and no tag.
      const name = target instanceof LayoutTarget && at?.includes(':') ? at : undefined;
      const call = { signal: cli.io.signal };
      const result = await copy(source.target, source.at, target, {
        ...call,
        tag: name === undefined ? (tag ?? source.tag ?? false) : false,
      });
      const { descriptor, referrers, legacyTags } = result;
      if (name !== undefined && target instanceof LayoutTarget) await target.name(descriptor, name);
      const summary = {
        digest: descriptor.digest,
        tag: name ?? result.tag ?? null,
        referrers: referrers.length,
        legacyTags,
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
