import { mkdtempSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { decodeRequest, encodeRequest, type RequestData } from '../codec/index.ts';
import { createRouter, createRunner } from '../index.ts';
import { silentLogger } from '../logger.ts';
import { RequestCapture, withoutSecrets } from './index.ts';

const SECRET = 'very-secret';
const details = new Map([['password', Buffer.from(SECRET)]]);
const resource = (n: number) => ({ object: { n }, connectionDetails: details, ready: 'true' as const });

function request(n: number): RequestData {
  const state = { composite: resource(n), resources: new Map([['r', resource(n)]]) };
  const lists = new Map([['q', [resource(n), resource(n + 1)]]]);
  return {
    tag: 't',
    observed: state,
    desired: state,
    requiredResources: lists,
    extraResources: lists,
    context: { c: n },
    input: {
      apiVersion: 'fn.compose.openova.io/v1alpha1',
      kind: 'Compose',
      blueprint: '../b',
      version: '1.0.0',
    },
    credentials: new Map([['c', details]]),
  };
}

test('withoutSecrets() takes connection details and credentials away, and leaves everything else', () => {
  const before = encodeRequest(request(1));
  expect(before.includes(SECRET)).toBe(true);
  const after = withoutSecrets(before);
  expect(after.includes(SECRET)).toBe(false);
  const read = decodeRequest(after);
  expect(read.observed.composite?.object).toEqual({ n: 1 });
  expect(read.observed.resources.get('r')?.ready).toBe('true');
  expect(read.desired.resources.get('r')?.connectionDetails.size).toBe(0);
  expect(read.requiredResources.get('q')?.map((v) => v.object)).toEqual([{ n: 1 }, { n: 2 }]);
  expect(read.extraResources.get('q')).toHaveLength(2);
  expect([read.tag, read.context, read.credentials.size]).toEqual(['t', { c: 1 }, 0]);
});

test('requests become files for their owner alone, equal ones a single file, at most 200 of them', async () => {
  const directory = join(mkdtempSync(join(tmpdir(), 'bp-capture-')), 'new');
  const capture = new RequestCapture(directory, silentLogger);
  await capture.open();
  const runner = createRunner({ router: createRouter([]), onCall: (call) => capture.take(call) });
  for (let n = 0; n < 230; n++) {
    for (let twice = 0; twice < 2; twice++) await runner.run(encodeRequest(request(n)));
    await capture.close();
  }
  const files = readdirSync(directory);
  expect(files).toHaveLength(200);
  const file = join(directory, files[0] as string);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(files.every((name) => /^_?[.A-Za-z0-9_-]+-[0-9a-f]{16}\.request\.pb$/.test(name))).toBe(true);
  expect(decodeRequest(readFileSync(file)).tag).toBe('t');
});
