import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isToolkitError } from '../errors.ts';
import { type Sigstore, startSigstore } from './index.ts';

let directory: string;
const running: Sigstore[] = [];
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'bp-sigstore-'));
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((s) => s.close()));
  await rm(directory, { recursive: true, force: true });
});

async function start(options: Parameters<typeof startSigstore>[0] = {}): Promise<Sigstore> {
  const sigstore = await startSigstore(options);
  running.push(sigstore);
  return sigstore;
}

function post(sigstore: Sigstore, path: string, body: object): Promise<Response> {
  return fetch(`${sigstore.url}${path}`, { method: 'POST', body: JSON.stringify(body) });
}

describe('startSigstore()', () => {
  test('a restart with the same directory keeps the trust root', async () => {
    const first = await start({ directory });
    const token = first.identityToken();
    await first.close();
    const second = await start({ directory });
    expect(second.trustedRoot).toEqual(first.trustedRoot);
    expect(second.pems).toEqual(first.pems);
    const response = await post(second, '/api/v2/signingCert', { credentials: { oidcIdentityToken: token } });
    expect(await response.text(), 'the token is still good, the key is missing').not.toContain(
      'did not issue',
    );
  });

  test('two without a directory share nothing', async () => {
    const [a, b] = [await start(), await start()];
    expect(a.pems.fulcio).not.toBe(b.pems.fulcio);
    const response = await post(a, '/api/v2/signingCert', {
      credentials: { oidcIdentityToken: b.identityToken() },
    });
    expect(response.status).toBe(401);
  });

  test('writes its files; the token and the keys are for the owner alone', async () => {
    const sigstore = await start({ directory: join(directory, 'state') });
    const files = await sigstore.writeFiles(join(directory, 'out'));
    expect(Object.keys(files).sort()).toEqual([
      'ctfe.pub',
      'fulcio.pem',
      'rekor.pub',
      'signing_config.json',
      'token',
      'trusted_root.json',
      'tsa.pem',
    ]);
    const mode = async (file: string) => (await stat(file)).mode & 0o777;
    expect(await mode(files.token ?? '')).toBe(0o600);
    expect(await mode(join(directory, 'state', 'keys.json'))).toBe(0o600);
    expect(JSON.parse(await readFile(files['trusted_root.json'] ?? '', 'utf8'))).toEqual(
      sigstore.trustedRoot,
    );
  });

  const requests: Record<
    string,
    { reason: string; path: string; body: (s: Sigstore) => object; status: number }
  > = {
    NoToken: { reason: 'anonymous', path: '/api/v2/signingCert', body: () => ({}), status: 401 },
    ExpiredToken: {
      reason: 'its day is over',
      path: '/api/v2/signingCert',
      body: (s) => ({ credentials: { oidcIdentityToken: s.identityToken({ validSeconds: -600 }) } }),
      status: 401,
    },
    NoPossession: {
      reason: 'the key of somebody else',
      path: '/api/v2/signingCert',
      body: (s) => ({
        credentials: { oidcIdentityToken: s.identityToken() },
        publicKeyRequest: { publicKey: { content: s.pems.rekor }, proofOfPossession: 'AAAA' },
      }),
      status: 400,
    },
    UnknownEntry: {
      reason: 'not a kind of Rekor',
      path: '/api/v1/log/entries',
      body: () => ({ kind: 'x', apiVersion: '0.0.1' }),
      status: 400,
    },
    WrongEnvelope: {
      reason: 'the real log checks the signature too',
      path: '/api/v1/log/entries',
      body: (s) => ({
        apiVersion: '0.0.1',
        kind: 'dsse',
        spec: {
          proposedContent: {
            envelope: JSON.stringify({ payload: 'e30=', payloadType: 'x', signatures: [{ sig: 'AAAA' }] }),
            verifiers: [Buffer.from(s.pems.rekor).toString('base64')],
          },
        },
      }),
      status: 400,
    },
    UnknownPath: { reason: 'no such service', path: '/api/v3/anything', body: () => ({}), status: 404 },
  };
  test.for(Object.entries(requests))('refuses %s', async ([, tc]) => {
    const sigstore = await start();
    const response = await post(sigstore, tc.path, tc.body(sigstore));
    expect(response.status, tc.reason).toBe(tc.status);
  });

  test.for(['0.0.0.0:0', '192.0.2.1:9555', 'nonsense', '127.0.0.1:99999'])(
    'does not listen on %s',
    async (address) => {
      const error = await startSigstore({ address }).catch((e) => e);
      expect(isToolkitError(error) && error.code).toBe('usage');
    },
  );

  test('a damaged directory is an error, not a new trust root', async () => {
    await writeFile(join(directory, 'keys.json'), '{"version":1}');
    const error = await startSigstore({ directory }).catch((e) => e);
    expect(isToolkitError(error) && error.code).toBe('trust');
    expect(await readFile(join(directory, 'keys.json'), 'utf8')).toBe('{"version":1}');
  });
});
