import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterEach, expect, test } from 'vitest';
import { createCertificateAuthority } from '../testing/certificates.ts';
import { createHttpTransport, type HttpTransportOptions } from './http.ts';

const system = getCACertificates('default');
const cleanUps: (() => void)[] = [];
afterEach(() => {
  setDefaultCACertificates(system);
  for (const cleanUp of cleanUps.splice(0)) cleanUp();
});

/** The answer's status of a TLS server whose certificate `ca` issued. */
async function get(
  ca: ReturnType<typeof createCertificateAuthority>,
  options: HttpTransportOptions,
): Promise<number> {
  const { certificate, privateKey } = ca.issue({ sans: ['127.0.0.1'], usage: 'server' });
  const server = createServer({ cert: certificate, key: privateKey }, (_, response) => response.end('ok'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const transport = createHttpTransport(options);
  cleanUps.push(() => {
    transport.close();
    server.close();
  });
  const url = new URL(`https://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  return (await transport.send({ method: 'GET', url, maxBytes: 100 })).status;
}

test('an authority that nobody trusts is a network error that says what to give', async () => {
  const error: unknown = await get(createCertificateAuthority(), {}).catch((e: unknown) => e);
  expect(error).toMatchObject({ code: 'network', remedy: expect.stringContaining('authority') });
});

test('an authority that is given is trusted, beside those of the system', async () => {
  const [own, systems] = [createCertificateAuthority(), createCertificateAuthority()];
  setDefaultCACertificates([systems.certificate]);
  expect(await get(own, { ca: own.certificate })).toBe(200);
  expect(await get(systems, { ca: own.certificate }), 'ca must not replace the system’s').toBe(200);
});
