import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { copy } from './copy.ts';
import { descriptorOf, EMPTY_BYTES, EMPTY_DESCRIPTOR } from './descriptor.ts';
import { EMPTY_TYPE, INDEX_TYPE, MANIFEST_TYPE } from './media-types.ts';
import { MemoryTarget } from './memory.ts';
import { digestTag } from './tag.ts';
import type { Descriptor, PushItem, Target } from './target.ts';

const BYTES = 'application/octet-stream';

/** Bytes with their descriptor. */
export function item(mediaType: string, content: string | Uint8Array): PushItem {
  const bytes = new Uint8Array(Buffer.from(content));
  return { descriptor: descriptorOf(mediaType, bytes), bytes };
}

/** A manifest over some layers. */
export function manifestItem(
  layers: readonly Descriptor[],
  extras: {
    readonly subject?: Descriptor;
    readonly artifactType?: string;
    readonly annotations?: Record<string, string>;
  } = {},
): PushItem {
  const body = { schemaVersion: 2, mediaType: MANIFEST_TYPE, config: EMPTY_DESCRIPTOR, layers, ...extras };
  return item(MANIFEST_TYPE, JSON.stringify(body));
}

/** Pushes one artifact of one layer and returns its manifest. */
export async function pushArtifact(
  target: Target,
  text = 'hello',
  extras: Parameters<typeof manifestItem>[1] = {},
): Promise<PushItem> {
  const layer = item(BYTES, text);
  await target.push(layer.descriptor, layer.bytes);
  await target.push(EMPTY_DESCRIPTOR, EMPTY_BYTES);
  const manifest = manifestItem([layer.descriptor], extras);
  await target.push(manifest.descriptor, manifest.bytes);
  return manifest;
}

