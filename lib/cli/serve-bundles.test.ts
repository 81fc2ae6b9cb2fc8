import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createRouter, silentLogger } from '../function/index.ts';
import { Cli } from './command.ts';
import { withBundles } from './serve-bundles.ts';

const POLICY = `apiVersion: trust.compose.openova.io/v1alpha1
kind: TrustPolicy
rules:
  - repositories: ['127.0.0.1:*/acme/*']
    identities: [{ issuer: 'https://issuer.example', subject: 'ci@example.org' }]
`;
const BEFORE_THE_USUAL_BOUND_MS = 15_000;

test('a load ends before the call does that asks for it', {
  timeout: BEFORE_THE_USUAL_BOUND_MS,
}, async () => {
  const directory = mkdtempSync(join(tmpdir(), 'bp-serve-bundles-'));
  const silent = createServer(() => undefined).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const repository = `127.0.0.1:${(silent.address() as AddressInfo).port}/acme/bp-shop`;
  writeFileSync(join(directory, 'trust.yaml'), POLICY.replace('127.0.0.1:*/acme/*', repository));
  const { stdout, stderr, stdin } = process;
  const io = {
    ...{ stdout, stderr, stdin, cwd: directory, isTTY: false, columns: 80 },
    env: { BP_TRUST_POLICY: 'trust.yaml', HOME: directory },
    signal: new AbortController().signal,
  };
  const options = { logger: silentLogger, callTimeoutMs: 500 }; // two thirds of it are no whole number
  const router = withBundles(new Cli(io, {}), createRouter([]), [], options);
  const bundle = { repository, digest: `sha256:${'0'.repeat(64)}` };
  const answer = await router.resolve({ kind: 'blueprint', name: 'shop', version: '1.0.0', bundle });
  expect(answer).toMatchObject({ fatal: expect.stringMatching(/^Cannot load "shop" .*took too long$/) });
  silent.close();
  rmSync(directory, { recursive: true });
});
