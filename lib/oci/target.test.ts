import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { type RegistryOptions, type RunningRegistry, startRegistry } from '../registry/index.ts';
import { LayoutTarget } from './layout.ts';
import { MemoryTarget } from './memory.ts';
import { RemoteClient } from './remote-client.ts';
import { targetContract } from './target-contract.test-helper.ts';

const directory = mkdtempSync(join(tmpdir(), 'bp-oci-'));
const client = new RemoteClient({ retry: { baseMs: 1 } });
const registries: RunningRegistry[] = [];
let count = 0;

afterAll(async () => {
  client.close();
  for (const registry of registries) await registry.close();
  rmSync(directory, { recursive: true, force: true });
});

function remote(options: RegistryOptions): () => Promise<ReturnType<RemoteClient['target']>> {
  let running: Promise<RunningRegistry> | undefined;
  return async () => {
    running ??= startRegistry(options).then((r) => {
      registries.push(r);
      return r;
    });
    return client.target(`${(await running).address}/acme/bp-${count++}`);
  };
}

targetContract('memory', () => new MemoryTarget());
targetContract('layout', () => new LayoutTarget(join(directory, `layout-${count++}`)));
targetContract('embedded registry in memory', remote({}));
targetContract('embedded registry on disk', remote({ storage: join(directory, 'registry') }));
targetContract('embedded registry without the referrers API', remote({ referrersApi: false }));
targetContract('embedded registry with pages of one', remote({ pageSize: 1 }));
