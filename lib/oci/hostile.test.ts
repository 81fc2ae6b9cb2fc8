import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { isToolkitError, type ToolkitError } from '../errors.ts';
import type { Clock } from '../internal/retry.ts';
import { staticCredential } from './credentials.ts';
import { descriptorOf } from './descriptor.ts';
import { INDEX_TYPE, MANIFEST_TYPE } from './media-types.ts';
import type { RemoteTarget } from './remote.ts';
import { RemoteClient, type RemoteOptions } from './remote-client.ts';
import { item, manifestItem } from './target-contract.test-helper.ts';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;
interface Seen {
  readonly method: string;
  readonly url: string;
  readonly authorization: string | undefined;
}

const cleanUps: (() => void)[] = [];
afterEach(() => {
  for (const cleanUp of cleanUps.splice(0)) cleanUp();
});

/** A server that answers as it is told, and remembers what it was asked. */
async function serve(handler: Handler): Promise<{ host: string; seen: Seen[] }> {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    const { method = '', url = '', headers } = request;
    seen.push({ method, url, authorization: headers.authorization });
    request.resume();
    handler(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanUps.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { host: `127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
}

const pauses: number[] = [];
const clock: Clock = {
  now: () => 0,
  sleep: async (ms) => {
    pauses.push(ms);
  },
};

function connect(host: string, options: RemoteOptions = {}): RemoteTarget {
  pauses.length = 0;
  const client = new RemoteClient({ clock, ...options });
  cleanUps.push(() => client.close());
  return client.target(`${host}/acme/bp-a`);
}

async function failure(task: Promise<unknown>): Promise<ToolkitError> {
  const error = await task.then(
    () => undefined,
    (e: unknown) => e,
  );
  if (!isToolkitError(error)) throw new Error(`expected a ToolkitError, got ${String(error)}`);
  return error;
}

function send(
  response: ServerResponse,
  status: number,
  body: string | Buffer = '',
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, headers).end(body);
}

const blob = item('application/octet-stream', 'content');
const basic = (host: string): RemoteOptions => ({
  credentials: staticCredential(host, { kind: 'basic', username: 'user', password: 'hunter2-secret' }),
});

describe('content', () => {
  const cases: Record<
    string,
    { reason: string; handler: Handler; run: (t: RemoteTarget) => Promise<unknown>; code: string }
  > = {
    WrongBlob: {
      reason: 'bytes are checked against the digest, not against what the registry says',
      handler: (_, r) => send(r, 200, 'CONTENT', { 'Docker-Content-Digest': blob.descriptor.digest }),
      run: (t) => t.fetch(blob.descriptor),
      code: 'integrity',
    },
    ShortBlob: {
      reason: 'a shorter body is not the blob',
      handler: (_, r) => send(r, 200, 'con'),
      run: (t) => t.fetch(blob.descriptor),
      code: 'integrity',
    },
    WrongManifest: {
      reason: 'a manifest asked for by digest has that digest',
      handler: (_, r) => send(r, 200, Buffer.from(manifestItem([]).bytes), { 'Content-Type': MANIFEST_TYPE }),
      run: (t) => t.resolve(blob.descriptor.digest),
      code: 'integrity',
    },
    LyingHeader: {
      reason: 'a registry that claims another digest than the bytes have is refused',
      handler: (_, r) =>
        send(r, 200, Buffer.from(manifestItem([]).bytes), {
          'Content-Type': MANIFEST_TYPE,
          'Docker-Content-Digest': blob.descriptor.digest,
        }),
      run: (t) => t.resolve('1.0.0'),
      code: 'integrity',
    },
    EndlessBody: {
      reason: 'a body without end is cut at the size that the descriptor names',
      handler: (_, r) => {
        r.writeHead(200);
        const more = (): void => {
          while (!r.destroyed && r.write(Buffer.alloc(65_536)));
          r.once('drain', more);
        };
        more();
      },
      run: (t) => t.fetch(blob.descriptor),
      code: 'limit',
    },
    HugeManifest: {
      reason: 'a manifest has at most 4 MiB',
      handler: (_, r) => send(r, 200, Buffer.alloc(5 * 1024 * 1024, ' '), { 'Content-Type': MANIFEST_TYPE }),
      run: (t) => t.resolve('1.0.0'),
      code: 'limit',
    },
    NotJson: {
      reason: 'a login page is no manifest',
      handler: (_, r) => send(r, 200, '<html>', { 'Content-Type': MANIFEST_TYPE }),
      run: (t) => t.resolve('1.0.0'),
      code: 'invalid',
    },
    Prototype: {
      reason: 'no key may reach a prototype',
      handler: (_, r) =>
        send(r, 200, '{"schemaVersion":2,"__proto__":{}}', { 'Content-Type': MANIFEST_TYPE }),
      run: (t) => t.resolve('1.0.0'),
      code: 'invalid',
    },
    TwoFaced: {
      reason: 'a document that is an index by header and a manifest inside could be read in two ways',
      handler: (_, r) => send(r, 200, Buffer.from(manifestItem([]).bytes), { 'Content-Type': INDEX_TYPE }),
      run: (t) => t.resolve('1.0.0'),
      code: 'invalid',
    },
    TagsNoList: {
      reason: 'tags are a list of strings',
      handler: (_, r) => send(r, 200, '{"tags":[1]}'),
      run: (t) => t.tags(),
      code: 'registry',
    },
    TagsLoop: {
      reason: 'a page that names itself as the next one does not keep us for ever',
      handler: (q, r) => send(r, 200, '{"tags":["a"]}', { Link: `<${q.url}>; rel="next"` }),
      run: (t) => t.tags(),
      code: 'registry',
    },
    TagsElsewhere: {
      reason: 'the next page is on the registry itself',
      handler: (_, r) => send(r, 200, '{"tags":[]}', { Link: '<http://example.invalid/>; rel="next"' }),
      run: (t) => t.tags(),
      code: 'registry',
    },
    StoredOtherBytes: {
      reason: 'a registry that stored something else must not pass for a push',
      handler: (q, r) =>
        q.method === 'PUT'
          ? send(r, 201, '', { 'Docker-Content-Digest': blob.descriptor.digest })
          : send(r, 404),
      run: (t) => t.push(manifestItem([]).descriptor, manifestItem([]).bytes),
      code: 'integrity',
    },
    HugeDescriptor: {
      reason: 'the size in a descriptor is foreign too',
      handler: (_, r) => send(r, 200, 'x'),
      run: (t) => t.fetch({ ...blob.descriptor, size: 2 ** 50 }),
      code: 'limit',
    },
  };
  test.for(Object.entries(cases))('%s', async ([, tc]) => {
    const { host } = await serve(tc.handler);
    const error = await failure(tc.run(connect(host)));
    expect(error.code, `${tc.reason}: ${error.message}`).toBe(tc.code);
  });
});

describe('redirects', () => {
  test('are followed to another host without the Authorization header', async () => {
    const other = await serve((_, r) => send(r, 200, 'content'));
    const registry = await serve((q, r) => {
      if (q.headers.authorization === undefined)
        return send(r, 401, '', { 'WWW-Authenticate': 'Basic realm="x"' });
      send(r, 307, '', { Location: `http://${other.host}/signed?secret=1` });
    });
    expect(await connect(registry.host, basic(registry.host)).fetch(blob.descriptor)).toEqual(blob.bytes);
    expect(registry.seen.at(-1)?.authorization).toMatch(/^Basic /);
    expect(other.seen).toEqual([{ method: 'GET', url: '/signed?secret=1', authorization: undefined }]);
  });

  test('a 401 of another host gets no credentials', async () => {
    const other = await serve((_, r) => send(r, 401, '', { 'WWW-Authenticate': 'Basic realm="phish"' }));
    const registry = await serve((_, r) => send(r, 302, '', { Location: `http://${other.host}/x` }));
    const error = await failure(connect(registry.host, basic(registry.host)).fetch(blob.descriptor));
    expect(error.code).toBe('auth');
    expect(other.seen.map((s) => s.authorization)).toEqual([undefined]);
  });

  test('a loop ends', async () => {
    const { host, seen } = await serve((q, r) => send(r, 302, '', { Location: q.url ?? '/' }));
    expect((await failure(connect(host).fetch(blob.descriptor))).message).toContain(
      'redirected more than 5 times',
    );
    expect(seen.length).toBe(6);
  });

  test.for([
    'http://169.254.169.254/latest/meta-data',
    'http://10.0.0.1/',
    'file:///etc/passwd',
    'http://u:p@localhost/',
    'http://[fe80::1]/',
  ])('to %s is refused', async (location) => {
    const { host } = await serve((_, r) => send(r, 302, '', { Location: location }));
    expect((await failure(connect(host).fetch(blob.descriptor))).code).toBe('registry');
  });
});

