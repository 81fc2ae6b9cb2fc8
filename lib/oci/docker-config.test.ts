import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { type HelperCall, runCredentialHelper } from './credential-helper.ts';
import type { Credential } from './credentials.ts';
import { credentialsFromDockerConfig } from './docker-config.ts';

const root = mkdtempSync(join(tmpdir(), 'bp-docker-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let count = 0;

const basic = (username: string, password: string): Credential => ({ kind: 'basic', username, password });
const auth = (pair: string): { auth: string } => ({ auth: Buffer.from(pair).toString('base64') });

/** A home with files in the places that are looked at. */
function home(files: Record<string, unknown>): { env: Record<string, string>; homeDir: string } {
  const dir = join(root, String(count++));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(join(dir, path, '..'), { recursive: true });
    writeFileSync(join(dir, path), typeof content === 'string' ? content : JSON.stringify(content));
  }
  const env = {
    DOCKER_CONFIG: join(dir, 'docker'),
    REGISTRY_AUTH_FILE: join(dir, 'auth-file.json'),
    XDG_RUNTIME_DIR: join(dir, 'run'),
  };
  return { env, homeDir: join(dir, 'home') };
}

const cases: Record<
  string,
  {
    reason: string;
    files: Record<string, unknown>;
    registry?: string;
    want: Credential | undefined;
    asked?: string[];
  }
> = {
  Nothing: { reason: 'no file is anonymous', files: {}, want: undefined },
  Auth: {
    reason: 'base64 of user:password, a colon in the password',
    files: { 'docker/config.json': { auths: { 'r.io': auth('u:p:q') } } },
    want: basic('u', 'p:q'),
  },
  Url: {
    reason: 'docker once wrote URLs',
    files: { 'docker/config.json': { auths: { 'https://r.io/v1/': auth('u:p') } } },
    want: basic('u', 'p'),
  },
  Identity: {
    reason: 'a refresh token',
    files: { 'docker/config.json': { auths: { 'r.io': { identitytoken: 't' } } } },
    want: { kind: 'identity', token: 't' },
  },
  RegistryToken: {
    reason: 'an access token',
    files: { 'docker/config.json': { auths: { 'r.io': { registrytoken: 't' } } } },
    want: { kind: 'bearer', token: 't' },
  },
  HelperFirst: {
    reason: 'credHelpers of the host before credsStore and auths',
    files: {
      'docker/config.json': {
        credHelpers: { 'r.io': 'one' },
        credsStore: 'two',
        auths: { 'r.io': auth('u:p') },
      },
    },
    want: basic('helper', 'one'),
    asked: ['one r.io'],
  },
  StoreThenAuths: {
    reason: 'a store that knows nothing leaves the auths',
    files: { 'docker/config.json': { credsStore: 'none', auths: { 'r.io': auth('u:p') } } },
    want: basic('u', 'p'),
    asked: ['none r.io'],
  },
  Order: {
    reason: 'DOCKER_CONFIG before REGISTRY_AUTH_FILE before containers before home',
    files: {
      'auth-file.json': { auths: { 'r.io': auth('second:p') } },
      'run/containers/auth.json': { auths: { 'r.io': auth('third:p') } },
    },
    want: basic('second', 'p'),
  },
  Containers: {
    reason: 'containers name a namespace, the longest wins',
    files: { 'run/containers/auth.json': { auths: { 'r.io': auth('host:p'), 'r.io/acme': auth('ns:p') } } },
    want: basic('ns', 'p'),
  },
  Home: {
    reason: 'the last place',
    files: { 'home/.docker/config.json': { auths: { 'r.io': auth('home:p') } } },
    want: basic('home', 'p'),
  },
  Hub: {
    reason: 'Docker Hub has a name of its own',
    registry: 'docker.io',
    files: { 'docker/config.json': { auths: { 'https://index.docker.io/v1/': auth('hub:p') } } },
    want: basic('hub', 'p'),
  },
  OtherHost: {
    reason: 'never the credentials of another host',
    files: { 'docker/config.json': { auths: { 'r.io.evil': auth('u:p'), io: auth('u:p') } } },
    want: undefined,
  },
};
test.for(Object.entries(cases))('credentialsFromDockerConfig() %s', async ([, tc]) => {
  const asked: string[] = [];
  const runHelper = async ({ helper, server }: HelperCall): Promise<Credential | undefined> => {
    asked.push(`${helper} ${server}`);
    return helper === 'none' ? undefined : basic('helper', helper);
  };
  const source = credentialsFromDockerConfig({ ...home(tc.files), runHelper });
  const registry = tc.registry ?? 'r.io';
  expect(await source.credential(registry, 'acme/bp-a'), tc.reason).toEqual(tc.want);
  await source.credential(registry, 'acme/bp-b');
  expect(asked, 'a helper is asked once').toEqual(tc.asked ?? []);
});

test.for(['{"auths": {"r.io": {"auth": "c2VjcmV0"}}', '[]', '{"auths":{"r.io":{"auth":"c2VjcmV0"}}}'])(
  'a broken file %j is an error that does not quote it',
  async (text) => {
    const source = credentialsFromDockerConfig(home({ 'docker/config.json': text }));
    const error: unknown = await source.credential('r.io', 'a').catch((e: unknown) => e);
    expect(error).toMatchObject({ code: 'auth' });
    expect(`${String(error)} ${error instanceof Error ? error.cause : ''}`).not.toMatch(/c2VjcmV0|secret/);
  },
);

describe.skipIf(process.platform === 'win32')('runCredentialHelper()', () => {
  const bin = join(root, 'bin');
  const helper = (name: string, script: string): void => {
    mkdirSync(bin, { recursive: true });
    writeFileSync(join(bin, `docker-credential-${name}`), `#!/bin/sh\n${script}\n`);
    chmodSync(join(bin, `docker-credential-${name}`), 0o755);
  };
  const run = (name: string): Promise<Credential | undefined> =>
    runCredentialHelper({ helper: name, server: 'r.io', env: { PATH: `${bin}:/usr/bin:/bin` } });

  test('the server goes to stdin, the pair comes back', async () => {
    helper('ok', 'read s; printf \'{"Username":"%s","Secret":"p-%s"}\' "$1" "$s"');
    expect(await run('ok')).toEqual(basic('get', 'p-r.io'));
  });
  test('<token> is an identity token', async () => {
    helper('token', 'printf \'{"Username":"<token>","Secret":"t"}\'');
    expect(await run('token')).toEqual({ kind: 'identity', token: 't' });
  });
  test('"credentials not found" is none', async () => {
    helper('none', 'echo "credentials not found in native keychain"; exit 1');
    expect(await run('none')).toBeUndefined();
  });
  test.for([
    ['fails', 'echo hunter2; exit 3', 'exited with 3'],
    ['garbage', 'echo hunter2', 'not JSON'],
    ['shape', 'echo \'{"Secret":"hunter2"}\'', 'no Username and Secret'],
  ] as const)('%s is an error without its output', async ([name, script, said]) => {
    helper(name, script);
    const error: unknown = await run(name).catch((e: unknown) => e);
    expect(error).toMatchObject({ code: 'auth', message: expect.stringContaining(said) });
    expect(JSON.stringify([String(error), (error as Error).stack])).not.toContain('hunter2');
  });
  test('one that is not installed says so, a path is no name', async () => {
    await expect(run('absent')).rejects.toThrow('not installed');
    await expect(run('../../bin/sh')).rejects.toThrow('bad name');
  });
});
