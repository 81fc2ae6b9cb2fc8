import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { sha256 } from '../internal/digest.ts';
import { EMPTY_DESCRIPTOR, INDEX_TYPE, MANIFEST_TYPE, RemoteClient, staticCredential } from '../oci/index.ts';
import { item, manifestItem, pushArtifact } from '../oci/target-contract.test-helper.ts';
import { type RegistryOptions, type RunningRegistry, startRegistry } from './index.ts';

const directory = mkdtempSync(join(tmpdir(), 'bp-reg-'));
const running: RunningRegistry[] = [];
const clients: RemoteClient[] = [];
afterAll(() => rmSync(directory, { recursive: true, force: true }));
afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await Promise.all(running.splice(0).map((r) => r.close()));
});

async function start(options: RegistryOptions = {}): Promise<RunningRegistry> {
  const registry = await startRegistry(options);
  running.push(registry);
  return registry;
}

function connect(options: ConstructorParameters<typeof RemoteClient>[0] = {}): RemoteClient {
  const client = new RemoteClient({ retry: { attempts: 1 }, ...options });
  clients.push(client);
  return client;
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
}

/** A request whose path reaches the server as it is: `fetch` would tidy it up. */
function raw(
  registry: RunningRegistry,
  method: string,
  path: string,
  headers: Record<string, string> = {},
  body: string | Uint8Array = '',
): Promise<Answer> {
  const [host, port] = registry.address.split(':');
  return new Promise((resolve, reject) => {
    const length =
      body.length > 0 && !('Transfer-Encoding' in headers)
        ? { 'Content-Length': String(Buffer.byteLength(body)) }
        : {};
    const sent = httpRequest(
      { host, port, method, path, headers: { ...length, ...headers }, agent: false },
      (response) => {
        const parts: Buffer[] = [];
        response.on('data', (c: Buffer) => parts.push(c));
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            text: Buffer.concat(parts).toString(),
          }),
        );
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}

const D = sha256('content');

test('answers the base, and an unknown address in the words of the specification', async () => {
  const registry = await start();
  expect(await raw(registry, 'GET', '/v2/')).toMatchObject({ status: 200, text: '{}' });
  const unknown = await raw(registry, 'GET', '/v2/a/manifests/1.0.0');
  expect(unknown.status).toBe(404);
  expect(JSON.parse(unknown.text).errors).toMatchObject([{ code: 'MANIFEST_UNKNOWN' }]);
});

describe('hostile requests', () => {
  const cases: Record<
    string,
    [
      reason: string,
      method: string,
      path: string,
      status: number,
      headers?: Record<string, string>,
      body?: string,
    ]
  > = {
    DotDot: ['leaves the storage', 'GET', '/v2/../../etc/manifests/passwd', 400],
    DotDotInside: ['leaves the repository', 'GET', '/v2/a/../b/manifests/x', 400],
    Encoded: ['is never decoded', 'GET', '/v2/a%2f..%2fb/manifests/x', 400],
    EncodedTag: ['nor is a tag', 'GET', '/v2/a/manifests/%2e%2e', 400],
    Upper: ['breaks the grammar', 'GET', '/v2/A/tags/list', 400],
    Internal: ['names that the storage uses itself', 'GET', '/v2/a/_manifests/tags/list', 400],
    Absolute: ['an absolute name', 'PUT', '/v2//etc/manifests/x', 400],
    Nul: ['a NUL, encoded', 'GET', '/v2/a%00/tags/list', 400],
    Digest: ['no digest', 'GET', '/v2/a/blobs/sha256:abc', 400],
    DigestPath: ['a path as digest', 'GET', '/v2/a/blobs/sha256:../../x', 404],
    Upload: ['an upload id that is a path', 'PATCH', '/v2/a/blobs/uploads/..', 404],
    UploadUnknown: [
      'an upload that nobody opened',
      'PATCH',
      '/v2/a/blobs/uploads/00000000-0000-0000-0000-000000000000',
      404,
    ],
    LongUrl: ['an endless address', 'GET', `/v2/${'a/'.repeat(5000)}tags/list`, 414],
    Method: ['a method that does not fit', 'POST', '/v2/a/manifests/x', 405],
    NoType: ['a manifest without its media type', 'PUT', '/v2/a/manifests/x', 400, {}, '{}'],
    NotJson: [
      'a manifest that is none',
      'PUT',
      '/v2/a/manifests/x',
      400,
      { 'Content-Type': MANIFEST_TYPE },
      'x',
    ],
    Proto: [
      'a prototype',
      'PUT',
      '/v2/a/manifests/x',
      400,
      { 'Content-Type': MANIFEST_TYPE },
      '{"schemaVersion":2,"__proto__":{}}',
    ],
    Deep: [
      'deep nesting',
      'PUT',
      '/v2/a/manifests/x',
      400,
      { 'Content-Type': MANIFEST_TYPE },
      `${'['.repeat(5000)}${']'.repeat(5000)}`,
    ],
    WrongDigest: [
      'a manifest under a digest that is not its own',
      'PUT',
      `/v2/a/manifests/${D}`,
      400,
      { 'Content-Type': INDEX_TYPE },
      '{"schemaVersion":2,"manifests":[]}',
    ],
    Missing: [
      'a manifest whose layers are not there',
      'PUT',
      '/v2/a/manifests/x',
      404,
      { 'Content-Type': MANIFEST_TYPE },
      Buffer.from(manifestItem([]).bytes).toString(),
    ],
  };
  test.for(Object.entries(cases))('%s', async ([, [reason, method, path, status, headers, body]]) => {
    const registry = await start();
    expect((await raw(registry, method, path, headers, body)).status, reason).toBe(status);
  });

  test('bodies are bounded, announced or not', async () => {
    const registry = await start({ maxBlobBytes: 1000 });
    const opened = await raw(registry, 'POST', '/v2/a/blobs/uploads/');
    const announced = await raw(registry, 'PATCH', String(opened.headers.location), {}, 'x'.repeat(1001));
    expect(announced.status).toBe(413);
    const chunked = await raw(
      registry,
      'PATCH',
      String(opened.headers.location),
      { 'Transfer-Encoding': 'chunked' },
      'x'.repeat(1001),
    );
    expect(chunked.status).toBe(413);
    const manifest = await raw(
      registry,
      'PUT',
      '/v2/a/manifests/x',
      { 'Content-Type': MANIFEST_TYPE, 'Content-Length': String(5 * 1024 * 1024) },
      '',
    ).catch((e: unknown) => e);
    expect(manifest).toMatchObject({ status: 413 });
  });
});

test('an upload belongs to its repository', async () => {
  const registry = await start();
  const opened = await raw(registry, 'POST', '/v2/a/blobs/uploads/');
  const elsewhere = String(opened.headers.location).replace('/v2/a/', '/v2/b/');
  expect((await raw(registry, 'PATCH', elsewhere, {}, 'x')).status).toBe(404);
});

test('chunks come in order; a wrong one is answered with what is there', async () => {
  const registry = await start();
  const { headers } = await raw(registry, 'POST', '/v2/a/blobs/uploads/');
  const location = String(headers.location);
  expect(await raw(registry, 'PATCH', location, { 'Content-Range': '0-3' }, 'cont')).toMatchObject({
    status: 202,
    headers: { range: '0-3' },
  });
  expect(await raw(registry, 'PATCH', location, { 'Content-Range': '5-6' }, 'nt')).toMatchObject({
    status: 416,
    headers: { range: '0-3' },
  });
  expect(await raw(registry, 'GET', location)).toMatchObject({ status: 204, headers: { range: '0-3' } });
  expect((await raw(registry, 'PUT', `${location}?digest=${D}`, {}, 'ent')).status).toBe(201);
  expect((await raw(registry, 'GET', `/v2/a/blobs/${D}`)).text).toBe('content');
});

test('an upload with another digest is refused and leaves nothing', async () => {
  const registry = await start();
  const { headers } = await raw(registry, 'POST', '/v2/a/blobs/uploads/');
  expect((await raw(registry, 'PUT', `${headers.location}?digest=${D}`, {}, 'CONTENT')).status).toBe(400);
  expect((await raw(registry, 'GET', `/v2/a/blobs/${D}`)).status).toBe(404);
});

test('a blob of one repository is not readable in another until it is mounted', async () => {
  const registry = await start();
  await raw(registry, 'POST', `/v2/a/blobs/uploads/?digest=${D}`, {}, 'content');
  expect((await raw(registry, 'HEAD', `/v2/b/blobs/${D}`)).status).toBe(404);
  expect((await raw(registry, 'POST', `/v2/b/blobs/uploads/?mount=${D}&from=a`)).status).toBe(201);
  expect((await raw(registry, 'HEAD', `/v2/b/blobs/${D}`)).status).toBe(200);
  expect((await raw(registry, 'POST', `/v2/c/blobs/uploads/?mount=${D}&from=nowhere`)).status).toBe(202);
});

test.for([
  ['bytes=0-2', 206, 'con', 'bytes 0-2/7'],
  ['bytes=5-', 206, 'nt', 'bytes 5-6/7'],
  ['bytes=-3', 206, 'ent', 'bytes 4-6/7'],
  ['bytes=0-999', 206, 'content', 'bytes 0-6/7'],
  ['bytes=0-1,3-4', 200, 'content', undefined],
  ['bytes=9-', 416, undefined, 'bytes */7'],
] as const)('range %s', async ([range, status, text, contentRange]) => {
  const registry = await start();
  await raw(registry, 'POST', `/v2/a/blobs/uploads/?digest=${D}`, {}, 'content');
  const got = await raw(registry, 'GET', `/v2/a/blobs/${D}`, { Range: range });
  expect(got.status).toBe(status);
  if (text !== undefined) expect(got.text).toBe(text);
  expect(got.headers['content-range']).toBe(contentRange);
});

test('tags are paged by n and last', async () => {
  const registry = await start();
  const target = connect().target(`${registry.address}/a`);
  const { descriptor } = await pushArtifact(target);
  for (const tag of ['c', 'a', 'b', 'B']) await target.tag(descriptor, tag);
  const first = await raw(registry, 'GET', '/v2/a/tags/list?n=3');
  expect(JSON.parse(first.text)).toEqual({ name: 'a', tags: ['B', 'a', 'b'] });
  expect(first.headers.link).toBe('</v2/a/tags/list?n=3&last=b>; rel="next"');
  const last = await raw(registry, 'GET', '/v2/a/tags/list?n=3&last=b');
  expect(JSON.parse(last.text).tags).toEqual(['c']);
  expect(last.headers.link).toBeUndefined();
  expect((await raw(registry, 'GET', '/v2/a/tags/list?n=-1')).status).toBe(400);
  expect(JSON.parse((await raw(registry, 'GET', '/v2/_catalog')).text)).toEqual({ repositories: ['a'] });
});

test('the referrers API filters by artifactType, and answers an empty index for what it does not know', async () => {
  const registry = await start();
  const target = connect().target(`${registry.address}/a`);
  const subject = (await pushArtifact(target)).descriptor;
  const { descriptor } = await pushArtifact(target, 'x', { subject, artifactType: 'application/x' });
  const filtered = await raw(
    registry,
    'GET',
    `/v2/a/referrers/${subject.digest}?artifactType=application/none`,
  );
  expect(filtered.headers).toMatchObject({
    'oci-filters-applied': 'artifactType',
    'content-type': INDEX_TYPE,
  });
  expect(JSON.parse(filtered.text).manifests).toEqual([]);
  await target.delete(descriptor);
  expect(await target.referrers(subject)).toEqual([]);
  expect((await raw(registry, 'GET', `/v2/a/referrers/${D}`)).status).toBe(200);
});

test('without the referrers API it answers as docker-registry 2.8 does', async () => {
  const registry = await start({ referrersApi: false });
  expect(await raw(registry, 'GET', `/v2/a/referrers/${D}`)).toMatchObject({
    status: 404,
    text: '404 page not found\n',
  });
});

test('deleting a manifest takes its tags, deleting a tag leaves the manifest', async () => {
  const registry = await start();
  const target = connect().target(`${registry.address}/a`);
  const { descriptor } = await pushArtifact(target);
  await target.tag(descriptor, 'one');
  await target.tag(descriptor, 'two');
  expect((await raw(registry, 'DELETE', '/v2/a/manifests/one')).status).toBe(202);
  expect(await target.tags()).toEqual(['two']);
  await target.delete(descriptor);
  expect(await target.tags()).toEqual([]);
  await expect(target.resolve(descriptor.digest)).rejects.toMatchObject({ code: 'not-found' });
});

test('immutable tags keep their first manifest', async () => {
  const registry = await start({ immutableTags: true });
  const target = connect().target(`${registry.address}/a`);
  const [one, two] = [await pushArtifact(target, 'one'), await pushArtifact(target, 'two')];
  await target.tag(one.descriptor, '1.0.0');
  await expect(target.tag(two.descriptor, '1.0.0', { move: true })).rejects.toMatchObject({
    code: 'conflict',
  });
  expect(await target.resolve('1.0.0')).toEqual(one.descriptor);
});

test('If-Match lets only one of two writers win', async () => {
  const registry = await start({ storage: join(directory, 'if-match') });
  const target = connect().target(`${registry.address}/a`);
  await target.push(EMPTY_DESCRIPTOR, new Uint8Array(Buffer.from('{}')));
  const bodies = ['one', 'two', 'three'].map((n) =>
    Buffer.from(manifestItem([], { annotations: { n } }).bytes),
  );
  const put = (body: Buffer | undefined, etag?: string): Promise<Answer> =>
    raw(
      registry,
      'PUT',
      '/v2/a/manifests/t',
      { 'Content-Type': MANIFEST_TYPE, ...(etag === undefined ? {} : { 'If-Match': etag }) },
      body,
    );
  await put(bodies[0]);
  const etag = `"${sha256(bodies[0] ?? '')}"`;
  const results = await Promise.all([put(bodies[1], etag), put(bodies[2], etag)]);
  expect(results.map((r) => r.status).sort()).toEqual([201, 412]);
});

describe('on disk', () => {
  test('everything is there after a restart, and leftovers of a crash are gone', async () => {
    const storage = join(directory, 'restart');
    const first = await startRegistry({ storage });
    const target = connect().target(`${first.address}/acme/bp-a`);
    const subject = (await pushArtifact(target)).descriptor;
    await target.tag(subject, 'V1');
    const referrer = await pushArtifact(target, 'r', { subject, artifactType: 'application/r' });
    await raw(first, 'POST', '/v2/a/blobs/uploads/');
    await first.close();
    writeFileSync(join(storage, 'tmp', 'half'), 'half');

    const second = await start({ storage });
    const again = connect().target(`${second.address}/acme/bp-a`);
    expect(await again.resolve('V1')).toEqual(subject);
    expect((await again.referrers(subject)).map((d) => d.digest)).toEqual([referrer.descriptor.digest]);
    expect([...readdirSync(join(storage, 'tmp')), ...readdirSync(join(storage, 'uploads'))]).toEqual([]);
  });

  test('a directory that cannot be used is an error at the start', async () => {
    const file = join(directory, 'file');
    writeFileSync(file, '');
    await expect(startRegistry({ storage: file })).rejects.toMatchObject({ code: 'invalid' });
  });
});

describe('access', () => {
  const user = { username: 'user', password: 'hunter2' };
  const blob = item('application/octet-stream', 'x');
  test.for(['basic', 'bearer'] as const)(
    '%s: the right password writes, a wrong one and none do not',
    async (scheme) => {
      const registry = await start({ access: { scheme, ...user } });
      const as = (password: string): ReturnType<RemoteClient['target']> =>
        connect({
          credentials: staticCredential(registry.address, { kind: 'basic', username: 'user', password }),
        }).target(`${registry.address}/a`);
      await as('hunter2').push(blob.descriptor, blob.bytes);
      expect(await as('hunter2').exists(blob.descriptor)).toBe(true);
      await expect(as('wrong').exists(blob.descriptor)).rejects.toMatchObject({ code: 'auth' });
      await expect(connect().target(`${registry.address}/a`).exists(blob.descriptor)).rejects.toMatchObject({
        code: 'auth',
      });
    },
  );

  test('anonymousPull lets anyone read and nobody write; a token of one repository does not open another', async () => {
    const registry = await start({ access: { scheme: 'bearer', ...user, anonymousPull: true } });
    const owner = connect({ credentials: staticCredential(registry.address, { kind: 'basic', ...user }) });
    await owner.target(`${registry.address}/a`).push(blob.descriptor, blob.bytes);
    const anyone = connect().target(`${registry.address}/a`);
    expect(await anyone.exists(blob.descriptor)).toBe(true);
    await expect(anyone.push(manifestItem([]).descriptor, manifestItem([]).bytes)).rejects.toMatchObject({
      code: 'auth',
    });
    const { text } = await raw(registry, 'GET', '/token?scope=repository:a:pull');
    const headers = { Authorization: `Bearer ${JSON.parse(text).token}` };
    expect((await raw(registry, 'HEAD', `/v2/a/blobs/${blob.descriptor.digest}`, headers)).status).toBe(200);
    expect((await raw(registry, 'HEAD', `/v2/b/blobs/${blob.descriptor.digest}`, headers)).status).toBe(401);
    const forged = { Authorization: `${headers.Authorization.slice(0, -2)}xx` };
    expect((await raw(registry, 'HEAD', `/v2/a/blobs/${blob.descriptor.digest}`, forged)).status).toBe(401);
  });

  test('a token ends', async () => {
    let now = 0;
    const registry = await start({
      access: { scheme: 'bearer', ...user, anonymousPull: true },
      now: () => now,
    });
    const { text } = await raw(registry, 'GET', '/token?scope=repository:a:pull');
    const headers = { Authorization: `Bearer ${JSON.parse(text).token}` };
    expect((await raw(registry, 'GET', '/v2/', headers)).status).toBe(200);
    now = 301_000;
    expect((await raw(registry, 'GET', '/v2/', headers)).status).toBe(401);
  });
});

test('a hook may answer in place of the registry', async () => {
  const registry = await start({
    hook: (request, response) => {
      if (request.url !== '/v2/') return false;
      response.writeHead(503).end();
      return true;
    },
  });
  expect((await raw(registry, 'GET', '/v2/')).status).toBe(503);
  expect((await raw(registry, 'GET', '/v2/_catalog')).status).toBe(200);
});

test.for(['nonsense', '127.0.0.1', '127.0.0.1:99999', '203.0.113.1:0'])(
  'address %j is a usage error',
  async (address) => {
    await expect(startRegistry({ address })).rejects.toMatchObject({ code: 'usage' });
  },
);