/** What every implementation of `Target` does. `open` gives a repository that nobody used before. */
export function targetContract(name: string, open: () => Promise<Target> | Target): void {
  describe(`target contract: ${name}`, () => {
    test('a blob comes back as it was, and pushing it again is success', async () => {
      const target = await open();
      const blob = item(BYTES, `blob ${randomUUID()}`);
      expect(await target.exists(blob.descriptor)).toBe(false);
      await target.push(blob.descriptor, blob.bytes);
      await target.push(blob.descriptor, blob.bytes);
      expect(await target.exists(blob.descriptor)).toBe(true);
      expect(Buffer.from(await target.fetch(blob.descriptor)).equals(blob.bytes)).toBe(true);
    });

    test('bytes that are not the descriptor’s are never written', async () => {
      const target = await open();
      const blob = item(BYTES, 'right');
      const wrong = new Uint8Array(Buffer.from('wrong'));
      await expect(target.push(blob.descriptor, wrong)).rejects.toMatchObject({ code: 'integrity' });
      await expect(target.push({ ...blob.descriptor, size: 4 }, blob.bytes)).rejects.toMatchObject({
        code: 'integrity',
      });
      expect(await target.exists(blob.descriptor)).toBe(false);
    });

    test('what is not there is not found', async () => {
      const target = await open();
      await pushArtifact(target);
      const absent = item(BYTES, 'absent').descriptor;
      await expect(target.resolve('9.9.9')).rejects.toMatchObject({ code: 'not-found' });
      await expect(target.resolve(absent.digest)).rejects.toMatchObject({ code: 'not-found' });
      await expect(target.fetch(absent)).rejects.toMatchObject({ code: 'not-found' });
      await expect(target.tag({ ...absent, mediaType: MANIFEST_TYPE }, '1.0.0')).rejects.toMatchObject({
        code: 'not-found',
      });
    });

    test('a tag resolves to its manifest, several tags are listed sorted', async () => {
      const target = await open();
      const { descriptor, bytes } = await pushArtifact(target);
      for (const tag of ['1.10.0', '1.2.0', 'Latest', 'latest']) await target.tag(descriptor, tag);
      expect(await target.resolve('1.2.0')).toEqual(descriptor);
      expect(await target.resolve(descriptor.digest)).toEqual(descriptor);
      expect(Buffer.from(await target.fetch(descriptor)).equals(bytes)).toBe(true);
      expect(await target.tags()).toEqual(['1.10.0', '1.2.0', 'Latest', 'latest']);
    });

    test('a tag is never moved in passing: both digests are named', async () => {
      const target = await open();
      const first = (await pushArtifact(target, 'one')).descriptor;
      const second = (await pushArtifact(target, 'two')).descriptor;
      await target.tag(first, '1.0.0');
      await target.tag(first, '1.0.0');
      const refused = target.tag(second, '1.0.0');
      await expect(refused).rejects.toMatchObject({ code: 'conflict' });
      await expect(refused).rejects.toThrow(first.digest);
      await expect(refused).rejects.toThrow(second.digest);
      expect((await target.resolve('1.0.0')).digest).toBe(first.digest);
      await target.tag(second, '1.0.0', { move: true });
      expect((await target.resolve('1.0.0')).digest).toBe(second.digest);
      expect((await target.resolve(first.digest)).digest).toBe(first.digest);
    });

    test.for(['', '../x', 'a/b', 'a b', '-a', 'x'.repeat(129), 'a\n'])('tag %j is refused', async (tag) => {
      const target = await open();
      const { descriptor } = await pushArtifact(target);
      await expect(target.tag(descriptor, tag)).rejects.toMatchObject({ code: 'usage' });
    });

    test('referrers are listed with artifactType and annotations, and filtered', async () => {
      const target = await open();
      const subject = (await pushArtifact(target)).descriptor;
      expect(await target.referrers(subject)).toEqual([]);
      const a = await pushArtifact(target, 'a', {
        subject,
        artifactType: 'application/a',
        annotations: { k: 'v' },
      });
      const b = await pushArtifact(target, 'b', { subject });
      const wantA = { ...a.descriptor, artifactType: 'application/a', annotations: { k: 'v' } };
      const wantB = { ...b.descriptor, artifactType: EMPTY_TYPE };
      expect(byDigest(await target.referrers(subject))).toEqual(byDigest([wantA, wantB]));
      expect(await target.referrers(subject, 'application/a')).toEqual([wantA]);
      expect(await target.referrers(subject, 'application/none')).toEqual([]);
    });

    test('referrers pushed at the same time are all there', async () => {
      const target = await open();
      const subject = (await pushArtifact(target)).descriptor;
      const names = ['a', 'b', 'c', 'd', 'e', 'f'];
      const pushed = await Promise.all(
        names.map((n) => pushArtifact(target, n, { subject, artifactType: `application/${n}` })),
      );
      const found = (await target.referrers(subject)).map((d) => d.digest).sort();
      expect(found).toEqual(pushed.map((p) => p.descriptor.digest).sort());
    });

    test('copy moves an index, its manifests, signatures and referrers in and out again', async () => {
      const origin = new MemoryTarget();
      const one = await pushArtifact(origin, 'amd64');
      const two = await pushArtifact(origin, 'arm64');
      const index = item(
        INDEX_TYPE,
        JSON.stringify({
          schemaVersion: 2,
          mediaType: INDEX_TYPE,
          manifests: [one.descriptor, two.descriptor],
        }),
      );
      await origin.push(index.descriptor, index.bytes);
      await origin.tag(index.descriptor, '1.0.0');
      const signature = await pushArtifact(origin, 'signature');
      await origin.tag(signature.descriptor, digestTag(index.descriptor.digest, '.sig'));
      const bundle = await pushArtifact(origin, 'bundle', {
        subject: index.descriptor,
        artifactType: 'application/b',
      });
      const nested = await pushArtifact(origin, 'nested', {
        subject: bundle.descriptor,
        artifactType: 'application/n',
      });

      const target = await open();
      const result = await copy(origin, '1.0.0', target);
      expect(result).toMatchObject({
        tag: '1.0.0',
        legacyTags: [digestTag(index.descriptor.digest, '.sig')],
      });
      await copy(origin, '1.0.0', target); // again is success

      const back = new MemoryTarget();
      await copy(target, '1.0.0', back);
      expect((await back.resolve('1.0.0')).digest).toBe(index.descriptor.digest);
      for (const d of [one, two, signature, bundle, nested])
        expect(await back.exists(d.descriptor)).toBe(true);
      expect((await back.referrers(bundle.descriptor)).map((d) => d.digest)).toEqual([
        nested.descriptor.digest,
      ]);
    });

    test('a call that is aborted ends with the signal’s reason', async () => {
      const target = await open();
      const blob = item(BYTES, 'never');
      const signal = AbortSignal.abort(new Error('enough'));
      await expect(target.push(blob.descriptor, blob.bytes, { signal })).rejects.toThrow('enough');
    });
  });
}

function byDigest(list: readonly Descriptor[]): readonly Descriptor[] {
  return [...list].sort((a, b) => (a.digest < b.digest ? -1 : 1));
}