describe('tokens', () => {
  const bearer = (realm: string, scope = ''): Record<string, string> => ({
    'WWW-Authenticate': `Bearer realm="${realm}",service="reg, one"${scope === '' ? '' : `,scope="${scope}"`}`,
  });

  test.for([
    'http://169.254.169.254/token',
    'http://192.168.1.1/token',
    'http://[::ffff:10.0.0.1]/t',
    'ftp://x/',
    'http://a:b@localhost/t',
    '',
  ])('a realm at %j is refused, and nothing is sent there', async (realm) => {
    const { host } = await serve((_, r) => send(r, 401, '', bearer(realm)));
    expect((await failure(connect(host, basic(host)).fetch(blob.descriptor))).code).toBe('auth');
  });

  test('one token serves many requests; scope and service reach the token server', async () => {
    const server = await serve((q, r) => {
      if (q.url?.startsWith('/token') === true)
        return send(r, 200, '{"access_token":"abc","expires_in":300}');
      if (q.headers.authorization !== 'Bearer abc')
        return send(r, 401, '', bearer(`http://${q.headers.host}/token`));
      send(r, 200, 'content');
    });
    const target = connect(server.host, basic(server.host));
    await Promise.all([1, 2, 3, 4].map(() => target.fetch(blob.descriptor)));
    await target.fetch(blob.descriptor);
    const asked = server.seen.filter((s) => s.url.startsWith('/token'));
    expect(asked.length).toBe(1);
    const url = new URL(asked[0]?.url ?? '', 'http://x');
    expect(url.searchParams.get('service')).toBe('reg, one');
    expect(url.searchParams.getAll('scope')).toEqual(['repository:acme/bp-a:pull']);
    expect(asked[0]?.authorization).toBe(`Basic ${Buffer.from('user:hunter2-secret').toString('base64')}`);
  });

  test('callers that find a token expired ask for one new token together', async () => {
    let now = 0;
    const server = await serve((q, r) => {
      if (q.url?.startsWith('/token') === true) return send(r, 200, '{"token":"abc","expires_in":100}');
      if (q.headers.authorization !== 'Bearer abc')
        return send(r, 401, '', bearer(`http://${q.headers.host}/token`));
      send(r, 200, 'content');
    });
    const target = connect(server.host, { clock: { ...clock, now: () => now } });
    await target.fetch(blob.descriptor);
    now = 200_000;
    await Promise.all([1, 2, 3, 4].map(() => target.fetch(blob.descriptor)));
    expect(server.seen.filter((s) => s.url.startsWith('/token')).length).toBe(2);
  });

  test('an identity token is exchanged by POST, and by GET where that is not known', async () => {
    const server = await serve((q, r) => {
      if (q.url?.startsWith('/token') === true)
        return q.method === 'POST' ? send(r, 404) : send(r, 200, '{"token":"abc"}');
      if (q.headers.authorization !== 'Bearer abc')
        return send(r, 401, '', bearer(`http://${q.headers.host}/token`));
      send(r, 200, 'content');
    });
    const credentials = staticCredential(server.host, { kind: 'identity', token: 'refresh-me' });
    await connect(server.host, { credentials }).fetch(blob.descriptor);
    expect(server.seen.filter((s) => s.url.startsWith('/token')).map((s) => s.method)).toEqual([
      'POST',
      'GET',
    ]);
  });

  test('a token that is refused is fetched anew once, then it is an error with a remedy and without the secret', async () => {
    const server = await serve((q, r) => {
      if (q.url?.startsWith('/token') === true) return send(r, 200, '{"token":"stale-token-value"}');
      send(
        r,
        401,
        '{"errors":[{"code":"UNAUTHORIZED","message":"bad Bearer stale-token-value"}]}',
        bearer(`http://${q.headers.host}/token`),
      );
    });
    const error = await failure(connect(server.host, basic(server.host)).fetch(blob.descriptor));
    expect(error).toMatchObject({ code: 'auth' });
    expect(error.message).toContain('401 UNAUTHORIZED');
    expect(error.remedy).toContain('log in');
    expect(`${error.message} ${error.stack} ${String(error.cause)}`).not.toMatch(/stale-token-value|hunter2/);
    expect(server.seen.length).toBeLessThan(8);
  });

  test.for(['not json', '{"token":5}', '{"token":"a\\nb"}', '{}', '[]'])(
    'a token answer of %j is an error',
    async (body) => {
      const { host } = await serve((q, r) => {
        if (q.url?.startsWith('/token') === true) return send(r, 200, body);
        send(r, 401, '', bearer(`http://${q.headers.host}/token`));
      });
      expect((await failure(connect(host).fetch(blob.descriptor))).code).toBe('auth');
    },
  );
});

