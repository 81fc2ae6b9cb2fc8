import type { Command } from 'commander';
import { ToolkitError } from '../../errors.ts';
import { parseJson } from '../../internal/json.ts';
import type { Attestation } from '../../signing/index.ts';
import { collect } from '../collect.ts';
import type { Cli, CliCommand } from '../command.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { readOptionFile } from '../release/files.ts';
import { openRegistries, PLAIN_HTTP } from '../release/registry.ts';
import { readSigning, type SigningOptions, signingOptions } from '../release/signing-options.ts';

interface Options extends SigningOptions {
  readonly attestation?: readonly string[];
  readonly tag?: string;
  readonly plainHttp?: boolean;
}

export const command: CliCommand<Options> = {
  configure: (command: Command): unknown =>
    signingOptions(
      command
        .description(
          'Signs an artifact that is in a registry, in both formats: the .sig tag that Crossplane reads, and the bundle ' +
            'that Flux and cosign 3 read. What is signed already is left as it is.',
        )
        .argument('<reference>', 'HOST/PATH/bp-<name> with :TAG or @sha256:DIGEST')
        .option(
          '--attestation <type=file>',
          'attest too: a predicate in JSON, as spdxjson, cyclonedx, slsaprovenance1 or a type’s URI',
          collect,
        )
        .option('--tag <tag>', 'point this tag at it afterwards'),
    ).addOption(PLAIN_HTTP),
  examples: [
    'bp sign ghcr.io/acme/bp-cnpg:1.0.0 --keyless',
    'bp sign 127.0.0.1:5000/acme/bp-cnpg:1.0.0 --key cosign.key --no-tlog',
    'bp sign ghcr.io/acme/bp-cnpg@sha256:… --keyless --attestation spdxjson=sbom.json --tag 1.0.0',
  ],
  async run(cli: Cli, args: readonly string[], options: Options): Promise<ExitCode | undefined> {
    const { formatReference, parseReference } = await import('../../oci/index.ts');
    const { signArtifact } = await import('../../signing/index.ts');
    const reference = parseReference(args[0] ?? '');
    const { registry, repository, tag, digest } = reference;
    const at = digest ?? tag;
    if (at === undefined) {
      throw new ToolkitError('usage', `Cannot sign "${args[0]}": it names neither a tag nor a digest`);
    }
    const attestations = await Promise.all(
      (options.attestation ?? []).map((text) => readAttestation(cli, text)),
    );
    const signing = await readSigning(cli, options);
    const client = await openRegistries(cli, options);
    try {
      const target = client.target(reference);
      const call = { signal: cli.io.signal };
      const subject = await target.resolve(at, call);
      const name = formatReference({ registry, repository });
      const entries = await signArtifact(target, subject, {
        ...signing,
        ...call,
        reference: name,
        attestations,
      });
      if (options.tag !== undefined) await target.tag(subject, options.tag, call);
      cli.emit({ reference: `${name}@${subject.digest}`, entries }, () => {
        const lines = entries.map(
          (e) => `${e.status} ${e.format} ${e.kind} ${e.predicateType} by ${e.signer}\n`,
        );
        return `${name}@${subject.digest}\n${lines.join('')}`;
      });
      return EXIT.ok;
    } finally {
      client.close();
    }
  },
};

async function readAttestation(cli: Cli, text: string): Promise<Attestation> {
  const { predicateTypeOf } = await import('../../signing/index.ts');
  const at = text.lastIndexOf('=');
  const type = predicateTypeOf(text.slice(0, at));
  if (at < 1 || !/^[a-z][a-z0-9+.-]*:\S+$/i.test(type)) {
    throw new ToolkitError('usage', `Cannot read --attestation "${text.slice(0, 200)}": write TYPE=FILE`, {
      remedy: 'TYPE is spdxjson, cyclonedx, slsaprovenance1, or the URI of a predicate type',
    });
  }
  const file = text.slice(at + 1);
  return { predicateType: type, predicate: parseJson(readOptionFile(cli, file), `"${file}"`) };
}
