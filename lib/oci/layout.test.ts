import { spawnSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { digestHex } from '../internal/digest.ts';
import { isLayout, LayoutTarget } from './layout.ts';
import { INDEX_TYPE } from './media-types.ts';
import type { Digest } from './target.ts';
import { item, pushArtifact } from './target-contract.test-helper.ts';

const root = mkdtempSync(join(tmpdir(), 'bp-layout-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let count = 0;
const fresh = (): string => join(root, String(count++));
const blobFile = (dir: string, digest: Digest): string => join(dir, 'blobs', 'sha256', digestHex(digest));

test('files are those of the image layout, and nothing else is left', async () => {
  const dir = fresh();
  expect(await isLayout(dir)).toBe(false);
  const target = new LayoutTarget(dir);
  const { descriptor } = await pushArtifact(target);
  await target.tag(descriptor, '1.0.0');
  expect(await isLayout(dir)).toBe(true);
  expect(readFileSync(join(dir, 'oci-layout'), 'utf8')).toBe('{"imageLayoutVersion":"1.0.0"}');
  expect(JSON.parse(readFileSync(join(dir, 'index.json'), 'utf8'))).toEqual({
    schemaVersion: 2,
    mediaType: INDEX_TYPE,
    manifests: [{ ...descriptor, annotations: { 'org.opencontainers.image.ref.name': '1.0.0' } }],
  });
  expect(readdirSync(dir).sort()).toEqual(['blobs', 'index.json', 'oci-layout']);
});

test('bytes that were changed or cut on disk are never handed out', async () => {
  const dir = fresh();
  const target = new LayoutTarget(dir);
  const blob = item('application/octet-stream', 'content');
  await target.push(blob.descriptor, blob.bytes);
  writeFileSync(blobFile(dir, blob.descriptor.digest), 'CONTENT');
  await expect(target.fetch(blob.descriptor)).rejects.toMatchObject({ code: 'integrity' });
  truncateSync(blobFile(dir, blob.descriptor.digest), 3);
  await expect(target.fetch(blob.descriptor)).rejects.toMatchObject({ code: 'integrity' });
  expect(await target.exists(blob.descriptor)).toBe(false);
  await target.push(blob.descriptor, blob.bytes); // and a push mends it
  expect(await target.fetch(blob.descriptor)).toEqual(blob.bytes);
});

test('a file larger than its descriptor says is not read', async () => {
  const dir = fresh();
  const target = new LayoutTarget(dir);
  const blob = item('application/octet-stream', 'content');
  await target.push(blob.descriptor, blob.bytes);
  truncateSync(blobFile(dir, blob.descriptor.digest), 10_000_000);
  await expect(target.fetch(blob.descriptor)).rejects.toMatchObject({ code: 'limit' });
});

test.skipIf(process.platform === 'win32')('a link in place of a blob is not followed', async () => {
  const dir = fresh();
  const secret = item('application/octet-stream', 'secret');
  writeFileSync(join(root, 'secret'), 'secret');
  mkdirSync(join(dir, 'blobs', 'sha256'), { recursive: true });
  symlinkSync(join(root, 'secret'), blobFile(dir, secret.descriptor.digest));
  await expect(new LayoutTarget(dir).fetch(secret.descriptor)).rejects.toMatchObject({ code: 'invalid' });
});

test.for([
  '{',
  '[]',
  '{}',
  '{"manifests":[{}]}',
  '{"manifests":[{"mediaType":"a/b","digest":"sha256:../../x","size":1}]}',
  '{"manifests":[{"mediaType":"a/b","digest":"sha256:aa","size":1}]}',
  '{"manifests":[],"__proto__":{}}',
  `{"manifests":[{"mediaType":"a/b","digest":"sha256:${'a'.repeat(64)}","size":-1}]}`,
])('index.json %j is an error', async (text) => {
  const dir = fresh();
  mkdirSync(dir);
  writeFileSync(join(dir, 'index.json'), text);
  await expect(new LayoutTarget(dir).tags()).rejects.toMatchObject({ code: 'invalid' });
});

test('processes that write one layout at the same time lose nothing', async () => {
  const dir = fresh();
  const script = `
    import { LayoutTarget } from ${JSON.stringify(join(import.meta.dirname, 'layout.ts'))};
    import { descriptorOf } from ${JSON.stringify(join(import.meta.dirname, 'descriptor.ts'))};
    const target = new LayoutTarget(process.argv[1]);
    await Promise.all([0, 1, 2, 3].map(async (i) => {
      const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, manifests: [], annotations: { n: process.argv[2] + i } }));
      const descriptor = descriptorOf(${JSON.stringify(INDEX_TYPE)}, bytes);
      await target.push(descriptor, bytes);
      await target.tag(descriptor, process.argv[2] + i);
    }));`;
  const shell = ['a', 'b', 'c'].map((n) => `"$0" --input-type=module -e "$1" "$2" ${n} &`).join(' ');
  const done = spawnSync('sh', ['-c', `${shell} wait`, process.execPath, script, dir], { encoding: 'utf8' });
  expect(done.stderr.replace(/.*ExperimentalWarning.*\n.*trace-warnings.*\n/g, '')).toBe('');
  expect((await new LayoutTarget(dir).tags()).length).toBe(12);
});