describe('trouble', () => {
  test('429 is retried, its Retry-After kept up to the cap', async () => {
    let count = 0;
    const answers = ['3', '100000', undefined];
    const { host } = await serve((_, r) => {
      const after = answers[count++];
      if (count > 3) return send(r, 200, 'content');
      send(r, 429, '', after === undefined ? {} : { 'Retry-After': after });
    });
    await connect(host, { retry: { maxMs: 5000, baseMs: 100, random: () => 0 } }).fetch(blob.descriptor);
    expect(pauses).toEqual([3000, 5000, 200]);
  });

  test('429 without end is an error, and never "no signatures"', async () => {
    const { host, seen } = await serve((_, r) =>
      send(r, 429, '{"errors":[{"code":"TOOMANYREQUESTS","message":"slow"}]}'),
    );
    const error = await failure(connect(host).referrers({ ...blob.descriptor, mediaType: MANIFEST_TYPE }));
    expect(error.message).toMatch(/Cannot list the referrers of "127.*429 TOOMANYREQUESTS \(slow\)/);
    expect(error.remedy).toContain('rate');
    expect(seen.length).toBe(5);
  });

  test('500 and 403 from the referrers API are errors too', async () => {
    for (const status of [500, 403]) {
      const { host } = await serve((_, r) => send(r, status));
      await expect(connect(host).referrers({ ...blob.descriptor, mediaType: MANIFEST_TYPE })).rejects.toThrow(
        String(status),
      );
    }
  });

  test('a referrers answer that redirects to a web page is no API', async () => {
    const { host, seen } = await serve((q, r) =>
      q.url?.includes('/referrers/') === true
        ? send(r, 303, '', { Location: 'https://example.invalid/' })
        : send(r, 404),
    );
    expect(await connect(host).referrers({ ...blob.descriptor, mediaType: MANIFEST_TYPE })).toEqual([]);
    expect(seen.length).toBe(2);
  });

  test('a connection that breaks inside the body is tried again', async () => {
    let count = 0;
    const { host } = await serve((_, r) => {
      if (count++ > 1) return send(r, 200, 'content');
      r.writeHead(200, { 'Content-Length': '7' });
      r.write('con', () => r.destroy());
    });
    expect(await connect(host).fetch(blob.descriptor)).toEqual(blob.bytes);
    expect(count).toBe(3);
  });

  test('a host that is not there is a network error with its name', async () => {
    const error = await failure(connect('127.0.0.1:1').fetch(blob.descriptor));
    expect(error.code).toBe('network');
    expect(error.message).toMatch(
      /^Cannot read "127\.0\.0\.1:1\/acme\/bp-a@sha256:.*": cannot reach "http:\/\/127\.0\.0\.1:1"/,
    );
  });

  test('what a registry says is cut, cleaned and redacted', async () => {
    const message = `\u001b[31mno\r\n${'x'.repeat(5000)} Basic dXNlcjpwYXNz`;
    const body = JSON.stringify({ errors: [{ code: 'DENIED', message }] });
    const { host } = await serve((_, r) => send(r, 403, body));
    const error = await failure(connect(host).fetch(blob.descriptor));
    expect(error.message).toContain('403 DENIED');
    expect(error.message.length).toBeLessThan(500);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: none may be left
    expect(error.message).not.toMatch(/[\u0000-\u001f]/);
  });

  test('silence ends', async () => {
    const { host } = await serve(() => undefined);
    const error = await failure(
      connect(host, { http: { idleTimeoutMs: 20 }, retry: { attempts: 2 } }).fetch(blob.descriptor),
    );
    expect(error).toMatchObject({ code: 'network' });
    expect(error.message).toContain('it went silent');
  });
});

describe('uploads', () => {
  const big = item('application/octet-stream', Buffer.alloc(100, 'abc'));
  const chunked: RemoteOptions = { chunkThreshold: 10, chunkBytes: 40 };

  /** A registry that keeps one upload, and may spoil a PATCH. */
  function uploads(
    spoil: (patch: number, received: number) => { status: number; keep: number } | undefined,
  ): {
    handler: Handler;
    state: { bytes: Buffer };
  } {
    const state = { bytes: Buffer.alloc(0) };
    let patches = 0;
    const handler: Handler = (q, r) => {
      if (q.method === 'HEAD') return send(r, 404);
      const parts: Buffer[] = [];
      q.on('data', (c: Buffer) => parts.push(c));
      q.on('end', () => {
        const body = Buffer.concat(parts);
        const spoiled = q.method === 'PATCH' ? spoil(++patches, state.bytes.length) : undefined;
        if (q.method === 'POST') state.bytes = Buffer.alloc(0);
        state.bytes = Buffer.concat([
          state.bytes,
          spoiled === undefined ? body : body.subarray(0, spoiled.keep),
        ]);
        const headers = {
          Location: `/up?state=${state.bytes.length}`,
          Range: `0-${Math.max(0, state.bytes.length - 1)}`,
        };
        if (spoiled !== undefined) return send(r, spoiled.status, '', headers);
        send(r, q.method === 'PUT' ? 201 : q.method === 'GET' ? 204 : 202, '', headers);
      });
    };
    return { handler, state };
  }

  test.for([
    ['416 after a part was kept', { status: 416, keep: 15 }],
    ['500 after nothing was kept', { status: 500, keep: 0 }],
    ['404: the session is gone', { status: 404, keep: 0 }],
  ] as const)('chunks go on after %s', async ([, fault]) => {
    const { handler, state } = uploads((patch) => (patch === 2 ? fault : undefined));
    const { host, seen } = await serve(handler);
    await connect(host, chunked).push(big.descriptor, big.bytes);
    expect(state.bytes.equals(Buffer.from(big.bytes))).toBe(true);
    expect(seen.at(-1)?.url).toMatch(/^\/up\?state=100&digest=sha256%3A/);
  });

  test('a registry that refuses every chunk ends in an error', async () => {
    const { handler } = uploads(() => ({ status: 416, keep: 0 }));
    const { host } = await serve(handler);
    expect((await failure(connect(host, chunked).push(big.descriptor, big.bytes))).code).toBe('registry');
  });

  test('a Location on another host gets no Authorization', async () => {
    const other = await serve((_, r) => send(r, 201));
    const registry = await serve((q, r) => {
      if (q.headers.authorization === undefined)
        return send(r, 401, '', { 'WWW-Authenticate': 'Basic realm="x"' });
      if (q.method === 'HEAD') return send(r, 404);
      send(r, 202, '', { Location: `http://${other.host}/put?sig=1` });
    });
    await connect(registry.host, basic(registry.host)).push(blob.descriptor, blob.bytes);
    expect(other.seen).toMatchObject([{ method: 'PUT', authorization: undefined }]);
    expect(other.seen[0]?.url).toMatch(/^\/put\?sig=1&digest=/);
  });

  test.for([undefined, 'http://169.254.169.254/', ':::'])(
    'an upload sent on to %j is refused',
    async (location) => {
      const { host } = await serve((q, r) =>
        q.method === 'HEAD'
          ? send(r, 404)
          : send(r, 202, '', location === undefined ? {} : { Location: location }),
      );
      expect((await failure(connect(host).push(blob.descriptor, blob.bytes))).code).toBe('registry');
    },
  );

  test('one digest is uploaded once, however many ask', async () => {
    const { host, seen } = await serve((q, r) => {
      if (q.method === 'HEAD') return send(r, 404);
      send(r, q.method === 'POST' ? 202 : 201, '', { Location: '/up' });
    });
    const target = connect(host);
    await Promise.all([1, 2, 3, 4, 5].map(() => target.push(blob.descriptor, blob.bytes)));
    expect(seen.filter((s) => s.method === 'PUT').length).toBe(1);
  });
});

test('the fallback tag keeps what others wrote, repairs wrong entries and refuses what is no index', async () => {
  const subject = descriptorOf(MANIFEST_TYPE, Buffer.from('subject'));
  const theirs = manifestItem([], {
    subject,
    artifactType: 'application/theirs',
    annotations: { by: 'them' },
  });
  const ours = manifestItem([], { subject, artifactType: 'application/ours' });
  const wrong = { ...theirs.descriptor, artifactType: 'application/vnd.oci.empty.v1+json' };
  let stored = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: INDEX_TYPE, manifests: [wrong] }));
  let type = INDEX_TYPE;
  const { host } = await serve((q, r) => {
    const tagged = q.url?.endsWith(`/manifests/${subject.digest.replace(':', '-')}`) === true;
    if (q.method === 'PUT' && tagged) {
      const parts: Buffer[] = [];
      q.on('data', (c: Buffer) => parts.push(c)).on('end', () => {
        stored = Buffer.concat(parts);
        send(r, 201);
      });
      return;
    }
    if (q.method === 'PUT') return send(r, 201);
    if (tagged) return send(r, 200, stored, { 'Content-Type': type });
    if (q.url?.includes(theirs.descriptor.digest) === true)
      return send(r, 200, Buffer.from(theirs.bytes), { 'Content-Type': MANIFEST_TYPE });
    send(r, 404);
  });
  await connect(host).push(ours.descriptor, ours.bytes);
  expect(JSON.parse(stored.toString()).manifests).toEqual([
    { ...theirs.descriptor, artifactType: 'application/theirs', annotations: { by: 'them' } },
    { ...ours.descriptor, artifactType: 'application/ours' },
  ]);

  stored = Buffer.from(ours.bytes);
  type = MANIFEST_TYPE;
  const again = manifestItem([], { subject, artifactType: 'application/again' });
  expect((await failure(connect(host).push(again.descriptor, again.bytes))).code).toBe('conflict');
  expect(stored.equals(Buffer.from(ours.bytes))).toBe(true);
});

