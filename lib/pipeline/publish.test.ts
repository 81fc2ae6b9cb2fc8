import type { IncomingMessage } from 'node:http';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type JsonObject, parseJson } from '../internal/json.ts';
import { RemoteClient } from '../oci/index.ts';
import type { Project } from '../project/index.ts';
import {
  type RegistryHook,
  type RegistryOptions,
  type RunningRegistry,
  startRegistry,
} from '../registry/index.ts';
import {
  createKeylessSigner,
  createKeySigner,
  generateKeyPair,
  parseTrustedRoot,
  verifyArtifact,
} from '../signing/index.ts';
import { DEFAULT_ISSUER, DEFAULT_SUBJECT, type Sigstore, startSigstore } from '../sigstore/index.ts';
import { FixtureProject } from './fixture.test-helper.ts';
import type { Git } from './git.ts';
import { type PublishOptions, type PublishResult, publishBlueprints } from './publish.ts';

const REVISION = 'c0ffee'.padEnd(40, '0');
const git: Git = {
  describe: async () => ({ revision: REVISION, dirty: true, source: 'https://github.com/acme/platform' }),
};

let fixture: FixtureProject;
let sigstore: Sigstore;
let project: Project;

beforeAll(async () => {
  fixture = new FixtureProject();
  [sigstore, project] = await Promise.all([startSigstore(), fixture.load()]);
});
afterAll(async () => {
  await sigstore.close();
  fixture.remove();
});

