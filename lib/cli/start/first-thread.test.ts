import { once } from 'node:events';
import { afterEach, expect, test, vi } from 'vitest';
import type { StartedThread } from '../../function/workers/start-thread.ts';
import { firstThread } from './first-thread.ts';

let thread: StartedThread | undefined;
afterEach(async () => {
  await thread?.worker.terminate();
  vi.unstubAllEnvs();
});

const shows = (expression: string): { readonly module: string; readonly entry: string } => {
  const code = `import { parentPort } from 'node:worker_threads'; parentPort.postMessage(${expression});`;
  return { module: 'data:text/javascript,', entry: `data:text/javascript,${encodeURIComponent(code)}` };
};

test('starts before flags are read, with an environment in which this machine is behind no proxy', async () => {
  for (const name of ['no_proxy', 'NO_PROXY']) vi.stubEnv(name, '');
  vi.stubEnv('HTTPS_PROXY', 'http://proxy.example.org');
  thread = firstThread(['--address', ':9443'], shows('process.env.no_proxy'));
  const [except] = await once(thread?.worker ?? process, 'message');
  expect(except).toContain('127.0.0.1');
});

test.for(['--workers', '--workers=0', '--worker-heap', '--help', '-h'])('not with %s', (flag) => {
  expect(firstThread(['serve', flag, '1'], shows('1'))).toBeUndefined();
});
