import type { Command } from 'commander';
import { ToolkitError } from '../../errors.ts';
import type { PublishSigning } from '../../pipeline/publish.ts';
import type { Signer, SigningServices, TrustRoot } from '../../signing/index.ts';
import type { Cli } from '../command.ts';
import { readOptionFile } from './files.ts';

/** Options of every command that signs. */
export interface SigningOptions {
  readonly key?: string;
  readonly keyless?: boolean;
  readonly identityToken?: string;
  readonly signingConfig?: string;
  readonly trustedRoot?: string;
  /** False with `--no-tlog`. */
  readonly tlog: boolean;
}

export function signingOptions(command: Command): Command {
  return command
    .option('--key <file>', 'sign with a private key: cosign.key or PEM; its password is COSIGN_PASSWORD')
    .option('--keyless', 'sign as the identity of this workflow, with a certificate of Fulcio')
    .option(
      '--identity-token <file>',
      'OpenID Connect token for --keyless (default: $SIGSTORE_ID_TOKEN, or the CI’s own)',
    )
    .option(
      '--signing-config <file>',
      'signing_config.json: which Fulcio and Rekor (default: the public Sigstore)',
    )
    .option('--trusted-root <file>', 'trusted_root.json that belongs to it (default: the public Sigstore’s)')
    .option('--no-tlog', 'sign with a key and without a log entry; Crossplane refuses such signatures');
}

/**
 * Who signs, where, and what it is verified against.
 * @throws ToolkitError `usage` for options that do not fit together, `auth` without a token
 */
export async function readSigning(cli: Cli, options: SigningOptions): Promise<PublishSigning> {
  checkOptions(options);
  const services = await readServices(cli, options);
  const signers: Signer[] = [];
  if (options.key !== undefined) signers.push(await keySigner(cli, options.key));
  if (options.keyless) signers.push(await keylessSigner(cli, options, services));
  if (!options.tlog) return { signers, noTlog: true };
  return {
    signers,
    rekorUrl: services.rekorUrl,
    ...(services.timestampUrl === undefined ? {} : { timestampUrl: services.timestampUrl }),
    trustedRoot: await readTrustedRoot(cli, options.trustedRoot),
  };
}

function checkOptions(options: SigningOptions): void {
  if (options.key === undefined && !options.keyless) {
    throw new ToolkitError('usage', 'Cannot sign: neither --key nor --keyless was given', {
      remedy: 'in CI --keyless; on this machine bp sigstore starts a Sigstore to try it with',
    });
  }
  if (options.keyless && !options.tlog) {
    throw new ToolkitError(
      'usage',
      'Cannot sign keyless with --no-tlog: only the log proves when a certificate was used',
    );
  }
  if (options.identityToken !== undefined && !options.keyless) {
    throw new ToolkitError('usage', 'Cannot use --identity-token without --keyless');
  }
  if (options.tlog && (options.signingConfig === undefined) !== (options.trustedRoot === undefined)) {
    throw new ToolkitError(
      'usage',
      'Cannot sign: --signing-config and --trusted-root belong together, and only one was given',
      { remedy: 'give both of one Sigstore, or neither for the public one' },
    );
  }
}

async function readServices(cli: Cli, options: SigningOptions): Promise<SigningServices> {
  const { parseSigningConfig, publicServices } = await import('../../signing/index.ts');
  if (options.signingConfig === undefined) return publicServices();
  return parseSigningConfig(readOptionFile(cli, options.signingConfig), new Date());
}

async function keySigner(cli: Cli, file: string): Promise<Signer> {
  const { createKeySigner } = await import('../../signing/index.ts');
  return createKeySigner({ key: readOptionFile(cli, file), password: cli.io.env.COSIGN_PASSWORD ?? '' });
}

async function keylessSigner(cli: Cli, options: SigningOptions, services: SigningServices): Promise<Signer> {
  const { createKeylessSigner } = await import('../../signing/index.ts');
  const { identityToken } = options;
  return createKeylessSigner({
    fulcioUrl: services.fulcioUrl,
    // Asked for again when the certificate has expired: a file may hold a fresh token by then.
    identityToken: async () =>
      identityToken === undefined ? ambientToken(cli) : readOptionFile(cli, identityToken).trim(),
  });
}

async function ambientToken(cli: Cli): Promise<string> {
  const given = cli.io.env.SIGSTORE_ID_TOKEN ?? '';
  if (given !== '') return given;
  const { CIContextProvider } = await import('@sigstore/sign');
  try {
    return await new CIContextProvider('sigstore').getToken();
  } catch {
    // The cause may quote an address with a secret in it.
    throw new ToolkitError('auth', 'Cannot sign keyless: no identity token was found', {
      remedy:
        'run in a CI job that may ask for one (GitHub Actions: permissions id-token: write), set SIGSTORE_ID_TOKEN, or give --identity-token FILE',
    });
  }
}

/** The trusted root of a file, else the public Sigstore's. */
export async function readTrustedRoot(cli: Cli, file: string | undefined): Promise<TrustRoot> {
  const { fetchPublicTrustedRoot, parseTrustedRoot } = await import('../../signing/index.ts');
  return file === undefined ? fetchPublicTrustedRoot({}) : parseTrustedRoot(readOptionFile(cli, file));
}
