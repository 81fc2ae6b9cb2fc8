import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { encodeRequest } from '../function/index.ts';
import { newRepository, runBp } from './io.test-helper.ts';

let root: string;
beforeAll(async () => {
  root = await newRepository('acme-cache');
});

function captured(spec: object): string {
  const file = join(mkdtempSync(join(tmpdir(), 'bp-replay-')), 'a.request.pb');
  const metadata = { name: 'a', namespace: 'b', uid: 'u' };
  const object = { apiVersion: 'compose.openova.io/v1alpha1', kind: 'AcmeCache', metadata, spec };
  const input = {
    apiVersion: 'fn.compose.openova.io/v1alpha1',
    kind: 'Compose',
    blueprint: 'acme-cache',
    version: '0.1.0',
  };
  writeFileSync(
    file,
    encodeRequest({ tag: 't', input, observed: { composite: { object: object as never } } }),
  );
  return file;
}

test('bp replay answers a captured request with what the project holds', async () => {
  const ran = await runBp(['replay', captured({}), '-C', root, '-o', 'json']);
  expect(ran.code, ran.stderr).toBe(0);
  expect(JSON.parse(ran.stdout)).toMatchObject({
    tag: 't',
    composite: { status: { installed: { version: '0.1.0' } } },
  });
});

test('bp replay fails where the answer is FATAL, and where there is no file', async () => {
  const fatal = await runBp(['replay', captured({ size: 'no such size' }), '-C', root]);
  expect(fatal.code).toBe(1);
  expect(fatal.stdout).toContain('no such size');
  expect((await runBp(['replay', 'nothing.pb', '-C', root])).stderr).toContain('Cannot read "nothing.pb"');
});
