import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { FixtureProject } from '../../pipeline/fixture.test-helper.ts';
import { type RunningRegistry, startRegistry } from '../../registry/index.ts';
import { generateKeyPair } from '../../signing/index.ts';
import { DEFAULT_ISSUER, DEFAULT_SUBJECT, type Sigstore, startSigstore } from '../../sigstore/index.ts';
import { runBp } from '../io.test-helper.ts';

let fixture: FixtureProject;
let sigstore: Sigstore;
let registry: RunningRegistry;
let work: string;
let files: Record<string, string>;

beforeAll(async () => {
  fixture = new FixtureProject();
  work = mkdtempSync(join(tmpdir(), 'bp-release-'));
  sigstore = await startSigstore();
  files = await sigstore.writeFiles(join(work, 'sigstore'));
  const pair = await generateKeyPair({ password: 'pw' });
  writeFileSync(join(work, 'cosign.key'), pair.privateKey);
  writeFileSync(join(work, 'cosign.pub'), pair.publicKey);
});
afterAll(async () => {
  await sigstore.close();
  fixture.remove();
  rmSync(work, { recursive: true, force: true });
});
beforeEach(async () => {
  registry = await startRegistry();
});
afterEach(() => registry.close());

const bp = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  runBp(args, { cwd: fixture.directory, env: { HOME: work, ...env } });
const to = (): string => `${registry.address}/acme`;
const config = (): string[] => [
  ...['--signing-config', files['signing_config.json'] ?? ''],
  ...['--trusted-root', files['trusted_root.json'] ?? ''],
];
const keyless = (): string[] => ['--keyless', '--identity-token', files.token ?? '', ...config()];
const trusted = (): string[] => [
  ...['--certificate-identity', DEFAULT_SUBJECT, '--certificate-oidc-issuer', DEFAULT_ISSUER],
  ...['--trusted-root', files['trusted_root.json'] ?? ''],
];

describe('bp publish', () => {
  test('-o json prints one object per artifact and line, progress goes to stderr', async () => {
    const { code, stdout, stderr } = await bp(['publish', '--registry', to(), '-o', 'json', ...keyless()]);
    expect({ code, stderr: stderr.split('\n').sort() }).toEqual({
      code: 0,
      stderr: [
        '',
        expect.stringMatching(/^published .*\/acme\/bp-echo:1\.0\.0 sha256:/),
        expect.stringMatching(/^published .*\/acme\/bp-parrot:1\.0\.0 sha256:/),
      ],
    });
    const objects = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { name: string });
    expect(objects.map((o) => o.name).sort()).toEqual(['echo', 'parrot']);
    for (const object of objects) {
      expect(Object.keys(object)).toEqual([
        'name',
        'version',
        'repository',
        'tag',
        'digest',
        'status',
        'signatures',
        'attestations',
      ]);
    }
  });

  test('takes the token from SIGSTORE_ID_TOKEN, and says a secret nowhere', async () => {
    const token = sigstore.identityToken();
    const args = ['publish', 'echo', '--registry', to(), '--keyless', ...config()];
    const good = await bp(args, { SIGSTORE_ID_TOKEN: token });
    expect(good).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('1 published, 0 unchanged, 0 failed'),
      stderr: expect.stringContaining('apply crossplane/rbac.yaml'),
    });
    const bad = await bp(args, { SIGSTORE_ID_TOKEN: `${token}x` });
    expect(bad.code).toBe(1);
    expect(bad.stdout + bad.stderr).not.toContain(token.slice(0, 30));
  });

  test('exit 1 and the way out when a version would change', async () => {
    await bp(['publish', 'echo', '--registry', to(), ...keyless()]);
    const changed = ['publish', 'echo', '--registry', to(), ...keyless()];
    const { code, stderr } = await bp(changed, { SOURCE_DATE_EPOCH: '1700000000' });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^failed .*: Cannot publish .* it was published as sha256:.*--dev\)\n$/);
    const dev = await bp([...changed, '--dev'], { SOURCE_DATE_EPOCH: '1700000000' });
    expect(dev).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/bp-echo:1\.0\.0-dev\.[0-9a-z]{12}@sha256:/),
    });
  });

  const usage = {
    NoSigner: { reason: 'an unsigned release is no release', args: [], says: 'neither --key nor --keyless' },
    HalfConfig: {
      reason: 'what one Sigstore signs, another does not verify',
      args: ['--keyless', '--signing-config', 'x'],
      says: 'belong together',
    },
    KeylessNoTlog: {
      reason: 'a certificate lives ten minutes',
      args: ['--keyless', '--no-tlog'],
      says: '--no-tlog',
    },
    IdleToken: {
      reason: 'a misunderstanding',
      args: ['--key', 'k', '--identity-token', 't'],
      says: 'without --keyless',
    },
    NoFile: {
      reason: 'named as it was given',
      args: ['--key', 'nowhere.key', '--no-tlog'],
      says: '"nowhere.key"',
    },
    Concurrency: { reason: 'bounded', args: ['--keyless', '--concurrency', '0'], says: '--concurrency "0"' },
  } as const;
  test.for(Object.entries(usage))('refuses %s', async ([, tc]) => {
    const { code, stderr } = await bp(['publish', '--registry', to(), ...tc.args]);
    expect({ code, stderr }, tc.reason).toEqual({ code: 2, stderr: expect.stringContaining(tc.says) });
  });

  test.for(['ghcr.io/acme:1', 'https://ghcr.io/acme', 'acme', 'ghcr.io/UPPER', 'ghcr.io/a@b'])(
    'refuses --registry %s',
    async (text) => {
      expect(await bp(['publish', '--registry', text, '--keyless'])).toMatchObject({ code: 2, stdout: '' });
    },
  );

  test('refuses a SOURCE_DATE_EPOCH that is not seconds', async () => {
    const ran = await bp(['build', '--out', join(work, 'never')], { SOURCE_DATE_EPOCH: 'yesterday' });
    expect(ran).toMatchObject({ code: 2, stderr: expect.stringContaining('SOURCE_DATE_EPOCH') });
    expect(existsSync(join(work, 'never'))).toBe(false);
  });
});

