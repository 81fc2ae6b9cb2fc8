import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { freePorts, isPortFree } from './ports.ts';

test('free ports are different ones', async () => {
  const ports = await freePorts(5);
  expect(new Set(ports).size).toBe(5);
});

test('a port is free unless somebody listens there, be it on loopback only', async () => {
  const [port = 0] = await freePorts(1);
  expect(await isPortFree(port)).toBe(true);
  const server = createServer().listen(port, '127.0.0.1');
  await once(server, 'listening');
  expect(await isPortFree(port)).toBe(false);
  server.close();
  await once(server, 'close');
  expect(await isPortFree(port), 'looking does not take it').toBe(true);
});
