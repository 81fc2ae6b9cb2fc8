import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isToolkitError } from '../errors.ts';
import { DEFAULT_SUBJECT, type Sigstore, startSigstore } from '../sigstore/index.ts';
import { createKeylessSigner } from './keyless-signer.ts';

let sigstore: Sigstore;
beforeAll(async () => {
  sigstore = await startSigstore();
});
afterAll(() => sigstore.close());

function certificateOf(signature: { key: { $case: string } }): string {
  if (!('certificate' in signature.key)) throw new Error('no certificate');
  return String(signature.key.certificate);
}

describe('createKeylessSigner()', () => {
  test('one certificate serves many signatures, concurrent ones too', async () => {
    let asked = 0;
    const identityToken = async () => {
      asked += 1;
      return sigstore.identityToken();
    };
    const signer = createKeylessSigner({ fulcioUrl: sigstore.url, identityToken });
    const signatures = await Promise.all(Array.from({ length: 20 }, () => signer.sign(Buffer.from('x'))));
    expect(new Set(signatures.map(certificateOf)).size).toBe(1);
    expect(asked).toBe(1);
    expect(await signer.identity()).toMatchObject({ subject: DEFAULT_SUBJECT });
  });

  test('a certificate is replaced before it expires', async () => {
    let now = new Date();
    const signer = createKeylessSigner({
      fulcioUrl: sigstore.url,
      identityToken: sigstore.identityToken(),
      now: () => now,
    });
    const first = certificateOf(await signer.sign(Buffer.from('x')));
    now = new Date(now.getTime() + 7 * 60 * 1000);
    expect(certificateOf(await signer.sign(Buffer.from('x'))), 'three minutes left').toBe(first);
    now = new Date(now.getTime() + 2 * 60 * 1000);
    const both = await Promise.all([signer.sign(Buffer.from('x')), signer.sign(Buffer.from('y'))]);
    expect(certificateOf(both[0]), 'one minute left').not.toBe(first);
  });

  test('the PEM has lines of 64 and nothing behind its end', async () => {
    const signer = createKeylessSigner({ fulcioUrl: sigstore.url, identityToken: sigstore.identityToken() });
    const pem = certificateOf(await signer.sign(Buffer.from('x')));
    expect(pem).toMatch(/-----END CERTIFICATE-----\n$/);
    expect(Math.max(...pem.split('\n').map((l) => l.length))).toBe(64);
  });

  test('the token is in no error: a broken one, a refused one, one that the server repeats', async () => {
    const echo = createServer((req, res) => {
      let body = '';
      req.on('data', (chunk) => {
        body += chunk;
      });
      req.on('end', () => {
        const message = `bad token ${JSON.parse(body).credentials.oidcIdentityToken}`;
        res.writeHead(400, { 'content-type': 'application/json' }).end(JSON.stringify({ code: 3, message }));
      });
    });
    const token = sigstore.identityToken().replace(/.{20}$/, 'AAAAAAAAAAAAAAAAAAAA');
    const withHeader = token.replace(/^[^.]*/, 'hunter2hunter2'); // sigstore-js looks at the claims alone
    await new Promise<void>((resolve) => echo.listen(0, '127.0.0.1', resolve));
    const echoUrl = `http://127.0.0.1:${(echo.address() as AddressInfo).port}`;
    const tries = [
      ['not a token: hunter2hunter2', sigstore.url],
      [token, sigstore.url],
      [token, echoUrl],
      [withHeader, echoUrl],
    ] as const;
    for (const [identityToken, fulcioUrl] of tries) {
      const error = await createKeylessSigner({ fulcioUrl, identityToken })
        .identity()
        .catch((e) => e);
      expect(isToolkitError(error) && error.code).toBe('auth');
      const said = `${error.message} ${error.stack} ${JSON.stringify(error)} ${error.cause}`;
      for (const secret of [identityToken, 'hunter2', ...token.split('.')])
        expect(said).not.toContain(secret);
    }
    await new Promise((resolve) => echo.close(resolve));
  });
});