describe('the steps one at a time', () => {
  test('build writes a layout whose names tell the artifacts apart', async () => {
    const out = join(work, 'layout');
    const { code, stdout } = await bp(['build', '--out', out, '-o', 'json']);
    expect(code).toBe(0);
    const { artifacts } = JSON.parse(stdout) as { artifacts: { ref: string; digest: string }[] };
    expect(artifacts.map((a) => a.ref)).toEqual(['bp-echo:1.0.0', 'bp-parrot:1.0.0']);
    const index = JSON.parse(readFileSync(join(out, 'index.json'), 'utf8')) as {
      manifests: { digest: string; annotations: Record<string, string> }[];
    };
    expect(
      index.manifests.map((m) => [m.annotations['org.opencontainers.image.ref.name'], m.digest]),
    ).toEqual(artifacts.map((a) => [a.ref, a.digest]));
    expect((await bp(['build', '--out', out, '-o', 'json'])).stdout, 'again').toBe(stdout);
  });

  test('push without a tag, sign with one, verify, mirror over a disk, verify there', async () => {
    const pushed = await bp(['push', 'echo', '--registry', to(), '--no-tag', '-o', 'json']);
    const [artifact] = (JSON.parse(pushed.stdout) as { artifacts: { reference: string; tag: null }[] })
      .artifacts;
    const reference = artifact?.reference ?? '';
    expect(artifact?.tag).toBeNull();
    expect(await bp(['verify', reference, ...trusted()])).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('no signatures found'),
    });
    expect(await bp(['verify', `${to()}/bp-echo:1.0.0`, ...trusted()]), 'no tag yet').toMatchObject({
      code: 1,
    });
    expect(await bp(['sign', reference, ...keyless(), '--tag', '1.0.0'])).toMatchObject({ code: 0 });
    const tagged = `${to()}/bp-echo:1.0.0`;
    const verified = await bp(['verify', tagged, ...trusted(), '--strict']);
    expect(verified.code, verified.stdout).toBe(0);
    for (const name of ['Crossplane', 'Flux 2.8+', 'cosign 2', 'cosign 3']) {
      expect(verified.stdout).toMatch(new RegExp(`${name.replace('+', '\\+')} +accepts`));
    }
    const disk = `oci:${join(work, 'stick')}:bp-echo:1.0.0`;
    expect(await bp(['mirror', tagged, disk])).toMatchObject({ code: 0 });
    expect(await bp(['verify', disk, ...trusted(), '--strict'])).toMatchObject({ code: 0 });
    const other = `${registry.address}/other/bp-echo`;
    expect(await bp(['mirror', disk, other])).toMatchObject({ code: 0 });
    expect(await bp(['verify', `${other}:1.0.0`, ...trusted(), '--strict'])).toMatchObject({ code: 0 });
  });

  test('a key without a log: Flux takes it, Crossplane does not, and verify says so', async () => {
    await bp(['push', 'echo', '--registry', to()]);
    const ref = `${to()}/bp-echo:1.0.0`;
    const key = ['--key', join(work, 'cosign.key'), '--no-tlog'];
    expect(await bp(['sign', ref, ...key], { COSIGN_PASSWORD: 'wrong' })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('set COSIGN_PASSWORD'),
    });
    expect(await bp(['sign', ref, ...key], { COSIGN_PASSWORD: 'pw' })).toMatchObject({ code: 0 });
    const verified = await bp(['verify', ref, '--key', join(work, 'cosign.pub'), '--no-tlog', '-o', 'json']);
    expect(verified.code).toBe(0);
    const { consumers } = JSON.parse(verified.stdout) as {
      consumers: { consumer: string; accepted: boolean }[];
    };
    expect(Object.fromEntries(consumers.map((c) => [c.consumer, c.accepted]))).toEqual({
      crossplane: false,
      flux: true,
      cosign2: true,
      cosign3: true,
    });
  });

  test('verify wants to know whom to trust; a stranger is refused', async () => {
    await bp(['push', 'echo', '--registry', to()]);
    const ref = `${to()}/bp-echo:1.0.0`;
    expect(await bp(['verify', ref])).toMatchObject({ code: 2, stderr: expect.stringContaining('--key') });
    await bp(['sign', ref, ...keyless()]);
    const stranger = trusted().map((word) => (word === DEFAULT_SUBJECT ? 'https://evil.example/x' : word));
    expect(await bp(['verify', ref, ...stranger])).toMatchObject({ code: 1 });
    expect(await bp(['verify', ref, ...trusted(), '--attestation', 'spdxjson'])).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('no attestation https://spdx.dev/Document'),
    });
  });

  test.for(['verify', 'sign'])('%s wants a tag or a digest', async (name) => {
    const who = name === 'sign' ? keyless() : trusted();
    expect(await bp([name, `${to()}/bp-echo`, ...who])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('neither a tag nor a digest'),
    });
  });
});

