import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, createServer } from 'node:tls';
import { expect, test } from 'vitest';
import { createCertificateAuthority } from './certificates.ts';

for (const algorithm of ['ec', 'rsa'] as const) {
  test(`issues ${algorithm} certificates that chain, carry their names and key`, () => {
    const ca = createCertificateAuthority({ algorithm, commonName: 'Test CA' });
    const leaf = ca.issue({
      sans: ['host.example', '127.0.0.1', '::1', 'fd00::12'],
      usage: 'server',
      days: 2,
    });
    const root = new X509Certificate(ca.certificate);
    const cert = new X509Certificate(leaf.certificate);
    expect(root.ca).toBe(true);
    expect(root.subject).toBe('CN=Test CA');
    expect(cert.ca).toBe(false);
    expect(cert.checkIssued(root)).toBe(true);
    expect(cert.verify(root.publicKey)).toBe(true);
    expect(cert.checkHost('host.example')).toBe('host.example');
    expect(cert.checkHost('other.example')).toBeUndefined();
    expect(cert.checkIP('fd00::12')).toBe('fd00::12');
    expect(cert.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
    expect(cert.validToDate.getTime() - cert.validFromDate.getTime()).toBe(2 * 24 * 60 * 60 * 1000);
  });
}

test('works for mutual TLS, and a certificate of another CA does not', async () => {
  const ca = createCertificateAuthority();
  const server = ca.issue({ sans: ['localhost'], usage: 'server' });
  const listener = createServer({
    ca: ca.certificate,
    cert: server.certificate,
    key: server.privateKey,
    requestCert: true,
    rejectUnauthorized: true,
  });
  listener.on('secureConnection', (socket) => socket.end('hello'));
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as AddressInfo;
  const greet = async (client: { certificate: string; privateKey: string }): Promise<string> => {
    const socket = connect({
      port,
      host: '127.0.0.1',
      servername: 'localhost',
      ca: ca.certificate,
      cert: client.certificate,
      key: client.privateKey,
    });
    let text = '';
    for await (const chunk of socket) text += String(chunk);
    return text;
  };
  await expect(greet(ca.issue({ sans: ['client'], usage: 'client' }))).resolves.toBe('hello');
  const stranger = createCertificateAuthority().issue({ sans: ['client'], usage: 'client' });
  const refused = once(listener, 'tlsClientError');
  // Whether the client sees a reset or just the end is the kernel's choice; what counts is that nothing was said.
  expect(await greet(stranger).catch(() => '')).toBe('');
  await refused;
  listener.close();
});