describe('publishBlueprints()', () => {
  let registry: RunningRegistry;
  let seen: string[];
  let intercept: RegistryHook | undefined;

  const record: RegistryHook = (request, response) => {
    seen.push(`${request.method} ${request.url}`);
    return intercept?.(request, response) ?? false;
  };
  const start = async (options: RegistryOptions = {}): Promise<void> => {
    registry = await startRegistry({ hook: record, ...options });
  };
  beforeEach(() => {
    seen = [];
    intercept = undefined;
  });
  afterEach(() => registry.close());

  const keyless = (): PublishOptions['signing'] => ({
    signers: [createKeylessSigner({ fulcioUrl: sigstore.url, identityToken: sigstore.identityToken() })],
    rekorUrl: sigstore.url,
    trustedRoot: parseTrustedRoot(sigstore.trustedRoot),
  });

  /** A run of its own: nothing is remembered of the one before. */
  async function publish(more: Partial<PublishOptions> = {}, names = ['echo', 'parrot']) {
    const client = new RemoteClient({ retry: { attempts: 1 } });
    const blueprints = names.flatMap((name) => project.blueprints.get(name) ?? []);
    try {
      return await publishBlueprints(project, blueprints, {
        registry: `${registry.address}/acme`,
        target: (repository) => client.target(repository),
        signing: keyless(),
        git,
        ...more,
      });
    } finally {
      client.close();
    }
  }
  const writes = (): string[] => seen.filter((line) => !/^(GET|HEAD) /.test(line));
  const statuses = (results: readonly PublishResult[]) =>
    Object.fromEntries(results.map((r) => [r.name, r.status]));

  test('publishes, and the version is the last thing that anybody can see of it', async () => {
    await start();
    const [echo, ...others] = await publish({}, ['echo']);
    expect(others).toEqual([]);
    expect(echo).toEqual({
      name: 'echo',
      version: '1.0.0',
      repository: `${registry.address}/acme/bp-echo`,
      tag: '1.0.0',
      digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
      status: 'published',
      signatures: [
        expect.objectContaining({ format: 'legacy' }),
        expect.objectContaining({ format: 'bundle' }),
      ],
      attestations: expect.any(Array),
    });
    expect(echo?.attestations).toHaveLength(6);
    const puts = writes().filter((line) => line.startsWith('PUT /v2/acme/bp-echo/manifests/'));
    const at = (part: string): number => puts.findIndex((line) => line.endsWith(part));
    expect(puts[0], 'the manifest, by digest').toContain(`/manifests/${echo?.digest}`);
    expect(at('.sig')).toBeGreaterThan(0);
    expect(at('.att')).toBeGreaterThan(at('.sig'));
    expect(at('/1.0.0'), 'the tag').toBe(puts.length - 1);
    expect(
      puts.filter((line) => /manifests\/sha256-.*\.(sig|att)$/.test(line)),
      'one write each',
    ).toHaveLength(2);
  });

  test('writes nothing at the second run', async () => {
    await start();
    const first = await publish();
    expect(statuses(first)).toEqual({ echo: 'published', parrot: 'published' });
    seen = [];
    const second = await publish();
    expect(writes()).toEqual([]);
    expect(statuses(second)).toEqual({ echo: 'unchanged', parrot: 'unchanged' });
    expect(second.map((r) => r.digest)).toEqual(first.map((r) => r.digest));
    expect(second.flatMap((r) => [...r.signatures, ...r.attestations]).map((e) => e.status)).toEqual(
      Array.from({ length: 16 }, () => 'present'),
    );
  });

  const refuse = (matches: (request: IncomingMessage) => boolean): void => {
    intercept = (request, response) => {
      if (!matches(request)) return false;
      response.writeHead(403, { 'content-type': 'application/json' });
      response.end('{"errors":[{"code":"DENIED","message":"not you"}]}');
      return true;
    };
  };

  test('a run that broke leaves no version behind, and the next one completes what is missing', async () => {
    await start();
    refuse((r) => r.method === 'PUT' && (r.url ?? '').endsWith('.att'));
    const [broken] = await publish({}, ['echo']);
    expect(broken).toMatchObject({
      status: 'failed',
      signatures: [],
      error: expect.stringContaining('403 DENIED'),
    });
    expect(seen).not.toContain('PUT /v2/acme/bp-echo/manifests/1.0.0');
    intercept = undefined;
    seen = [];
    const [whole] = await publish({}, ['echo']);
    expect(whole).toMatchObject({ status: 'published', digest: broken?.digest });
    expect(whole?.signatures.map((e) => [e.format, e.status])).toContainEqual(['legacy', 'present']);
    expect(writes().filter((line) => line.includes('.sig'))).toEqual([]);
  });

  test('signs what was pushed without signatures', async () => {
    await start();
    const { buildBlueprint } = await import('./build.ts');
    const { pushArtifact } = await import('./push.ts');
    const one = project.blueprints.get('echo');
    if (one === undefined) throw new Error('no echo');
    const client = new RemoteClient();
    const target = client.target(`${registry.address}/acme/bp-echo`);
    const built = await buildBlueprint(project, one);
    await target.tag(await pushArtifact(target, built.artifact), built.version);
    client.close();
    seen = [];
    expect(statuses(await publish({}, ['echo']))).toEqual({ echo: 'published' });
    expect(writes()).not.toContain('PUT /v2/acme/bp-echo/manifests/1.0.0');
  });

  test('never replaces a version, names both digests and the way out; the others go on', async () => {
    await start();
    const [first] = await publish({}, ['echo']);
    seen = [];
    const results = await publish({ created: 1_700_000_000 });
    expect(statuses(results)).toEqual({ echo: 'failed', parrot: 'published' });
    const echo = results.find((r) => r.name === 'echo');
    expect(echo?.error).toContain(`was published as ${first?.digest}, this build is ${echo?.digest}`);
    expect(echo?.error).toContain('--dev');
    expect(writes().filter((line) => line.includes('bp-echo'))).toEqual([]);
    const again = await publish({ created: 1_700_000_000, development: true }, ['echo']);
    expect(statuses(again)).toEqual({ echo: 'published' });
  });

  test('works on a registry without referrers API that keeps every tag for ever', async () => {
    await start({ referrersApi: false, immutableTags: true });
    expect(statuses(await publish())).toEqual({ echo: 'published', parrot: 'published' });
    seen = [];
    expect(statuses(await publish())).toEqual({ echo: 'unchanged', parrot: 'unchanged' });
    expect(writes()).toEqual([]);
  });

  test('signs with a key and without a log only when that is said', async () => {
    await start();
    const pair = await generateKeyPair();
    const signers = [await createKeySigner({ key: pair.privateKey })];
    const [quiet] = await publish({ signing: { signers } }, ['echo']);
    expect(quiet).toMatchObject({ status: 'failed', error: expect.stringContaining('no transparency log') });
    expect(statuses(await publish({ signing: { signers, noTlog: true } }, ['echo']))).toEqual({
      echo: 'published',
    });
    seen = [];
    expect(statuses(await publish({ signing: { signers, noTlog: true } }, ['echo']))).toEqual({
      echo: 'unchanged',
    });
    expect(writes()).toEqual([]);
  });

  test('Git is told in the provenance and nowhere else', async () => {
    await start();
    const [echo] = await publish({ invocationId: 'https://ci.example/1' }, ['echo']);
    const client = new RemoteClient();
    const policy = {
      identities: [{ subject: DEFAULT_SUBJECT, issuer: DEFAULT_ISSUER }],
      attestations: ['spdxjson', 'cyclonedx', 'slsaprovenance1'],
      strict: true,
    };
    const report = await verifyArtifact(client.target(echo?.repository ?? ''), '1.0.0', policy, {
      trustedRoot: parseTrustedRoot(sigstore.trustedRoot),
    });
    client.close();
    expect(report.problems).toEqual([]);
    const told = report.attestations.filter((a) => JSON.stringify(a.predicate).includes(REVISION));
    expect([...new Set(told.map((a) => a.predicateType))]).toEqual(['https://slsa.dev/provenance/v1']);
    const slsa = told[0]?.predicate as JsonObject;
    expect(slsa).toMatchObject({
      buildDefinition: {
        externalParameters: { blueprint: 'echo', version: '1.0.0', sourceDirty: true },
        resolvedDependencies: [
          { uri: 'git+https://github.com/acme/platform', digest: { gitCommit: REVISION } },
        ],
      },
      runDetails: { builder: { id: DEFAULT_SUBJECT }, metadata: { invocationId: 'https://ci.example/1' } },
    });
    const spdx = report.attestations.find((a) => a.predicateType === 'https://spdx.dev/Document');
    const { files } = (spdx?.predicate ?? { files: [] }) as { files: { fileName: string }[] };
    const names = files.map((f) => f.fileName);
    expect(names).toEqual(expect.arrayContaining(['./package.yaml', './blueprint.mjs', './README.md']));
  });

  test('a registry that lost what it was given is not signed for', async () => {
    await start();
    let puts = 0;
    intercept = (request, response) => {
      if (request.method === 'PUT' && /manifests/.test(request.url ?? '')) puts += 1;
      if (request.method !== 'HEAD' || puts === 0) return false;
      response.writeHead(404).end();
      return true;
    };
    const [echo] = await publish({}, ['echo']);
    expect(echo).toMatchObject({
      status: 'failed',
      error: expect.stringContaining('the registry lost sha256:'),
    });
    expect(writes().filter((line) => /\.sig|1\.0\.0/.test(line))).toEqual([]);
  });

  test('tells who is missing: a registry that wants a login, one that is not there', async () => {
    await start({ access: { scheme: 'bearer', username: 'u', password: 'secret-password' } });
    const [locked] = await publish({}, ['echo']);
    expect(locked?.error).toMatch(/401.*log in to "127\.0\.0\.1:\d+"/);
    const [gone] = await publish({ registry: '127.0.0.1:1/acme' }, ['echo']);
    expect(gone).toMatchObject({ status: 'failed', error: expect.stringContaining('connection refused') });
    expect(gone?.digest, 'it was built').toMatch(/^sha256:/);
  });

  test('fails before it writes when nobody can sign', async () => {
    await start();
    const signers = [createKeylessSigner({ fulcioUrl: sigstore.url, identityToken: 'no-token' })];
    await expect(publish({ signing: { ...keyless(), signers } })).rejects.toMatchObject({ code: 'auth' });
    expect(writes()).toEqual([]);
  });

  test('reports each artifact once, as soon as it is done; a Blueprint that does not build is one of them', async () => {
    await start();
    const reported: string[] = [];
    const broken = project.blueprints.get('echo');
    if (broken === undefined) throw new Error('no echo');
    const client = new RemoteClient();
    const missing = { ...broken, examples: new Map() };
    const parrot = project.blueprints.get('parrot');
    const results = await publishBlueprints(project, [missing, ...(parrot ? [parrot] : [])], {
      registry: `${registry.address}/acme`,
      target: (repository) => client.target(repository),
      signing: keyless(),
      git,
      onResult: (result) => reported.push(result.name),
    });
    client.close();
    expect(reported.toSorted()).toEqual(['echo', 'parrot']);
    expect(results[0]).toMatchObject({
      digest: null,
      status: 'failed',
      error: expect.stringContaining('bp generate echo'),
    });
    expect(results[1]).toMatchObject({ status: 'published' });
  });

  test('the registry sees what it is given as JSON that parses', async () => {
    await start();
    const [echo] = await publish({}, ['echo']);
    const response = await fetch(`${registry.url}/v2/acme/bp-echo/manifests/1.0.0`);
    const manifest = parseJson(await response.text(), 'manifest') as JsonObject;
    expect(response.headers.get('docker-content-digest')).toBe(echo?.digest);
    expect(manifest.artifactType).toBe('application/vnd.openova.blueprint.v1+json');
  });
});
