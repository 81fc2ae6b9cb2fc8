import type { Command } from 'commander';
import { isToolkitError, ToolkitError } from '../../errors.ts';
import type { IdentityRule, VerificationPolicy, VerificationReport } from '../../signing/index.ts';
import { collect } from '../collect.ts';
import type { Cli, CliCommand } from '../command.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { readOptionFile } from '../release/files.ts';
import { openReference } from '../release/reference.ts';
import { openRegistries, PLAIN_HTTP } from '../release/registry.ts';
import { readTrustedRoot } from '../release/signing-options.ts';

interface Options {
  readonly key?: readonly string[];
  readonly certificateIdentity?: string;
  readonly certificateIdentityRegexp?: string;
  readonly certificateOidcIssuer?: string;
  readonly certificateOidcIssuerRegexp?: string;
  readonly trustedRoot?: string;
  readonly attestation?: readonly string[];
  readonly strict?: boolean;
  /** False with `--no-tlog`. */
  readonly tlog: boolean;
  readonly plainHttp?: boolean;
}

export const command: CliCommand<Options> = {
  configure: (command: Command): unknown =>
    command
      .description(
        'Verifies who signed an artifact and what is attested of it, and says for each consumer whether it would accept ' +
          'it, by the rules of its own code. A key or an identity is required. Exit code 1 if it is not accepted.',
      )
      .argument('<reference>', 'HOST/PATH/bp-<name>:TAG or @sha256:DIGEST; or a layout, oci:DIRECTORY:NAME')
      .option('--key <file>', 'a public key in PEM that is trusted (repeatable)', collect)
      .option('--certificate-identity <text>', 'the workflow that is trusted')
      .option('--certificate-identity-regexp <re>', 'the same, as an RE2 expression that matches all of it')
      .option('--certificate-oidc-issuer <url>', 'who vouches for it')
      .option('--certificate-oidc-issuer-regexp <re>', 'the same, as an RE2 expression')
      .option('--trusted-root <file>', 'trusted_root.json (default: the public Sigstore’s)')
      .option(
        '--attestation <type>',
        'must be attested: spdxjson, cyclonedx, slsaprovenance1, a URI (repeatable)',
        collect,
      )
      .option('--strict', 'every signer in both formats, as bp publish leaves it')
      .option('--no-tlog', 'accept a key’s signature that is in no log; Crossplane never does')
      .addOption(PLAIN_HTTP),
  examples: [
    'bp verify ghcr.io/acme/bp-cnpg:1.0.0 --certificate-oidc-issuer https://token.actions.githubusercontent.com \\',
    '  --certificate-identity https://github.com/acme/platform/.github/workflows/release.yaml@refs/heads/main',
    'bp verify 127.0.0.1:5000/acme/bp-cnpg:1.0.0 --key cosign.pub --no-tlog',
    'bp verify ghcr.io/acme/bp-cnpg:1.0.0 --key cosign.pub --attestation spdxjson --strict -o json',
  ],
  async run(cli: Cli, args: readonly string[], options: Options): Promise<ExitCode | undefined> {
    const { verifyArtifact } = await import('../../signing/index.ts');
    const policy = readPolicy(cli, options);
    await refuseBadFlags(policy);
    const client = await openRegistries(cli, options);
    try {
      const { target, at } = await openReference(cli, args[0] ?? '', client);
      if (at === undefined) {
        throw new ToolkitError('usage', `Cannot verify "${args[0]}": it names neither a tag nor a digest`);
      }
      const needsRoot = options.tlog || (policy.identities ?? []).length > 0;
      const trust = needsRoot ? { trustedRoot: await readTrustedRoot(cli, options.trustedRoot) } : {};
      const report = await verifyArtifact(target, at, policy, {
        ...trust,
        signal: cli.io.signal,
      });
      const named = { ...report, reference: args[0] ?? '' };
      cli.emit(named, () => formatReport(named, cli));
      return report.accepted ? EXIT.ok : EXIT.failed;
    } finally {
      client.close();
    }
  },
};

const FLAGS: Readonly<Record<string, string>> = {
  issuer: '--certificate-oidc-issuer',
  issuerRegExp: '--certificate-oidc-issuer-regexp',
  subject: '--certificate-identity',
  subjectRegExp: '--certificate-identity-regexp',
  publicKey: '--key',
};

/** What is wrong with a policy is wrong with the flags that it was made from. */
async function refuseBadFlags(policy: VerificationPolicy): Promise<void> {
  const { compilePolicy } = await import('../../signing/policy.ts');
  try {
    compilePolicy(policy);
  } catch (cause) {
    if (!isToolkitError(cause) || cause.code !== 'trust') throw cause;
    const message = cause.message.replace(
      /\b(?:identities|keys)\[\d+\]\.(\w+)/g,
      (path, field: string) => FLAGS[field] ?? path,
    );
    throw new ToolkitError('usage', message.replace('Cannot verify with this policy:', 'Cannot verify:'));
  }
}

function readPolicy(cli: Cli, options: Options): VerificationPolicy {
  const rule: IdentityRule = {
    ...(options.certificateIdentity !== undefined && { subject: options.certificateIdentity }),
    ...(options.certificateIdentityRegexp !== undefined && {
      subjectRegExp: options.certificateIdentityRegexp,
    }),
    ...(options.certificateOidcIssuer !== undefined && { issuer: options.certificateOidcIssuer }),
    ...(options.certificateOidcIssuerRegexp !== undefined && {
      issuerRegExp: options.certificateOidcIssuerRegexp,
    }),
  };
  const identities = Object.keys(rule).length === 0 ? [] : [rule];
  const keys = (options.key ?? []).map((file) => ({ name: file, publicKey: readOptionFile(cli, file) }));
  if (identities.length + keys.length === 0) {
    throw new ToolkitError('usage', 'Cannot verify: neither a key nor an identity is trusted', {
      remedy: 'give --key, or --certificate-identity with --certificate-oidc-issuer',
    });
  }
  return {
    identities,
    keys,
    attestations: options.attestation ?? [],
    strict: options.strict === true,
    ignoreTlog: !options.tlog,
  };
}

function formatReport(report: VerificationReport, cli: Cli): string {
  const { good, bad, dim } = cli.paint;
  const verdict = report.accepted ? good('accepted') : bad('not accepted');
  const width = Math.max(...report.consumers.map((c) => c.title.length));
  const lines = [
    `${report.reference}`,
    `${dim(report.digest)} ${verdict}`,
    ...report.problems.map((problem) => `  ${problem}`),
    '',
    ...report.consumers.map(
      (c) => `${c.title.padEnd(width)}  ${c.accepted ? good('accepts') : bad('refuses')}  ${c.reason}`,
    ),
    '',
    ...report.entries.map((e) => {
      const counts = e.valid && e.member !== undefined && e.reason === undefined;
      const what =
        `${e.format.padEnd(6)}  ${e.kind} ${e.kind === 'attestation' ? (e.predicateType ?? '') : ''}`.trimEnd();
      return `${counts ? good('ok') : bad('no')}  ${what}  ${dim(e.reason ?? e.signer ?? '')}`;
    }),
  ];
  return `${lines.join('\n')}\n`;
}
