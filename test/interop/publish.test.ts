import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runBp } from '../../lib/cli/io.test-helper.ts';
import { gunzip } from '../../lib/internal/gzip.ts';
import { readTar } from '../../lib/internal/untar.ts';
import { copyElsewhere } from '../../lib/pipeline/fixture.test-helper.ts';
import type { PublishResult } from '../../lib/pipeline/index.ts';
import { generateKeyPair } from '../../lib/signing/index.ts';
import { DEFAULT_ISSUER, DEFAULT_SUBJECT, type Sigstore, startSigstore } from '../../lib/sigstore/index.ts';
import { root } from '../support/repository.ts';
import { missingParts, type Part, type RealRegistry, runPart, startDockerRegistry } from './real-parts.ts';

const missing = missingParts('cosign2', 'cosign3', 'docker-registry', 'oras', 'crane');
const noSkopeo = missingParts('skopeo');
const TYPES = ['spdxjson', 'cyclonedx', 'slsaprovenance1'] as const;

// Every real Blueprint through `bp publish` into Debian's registry, then only the tools of others.
describe.skipIf(missing)(
  `bp publish and the tools of others${missing === undefined ? '' : ` (skipped: ${missing})`}`,
  () => {
    let registry: RealRegistry;
    let sigstore: Sigstore;
    let directory: string;
    let elsewhere: string;
    let files: Record<string, string>;
    let published: PublishResult[];
    let byKey: PublishResult[];

    const publish = async (
      path: string,
      extra: readonly string[],
      password = '',
    ): Promise<PublishResult[]> => {
      const ran = await runBp(
        ['publish', '--registry', `${registry.host}/${path}`, '-C', root, '-o', 'json', ...trust(), ...extra],
        { env: { COSIGN_PASSWORD: password, HOME: directory } },
      );
      expect(ran.code, ran.stderr).toBe(0);
      return ran.stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as PublishResult);
    };
    const trust = (): string[] => [
      ...['--signing-config', files['signing_config.json'] ?? ''],
      ...['--trusted-root', files['trusted_root.json'] ?? ''],
    ];

    beforeAll(async () => {
      directory = mkdtempSync(join(tmpdir(), 'bp-publish-'));
      [registry, sigstore] = await Promise.all([startDockerRegistry(), startSigstore()]);
      files = await sigstore.writeFiles(join(directory, 'sigstore'));
      const pair = await generateKeyPair({ password: 'pw' });
      writeFileSync(join(directory, 'cosign.key'), pair.privateKey);
      writeFileSync(join(directory, 'cosign.pub'), pair.publicKey);
      published = await publish('keyless', ['--keyless', '--identity-token', files.token ?? '']);
      byKey = await publish('key', ['--key', join(directory, 'cosign.key')], 'pw');
    });
    afterAll(async () => {
      await sigstore?.close();
      await registry?.close();
      for (const path of [directory, elsewhere])
        if (path !== undefined) rmSync(path, { recursive: true, force: true });
    });

    const ref = (r: PublishResult): string => `${r.repository}:${r.tag}`;
    async function part(
      name: Part,
      args: readonly string[],
      env: Readonly<Record<string, string>> = {},
    ): Promise<string> {
      const result = await runPart(name, args, env);
      expect(result.ok, `${name} ${args.join(' ')}: ${result.stderr}`).toBe(true);
      return result.stdout;
    }

    test('all of them were published, one object a line', () => {
      expect(published.length).toBeGreaterThanOrEqual(7);
      for (const result of [...published, ...byKey]) {
        expect(Object.keys(result)).toEqual([
          'name',
          'version',
          'repository',
          'tag',
          'digest',
          'status',
          'signatures',
          'attestations',
        ]);
        expect(result.status).toBe('published');
      }
      const digests = (list: PublishResult[]) => Object.fromEntries(list.map((r) => [r.name, r.digest]));
      expect(digests(byKey), 'who signs changes no byte').toEqual(digests(published));
    });

    const identity = ['--certificate-identity', DEFAULT_SUBJECT, '--certificate-oidc-issuer', DEFAULT_ISSUER];
    const cosign2Env = (): Record<string, string> => ({
      SIGSTORE_ROOT_FILE: files['fulcio.pem'] ?? '',
      SIGSTORE_REKOR_PUBLIC_KEY: files['rekor.pub'] ?? '',
      SIGSTORE_CT_LOG_PUBLIC_KEY_FILE: files['ctfe.pub'] ?? '',
    });
    /** Signature and every attestation, by both cosigns, of all artifacts. */
    async function verifyAll(results: readonly PublishResult[], who: readonly string[]): Promise<void> {
      const root3 = ['--trusted-root', files['trusted_root.json'] ?? ''];
      const commands = [['verify'], ...TYPES.map((type) => ['verify-attestation', '--type', type])];
      for (const result of results) {
        await Promise.all(
          commands.flatMap((command) => [
            part('cosign2', [...command, ...who, '--allow-http-registry', ref(result)], cosign2Env()),
            part('cosign3', [...command, ...root3, ...who, '--allow-http-registry', ref(result)]),
          ]),
        );
      }
    }

    test('cosign 2 and 3 verify signature and attestations, keyless', () => verifyAll(published, identity));
    test('cosign 2 and 3 verify signature and attestations, by key', () =>
      verifyAll(byKey, ['--key', join(directory, 'cosign.pub')]));

    test('the verified attestations are bills of materials and a provenance', async () => {
      const [first] = published;
      if (first === undefined) throw new Error('nothing was published');
      const args = [
        'verify-attestation',
        '--type',
        'slsaprovenance1',
        '--trusted-root',
        files['trusted_root.json'] ?? '',
      ];
      const out = await part('cosign3', [...args, ...identity, '--allow-http-registry', ref(first)]);
      const envelope = JSON.parse(out.trim().split('\n')[0] ?? '') as { payload: string };
      expect(JSON.parse(Buffer.from(envelope.payload, 'base64').toString())).toMatchObject({
        subject: [{ digest: { sha256: first.digest?.slice(7) } }],
        predicate: { runDetails: { builder: { id: DEFAULT_SUBJECT } } },
      });
    });

    test('oras pull unpacks three titled archives, oras discover shows four bundles', async () => {
      for (const result of published) {
        const out = join(directory, 'pull', result.name);
        await part('oras', ['pull', '--plain-http', '-o', out, ref(result)]);
        expect(readdirSync(out).sort()).toEqual(['bundle.tgz', 'manifests.tgz', 'package.tgz']);
        const names = (file: string): string[] =>
          readTar(gunzip(readFileSync(join(out, file)), file), file).map((f) => f.path);
        expect(names('package.tgz')).toEqual(['package.yaml']);
        expect(names('bundle.tgz')).toEqual(['blueprint.mjs', 'bundle.json']);
        expect(names('manifests.tgz')).toEqual(
          expect.arrayContaining(['blueprint.yaml', 'crossplane/configuration.yaml']),
        );
        // What only nests other Blueprints has nothing to grant.
        expect(names('manifests.tgz').includes('crossplane/rbac.yaml'), result.name).toBe(
          result.name !== 'cortex',
        );
        const tree = await part('oras', ['discover', '--plain-http', '--format', 'json', ref(result)]);
        const found = JSON.parse(tree) as { referrers?: object[]; manifests?: object[] };
        expect(found.referrers ?? found.manifests, tree).toHaveLength(4);
      }
    });

    test('crane validates them, and sees the digest that a build on another path gives', async () => {
      elsewhere = copyElsewhere(root);
      const built = await runBp(['build', '-C', elsewhere, '--out', join(directory, 'layout'), '-o', 'json']);
      expect(built.code, built.stderr).toBe(0);
      const { artifacts } = JSON.parse(built.stdout) as { artifacts: { name: string; digest: string }[] };
      for (const result of published) {
        await part('crane', ['validate', '--insecure', '--remote', ref(result)]);
        const digest = (await part('crane', ['digest', '--insecure', ref(result)])).trim();
        expect(digest).toBe(result.digest);
        expect(artifacts.find((a) => a.name === result.name)?.digest).toBe(digest);
      }
    });

    test.skipIf(noSkopeo)(
      `skopeo inspects registry and layout${noSkopeo === undefined ? '' : ` (skipped: ${noSkopeo})`}`,
      async () => {
        for (const result of published) {
          const out = await part('skopeo', ['inspect', '--tls-verify=false', `docker://${ref(result)}`]);
          expect(JSON.parse(out)).toMatchObject({
            Digest: result.digest,
            Os: 'linux',
            Architecture: 'amd64',
          });
        }
      },
    );

    test('cosign 2 verifies a mirror, which oras cp would have left without its signatures', async () => {
      const [first] = published;
      if (first === undefined) throw new Error('nothing was published');
      const target = `${registry.host}/mirror/bp-${first.name}`;
      const ran = await runBp(['mirror', ref(first), target], { env: { HOME: directory } });
      expect(ran.code, ran.stderr).toBe(0);
      await verifyAll([{ ...first, repository: target }], identity);
    });

    test('a second run changes nothing', async () => {
      const again = await publish('keyless', ['--keyless', '--identity-token', files.token ?? '']);
      expect([...new Set(again.map((r) => r.status))]).toEqual(['unchanged']);
    });
  },
);
