import { once } from 'node:events';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { createCertificateAuthority } from '../certificates.ts';
import { type ApiClient, connectApi } from './api-client.ts';

interface Received {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly body: string;
}

let server: Server;
let client: ApiClient;
afterEach(() => {
  client.close();
  server.close();
});

/** An apiserver that knows ConfigMaps and agrees to everything. */
async function serve(): Promise<{ readonly received: Received[]; readonly sockets: () => number }> {
  const ca = createCertificateAuthority({ commonName: 'test CA' });
  const { certificate, privateKey } = ca.issue({ sans: ['127.0.0.1'], usage: 'server' });
  const received: Received[] = [];
  let sockets = 0;
  server = createServer({ cert: certificate, key: privateKey }, async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    received.push({ method: request.method, url: request.url, body: Buffer.concat(chunks).toString() });
    response.end(
      JSON.stringify({ resources: [{ name: 'configmaps', kind: 'ConfigMap', namespaced: true }] }),
    );
  });
  server.on('secureConnection', () => {
    sockets += 1;
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  client = connectApi({ url: `https://127.0.0.1:${port}`, token: 'secret', ca: ca.certificate });
  return { received, sockets: () => sockets };
}

const REF = { apiVersion: 'v1', kind: 'ConfigMap', name: 'a', namespace: 'shop' };

test('a deletion says how it is to spread, and the next request on its connection is understood', async () => {
  const { received, sockets } = await serve();
  expect(await client.delete(REF, { propagation: 'Foreground' })).toBe(true);
  await client.get(REF);
  const [, deletion, read] = received;
  expect(deletion).toMatchObject({ method: 'DELETE', url: '/api/v1/namespaces/shop/configmaps/a' });
  expect(JSON.parse(deletion?.body ?? '')).toMatchObject({ propagationPolicy: 'Foreground' });
  expect(read).toEqual({ method: 'GET', url: '/api/v1/namespaces/shop/configmaps/a', body: '' });
  expect(sockets(), 'one connection for all of them').toBe(1);
});
