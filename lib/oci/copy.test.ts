import { expect, test } from 'vitest';
import { copy } from './copy.ts';
import { INDEX_TYPE } from './media-types.ts';
import { MemoryTarget } from './memory.ts';
import { digestTag } from './tag.ts';
import type { Descriptor, Target } from './target.ts';
import { item, manifestItem, pushArtifact } from './target-contract.test-helper.ts';

/** Writes in the order in which they reach the target. */
function recorded(target: Target): { target: Target; log: string[] } {
  const log: string[] = [];
  const wrapped: Target = {
    resolve: (r) => target.resolve(r),
    fetch: (d) => target.fetch(d),
    exists: (d) => target.exists(d),
    referrers: (d, t) => target.referrers(d, t),
    tags: () => target.tags(),
    push: async (d, b) => {
      log.push(d.digest);
      await target.push(d, b);
    },
    tag: async (d, t, o) => {
      log.push(`tag ${t}`);
      await target.tag(d, t, o);
    },
  };
  return { target: wrapped, log };
}

test('the version’s tag is the very last write, after signatures and referrers', async () => {
  const source = new MemoryTarget();
  const artifact = await pushArtifact(source);
  await source.tag(artifact.descriptor, '1.0.0');
  const signature = await pushArtifact(source, 'sig');
  await source.tag(signature.descriptor, digestTag(artifact.descriptor.digest, '.sig'));
  const bundle = await pushArtifact(source, 'bundle', { subject: artifact.descriptor });
  const { target, log } = recorded(new MemoryTarget());
  await copy(source, '1.0.0', target);
  expect(log.at(-1)).toBe('tag 1.0.0');
  expect(log).toContain(bundle.descriptor.digest);
  expect(log).toContain(`tag ${digestTag(artifact.descriptor.digest, '.sig')}`);
  expect(log.length, 'equal blobs are sent once').toBe(new Set(log).size);
});

test('a failure leaves the version without its tag', async () => {
  const source = new MemoryTarget();
  const artifact = await pushArtifact(source);
  await source.tag(artifact.descriptor, '1.0.0');
  const bundle = await pushArtifact(source, 'bundle', { subject: artifact.descriptor });
  const target = new MemoryTarget();
  const { target: failing } = recorded(target);
  const push = failing.push.bind(failing);
  failing.push = async (d: Descriptor, b: Uint8Array) => {
    if (d.digest === bundle.descriptor.digest) throw new Error('disk full');
    await push(d, b);
  };
  await expect(copy(source, '1.0.0', failing)).rejects.toThrow('disk full');
  expect(await target.tags()).toEqual([]);
});

test('options: no tag, another tag, no referrers, no signatures', async () => {
  const source = new MemoryTarget();
  const artifact = await pushArtifact(source);
  await source.tag(artifact.descriptor, '1.0.0');
  await source.tag(
    (await pushArtifact(source, 's')).descriptor,
    digestTag(artifact.descriptor.digest, '.sig'),
  );
  await pushArtifact(source, 'b', { subject: artifact.descriptor });
  const run = async (...[reference, options]: [string, Parameters<typeof copy>[3]?]): Promise<unknown> => {
    const target = new MemoryTarget();
    const result = await copy(source, reference, target, options);
    return { tags: await target.tags(), referrers: result.referrers.length };
  };
  const sig = digestTag(artifact.descriptor.digest, '.sig');
  expect(await run(artifact.descriptor.digest)).toEqual({ tags: [sig], referrers: 1 });
  expect(await run('1.0.0', { tag: false, legacySignatures: false })).toEqual({ tags: [], referrers: 1 });
  expect(await run('1.0.0', { tag: 'x', referrers: false, legacySignatures: false })).toEqual({
    tags: ['x'],
    referrers: 0,
  });
});

test('signatures that only the target has are never overwritten, a list that grew replaces its part', async () => {
  const source = new MemoryTarget();
  const target = new MemoryTarget();
  const artifact = await pushArtifact(source);
  const tag = digestTag(artifact.descriptor.digest, '.sig');
  const [one, two] = [item('application/s', 'one'), item('application/s', 'two')];
  const sign = async (t: MemoryTarget, ...layers: (typeof one)[]): Promise<void> => {
    await pushArtifact(t, 'config');
    for (const l of layers) await t.push(l.descriptor, l.bytes);
    const m = manifestItem(layers.map((l) => l.descriptor));
    await t.push(m.descriptor, m.bytes);
    await t.tag(m.descriptor, tag, { move: true });
  };
  await sign(source, one);
  await sign(target, two);
  await expect(copy(source, artifact.descriptor.digest, target)).rejects.toMatchObject({ code: 'conflict' });
  await sign(source, two, one);
  await copy(source, artifact.descriptor.digest, target);
  expect(await target.resolve(tag)).toEqual(await source.resolve(tag));
});

test('an index nested without end is refused', async () => {
  const source = new MemoryTarget();
  let inner = (await pushArtifact(source)).descriptor;
  for (let i = 0; i < 12; i++) {
    const index = item(
      INDEX_TYPE,
      JSON.stringify({ schemaVersion: 2, mediaType: INDEX_TYPE, manifests: [inner] }),
    );
    await source.push(index.descriptor, index.bytes);
    inner = index.descriptor;
  }
  await expect(copy(source, inner.digest, new MemoryTarget())).rejects.toMatchObject({ code: 'limit' });
});
