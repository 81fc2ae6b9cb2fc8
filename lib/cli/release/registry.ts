import { homedir } from 'node:os';
import { Option } from 'commander';
import { ToolkitError } from '../../errors.ts';
import type { RemoteClient } from '../../oci/index.ts';
import type { Cli } from '../command.ts';

export interface RegistryOptions {
  readonly plainHttp?: boolean;
}

export const PLAIN_HTTP: Option = new Option(
  '--plain-http',
  'speak HTTP without TLS to the registry (loopback addresses always do)',
);

/** A client with the credentials that docker, podman and their helpers keep. Close it. */
export async function openRegistries(cli: Cli, options: RegistryOptions): Promise<RemoteClient> {
  const { credentialsFromDockerConfig, RemoteClient } = await import('../../oci/index.ts');
  const { env } = cli.io;
  return new RemoteClient({
    credentials: credentialsFromDockerConfig({ env, homeDir: env.HOME ?? homedir() }),
    ...(options.plainHttp && { plainHttp: true }),
  });
}

/** `HOST[:PORT]/PATH`, below which every artifact has its repository. @throws ToolkitError `usage` */
export async function readRegistry(text: string): Promise<string> {
  const { parseReference } = await import('../../oci/index.ts');
  const prefix = text.replace(/\/+$/, '');
  const { registry, repository, tag, digest } = parseReference(`${prefix}/bp-x`);
  if (tag !== undefined || digest !== undefined || `${registry}/${repository}` !== `${prefix}/bp-x`) {
    throw new ToolkitError('usage', `Cannot use --registry "${text}": it is not HOST/PATH`);
  }
  return prefix;
}

/** SOURCE_DATE_EPOCH, where it is set. @throws ToolkitError `usage` */
export function readSourceDate(cli: Cli): { readonly created?: number } {
  const text = cli.io.env.SOURCE_DATE_EPOCH ?? '';
  if (text === '') return {};
  if (/^\d{1,12}$/.test(text) && Number(text) <= 253_402_300_799) return { created: Number(text) };
  throw new ToolkitError(
    'usage',
    `Cannot read SOURCE_DATE_EPOCH "${text.slice(0, 50)}": it is not whole seconds since 1970`,
  );
}
