import { generateKeyPairSync, verify } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { isToolkitError } from '../errors.ts';
import { createKeySigner, generateKeyPair, publicKeyOf } from './key-signer.ts';

function withParameter(
  pem: string,
  change: (document: { kdf: { params: { N: number }; salt: string } }) => void,
): string {
  const [head = '', ...rest] = pem.trim().split('\n');
  const tail = rest.pop() ?? '';
  const document = JSON.parse(Buffer.from(rest.join(''), 'base64').toString());
  change(document);
  return [head, Buffer.from(JSON.stringify(document)).toString('base64'), tail, ''].join('\n');
}

describe('cosign.key', () => {
  test('what is generated signs, and its public key verifies', async () => {
    const pair = await generateKeyPair({ password: 'pw' });
    expect(pair.privateKey).toMatch(/^-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----/);
    expect(await publicKeyOf({ key: pair.privateKey, password: 'pw' })).toBe(pair.publicKey);
    const signer = await createKeySigner({ key: pair.privateKey, password: 'pw' });
    const { signature, key } = await signer.sign(Buffer.from('x'));
    expect(verify('sha256', Buffer.from('x'), pair.publicKey, signature)).toBe(true);
    expect(key, 'no hint, else sigstore-js writes a keyid').toEqual({
      $case: 'publicKey',
      publicKey: pair.publicKey,
    });
  });

  test('plain PKCS#8, SEC1 and encrypted PKCS#8 work as well', async () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const encrypted = { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'pw' } as const;
    const hints = await Promise.all(
      [
        createKeySigner({ key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() }),
        createKeySigner({ key: privateKey.export({ type: 'sec1', format: 'pem' }).toString() }),
        createKeySigner({ key: privateKey.export(encrypted).toString(), password: 'pw' }),
      ].map(async (signer) => (await signer).identity()),
    );
    expect(hints[1]).toEqual(hints[0]);
    expect(hints[2]).toEqual(hints[0]);
  });

  const p384 = () =>
    generateKeyPairSync('ec', { namedCurve: 'P-384' })
      .privateKey.export({ type: 'pkcs8', format: 'pem' })
      .toString();
  const cases: Record<
    string,
    { reason: string; key: (good: string) => string; password: string; code: string }
  > = {
    WrongPassword: {
      reason: 'sealed box does not open',
      key: (k) => k,
      password: 'secret-word',
      code: 'auth',
    },
    HugeCost: {
      reason: 'a key file must not cost us gigabytes',
      key: (k) =>
        withParameter(k, (d) => {
          d.kdf.params.N = 2 ** 24;
        }),
      password: 'pw',
      code: 'invalid',
    },
    ShortSalt: {
      reason: 'damaged',
      key: (k) =>
        withParameter(k, (d) => {
          d.kdf.salt = 'AAAA';
        }),
      password: 'pw',
      code: 'invalid',
    },
    OtherCurve: { reason: 'cosign signs with P-256', key: p384, password: '', code: 'unsupported' },
    Nonsense: { reason: 'not PEM', key: () => 'secret-word', password: '', code: 'invalid' },
  };
  test.for(Object.entries(cases))('refuses %s and keeps the secret', async ([, tc]) => {
    const { privateKey } = await generateKeyPair({ password: 'pw' });
    const error = await createKeySigner({ key: tc.key(privateKey), password: tc.password }).catch((e) => e);
    expect(isToolkitError(error) && error.code, tc.reason).toBe(tc.code);
    expect(`${error.stack}`).not.toContain('secret-word');
  });
});
