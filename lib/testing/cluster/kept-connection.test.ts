import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createCertificateAuthority } from '../certificates.ts';
import { type ApiClient, connectApi } from './api-client.ts';

// Answers one request a connection and keeps it open, then hangs up on the next: as an apiserver that restarts.
const authority = createCertificateAuthority();
const issued = authority.issue({ sans: ['127.0.0.1'], usage: 'server' });
const seen = new Set<Socket>();
const server = createServer({ cert: issued.certificate, key: issued.privateKey }, (request, response) => {
  if (seen.has(request.socket)) {
    request.socket.destroy();
    return;
  }
  seen.add(request.socket);
  response.end('{}');
});
let api: ApiClient;

beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  api = connectApi({ url: `https://127.0.0.1:${port}`, token: 't', ca: authority.certificate });
});
afterAll(() => {
  api.close();
  server.close();
});

test('a request on a connection that was closed meanwhile is sent again', async () => {
  await api.raw('GET', '/first');
  expect(await api.raw('GET', '/second')).toBe('{}');
  expect(seen.size).toBe(2);
});

test('what creates something is not: it may have been done', async () => {
  await expect(api.raw('POST', '/third', {})).rejects.toMatchObject({ code: 'network' });
});
