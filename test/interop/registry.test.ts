import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { copy, digestTag, MemoryTarget, RemoteClient } from '../../lib/oci/index.ts';
import { item, pushArtifact, targetContract } from '../../lib/oci/target-contract.test-helper.ts';
import { type RunningRegistry, startRegistry } from '../../lib/registry/index.ts';
import { findPart, missingParts, type Part, type RealRegistry, startDockerRegistry } from './real-parts.ts';

const missing = missingParts('docker-registry');

/** Not `runPart`, which blocks: the registry that the program talks to runs in this process. */
async function run(part: Part, ...args: string[]): Promise<string> {
  const env = { PATH: process.env.PATH ?? '', HOME: '/nonexistent' };
  const { stdout } = await promisify(execFile)(findPart(part) ?? part, args, { env, timeout: 30_000 });
  return stdout.trim();
}

describe.skipIf(missing)(`Debian's docker-registry${missing === undefined ? '' : ` (${missing})`}`, () => {
  const client = new RemoteClient({ chunkThreshold: 1000, chunkBytes: 700, retry: { baseMs: 5 } });
  let registry: RealRegistry;
  let count = 0;

  beforeAll(async () => {
    registry = await startDockerRegistry();
  });
  afterAll(async () => {
    client.close();
    await registry?.close();
  });

  const open = (): ReturnType<RemoteClient['target']> => client.target(`${registry.host}/acme/bp-${count++}`);
  targetContract('docker-registry 2.8', open);

  test('a blob above the threshold goes in chunks and comes back whole', async () => {
    const target = open();
    const blob = item('application/octet-stream', Buffer.alloc(5000, 'chunk'));
    await target.push(blob.descriptor, blob.bytes);
    expect(Buffer.from(await target.fetch(blob.descriptor)).equals(blob.bytes)).toBe(true);
  });

  test('a blob of another repository is mounted, one that is nowhere is not', async () => {
    const [source, target] = [open(), open()];
    const blob = item('application/octet-stream', 'mounted');
    await source.push(blob.descriptor, blob.bytes);
    expect(await target.mount(blob.descriptor, source)).toBe(true);
    expect(await target.exists(blob.descriptor)).toBe(true);
    expect(await target.mount(item('application/octet-stream', 'nowhere').descriptor, source)).toBe(false);
  });

  test('without the referrers API the fallback tag holds a right entry', async () => {
    const target = open();
    const subject = (await pushArtifact(target)).descriptor;
    await pushArtifact(target, 'sbom', {
      subject,
      artifactType: 'application/sbom',
      annotations: { k: 'v' },
    });
    const tag = await target.resolve(digestTag(subject.digest));
    const index = JSON.parse(Buffer.from(await target.fetch(tag)).toString('utf8'));
    expect(index.manifests).toMatchObject([{ artifactType: 'application/sbom', annotations: { k: 'v' } }]);
  });
});

const tools = missingParts('oras', 'crane');

describe.skipIf(tools)(`oras and crane with our registry${tools === undefined ? '' : ` (${tools})`}`, () => {
  const client = new RemoteClient();
  let registry: RunningRegistry;

  beforeAll(async () => {
    registry = await startRegistry();
  });
  afterAll(async () => {
    client.close();
    await registry?.close();
  });

  test('what we push, crane and oras read, and the other way round', async () => {
    const name = `${registry.address}/acme/bp-a`;
    const target = client.target(name);
    const artifact = await pushArtifact(target, 'hello', { artifactType: 'application/x' });
    await target.tag(artifact.descriptor, '1.0.0');
    await pushArtifact(target, 'sbom', { subject: artifact.descriptor, artifactType: 'application/sbom' });

    expect(await run('crane', 'digest', '--insecure', `${name}:1.0.0`)).toBe(artifact.descriptor.digest);
    expect(await run('oras', 'discover', '--plain-http', '--format', 'json', `${name}:1.0.0`)).toContain(
      'application/sbom',
    );
    await run('crane', 'copy', '--insecure', `${name}:1.0.0`, `${registry.address}/acme/bp-b:1.0.0`);
    const back = new MemoryTarget();
    await copy(client.target(`${registry.address}/acme/bp-b`), '1.0.0', back);
    expect(await back.resolve('1.0.0')).toEqual(artifact.descriptor);
  });
});
