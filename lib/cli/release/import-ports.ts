import type { ImportPorts } from '../../import/index.ts';
import { createHttpTransport } from '../../oci/index.ts';
import type { Cli } from '../command.ts';
import { openReference } from './reference.ts';
import { openRegistries, type RegistryOptions } from './registry.ts';

/** How `https://`, `oci://` and `npm:` sources of CRDs are reached; relative paths are looked up from `root`. */
export async function openImportPorts(
  cli: Cli,
  root: string,
  options: RegistryOptions,
): Promise<{ readonly ports: ImportPorts; close(): void }> {
  const client = await openRegistries(cli, options);
  const http = createHttpTransport();
  return {
    ports: {
      root,
      http: async () => http,
      open: async (reference) => {
        const { target, at } = await openReference(cli, reference, client);
        return { target, at: at ?? 'latest' };
      },
      signal: cli.io.signal,
    },
    close: () => {
      client.close();
      http.close();
    },
  };
}