describe('bp registry and bp sigstore', () => {
  const cases = {
    registry: ['registry', '--address', '127.0.0.1:0', '--storage', ''],
    sigstore: ['sigstore', '--address', '127.0.0.1:0', '--out', 'state'],
  } as const;
  test.for(Object.entries(cases))(
    '%s says in one line that it listens, and ends when told to',
    async ([, args]) => {
      const stop = new AbortController();
      const lines: string[] = [];
      const stdout = {
        write: (text: string | Uint8Array) => {
          lines.push(String(text));
          stop.abort();
        },
      };
      const ran = await runBp([...args, '-o', 'json'], { cwd: work, stdout, signal: stop.signal });
      expect(ran).toMatchObject({ code: 0, stderr: '' });
      expect(lines).toHaveLength(1);
      const said = JSON.parse(lines[0] ?? '') as { listening: boolean; url: string };
      expect(said.listening).toBe(true);
      await expect(fetch(said.url), 'it is gone').rejects.toThrow();
    },
  );

  test('an address in use is said', async () => {
    const taken = registry.address;
    for (const name of ['registry', 'sigstore']) {
      const ran = await runBp([name, '--address', taken], { cwd: work });
      expect(ran.code).not.toBe(0);
      expect(ran.stderr).toMatch(new RegExp(`Cannot listen on "${taken}".*EADDRINUSE`));
    }
  });
});