test('writers of one fallback tag go one after another: its registry may ignore If-Match', async () => {
  const subject = descriptorOf(MANIFEST_TYPE, Buffer.from('subject'));
  const tag = `/manifests/${subject.digest.replace(':', '-')}`;
  let stored: Buffer | undefined;
  const { host, seen } = await serve((q, r) => {
    const tagged = q.url?.endsWith(tag) === true;
    if (q.method === 'GET') {
      if (!tagged || stored === undefined) return send(r, 404);
      return send(r, 200, stored, { 'Content-Type': INDEX_TYPE });
    }
    const parts: Buffer[] = [];
    q.on('data', (c: Buffer) => parts.push(c)).on('end', () => {
      if (tagged) stored = Buffer.concat(parts);
      send(r, 201);
    });
  });
  const target = connect(host);
  const items = ['a', 'b'].map((n) => manifestItem([], { subject, artifactType: `application/${n}` }));
  // The first two each for themselves, then a batch: one write for all of it.
  await Promise.all(items.map((i) => target.push(i.descriptor, i.bytes)));
  const methods = (): string =>
    seen
      .filter((s) => s.url.endsWith(tag))
      .map((s) => s.method[0])
      .join('');
  expect(methods()).toBe('GPGGPG'); // read, write, read again; then the other
  expect(JSON.parse(String(stored)).manifests.length).toBe(2);
  seen.length = 0;
  const more = ['d', 'e', 'f'].map((n) => manifestItem([], { subject, artifactType: `application/${n}` }));
  await target.pushReferrers(subject, more);
  expect(seen.filter((s) => s.method === 'PUT' && s.url.endsWith(tag)).length).toBe(1);
  expect(JSON.parse(String(stored)).manifests.length).toBe(5);
});

test('plain HTTP is for loopback hosts, or asked for by name', async () => {
  const urls: string[] = [];
  const transport = {
    send: async ({ url }: { url: URL }) => {
      urls.push(url.origin);
      return { status: 404, headers: {}, body: new Uint8Array(), url };
    },
    close: () => undefined,
  };
  for (const plainHttp of [undefined, true, false, ['reg.example:5000']] as const) {
    const client = new RemoteClient({ transport, ...(plainHttp === undefined ? {} : { plainHttp }) });
    for (const host of ['reg.example:5000', 'localhost:5000'])
      await client.target(`${host}/a`).exists(blob.descriptor);
  }
  const [reg, local] = ['reg.example:5000', 'localhost:5000'];
  expect(urls).toEqual([
    `https://${reg}`,
    `http://${local}`,
    `http://${reg}`,
    `http://${local}`,
    `https://${reg}`,
    `https://${local}`,
    `http://${reg}`,
    `http://${local}`,
  ]);
});
