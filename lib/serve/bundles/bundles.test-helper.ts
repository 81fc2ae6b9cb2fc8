import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRunner } from '../../function/host/runner.ts';
import { decodeResponse, encodeRequest, type Router, type StepInput } from '../../function/index.ts';
import { parseDigest } from '../../internal/digest.ts';
import type { Clock } from '../../internal/retry.ts';
import { type Descriptor, RemoteClient } from '../../oci/index.ts';
import { type RegistryHook, type RunningRegistry, startRegistry } from '../../registry/index.ts';
import {
  createKeylessSigner,
  createKeySigner,
  generateKeyPair,
  type Signer,
  signArtifact,
} from '../../signing/index.ts';
import { DEFAULT_ISSUER, DEFAULT_SUBJECT, type Sigstore, startSigstore } from '../../sigstore/index.ts';
import {
  artifactBlobs,
  assembleArtifact,
  bundleLayer,
  manifestsLayer,
  packageLayer,
  subjectOf,
} from '../../xpkg/index.ts';
import type { BundleRef } from './bundle-ref.ts';

/** A Blueprint as `bp build` bundles it; composes one ConfigMap that holds `note`. */
export function code(version: string, note: string, more = ''): string {
  return `
import { defineBlueprint, schema } from '@openova/blueprints';
import { ApiObject } from 'cdk8s';
${more}
export default defineBlueprint({
  name: 'shop', version: '${version}', scope: 'Namespaced',
  card: { title: 'Shop', summary: 'Sells things', category: 'test' },
  config: schema({ type: 'object', properties: {} }),
  placement: { modes: ['single-region'], default: 'single-region' },
  sizes: { small: {} },
  compose({ scope }) {
    new ApiObject(scope, 'note', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'note' }, data: { note: '${note}' } });
  },
});
`;
}

/** What the bundle and its package may differ in. */
export interface PublishChanges {
  readonly note?: string;
  readonly source?: string;
  readonly facts?: object;
  readonly signer?: Signer | undefined;
  readonly repository?: string;
  /** Random bytes in the archive, so that it cannot be compressed. */
  readonly padding?: number;
}

/** A registry, a Sigstore, signers and a trust policy on disk. */
export interface World {
  readonly registry: RunningRegistry;
  readonly client: RemoteClient;
  readonly trusted: Signer;
  readonly stranger: Signer;
  readonly policy: string;
  readonly directory: string;
  hook: RegistryHook | undefined;
  /** Requests that the registry answered. */
  requests: number;
  writePolicy(change?: (text: string) => string): void;
  publish(version: string, changes?: PublishChanges): Promise<BundleRef & { readonly subject: Descriptor }>;
  close(): Promise<void>;
}

export async function openWorld(): Promise<World> {
  const sigstore: Sigstore = await startSigstore();
  const directory = mkdtempSync(join(tmpdir(), 'bundles-'));
  const policy = join(directory, 'trust.yaml');
  const pair = await generateKeyPair();
  const world = { hook: undefined as RegistryHook | undefined, requests: 0 };
  const registry = await startRegistry({
    hook: (request, response) => {
      world.requests += 1;
      return world.hook?.(request, response) ?? false;
    },
  });
  const client = new RemoteClient({ retry: { attempts: 1 } });
  const trusted = createKeylessSigner({ fulcioUrl: sigstore.url, identityToken: sigstore.identityToken() });
  writeFileSync(join(directory, 'trusted_root.json'), JSON.stringify(sigstore.trustedRoot));
  return Object.assign(world, {
    registry,
    client,
    trusted,
    stranger: await createKeySigner({ key: pair.privateKey }),
    policy,
    directory,
    writePolicy(change = (text: string): string => text): void {
      const text = `apiVersion: trust.compose.openova.io/v1alpha1
kind: TrustPolicy
trustedRoot: trusted_root.json
rules:
  - repositories: ['${registry.address}/acme/*']
    identities: [{ issuer: '${DEFAULT_ISSUER}', subject: '${DEFAULT_SUBJECT}' }]
`;
      writeFileSync(policy, change(text));
    },
    async publish(version: string, changes: PublishChanges = {}) {
      const repository = changes.repository ?? `${registry.address}/acme/bp-shop`;
      const artifact = artifactOf(version, changes);
      const target = client.target(repository);
      for (const { descriptor, bytes } of artifactBlobs(artifact)) await target.push(descriptor, bytes);
      const subject = subjectOf(artifact);
      await target.push(subject, artifact.manifest.bytes);
      const signer = 'signer' in changes ? changes.signer : trusted;
      if (signer !== undefined)
        await signArtifact(target, subject, {
          reference: repository,
          signers: [signer],
          rekorUrl: sigstore.url,
        });
      await target.tag(subject, version, { move: true });
      const { digest } = artifact.layers.bundle.descriptor;
      return { name: 'shop', version, repository, digest: parseDigest(digest), subject };
    },
    async close(): Promise<void> {
      client.close();
      await registry.close();
      await sigstore.close();
      rmSync(directory, { recursive: true });
    },
  });
}

function artifactOf(version: string, changes: PublishChanges) {
  const facts = { name: 'shop', version, hostApi: '^1', catalogue: [], ...changes.facts };
  const padding = Buffer.alloc(changes.padding ?? 0);
  for (let i = 0, x = 1; i < padding.length; i++) {
    x = (x * 48271) % 2147483647;
    padding[i] = x;
  }
  const bundle = bundleLayer([
    { path: 'blueprint.mjs', content: changes.source ?? code(version, changes.note ?? version) },
    { path: 'bundle.json', content: JSON.stringify(facts) },
    ...(padding.length === 0 ? [] : [{ path: 'padding', content: padding }]),
  ]);
  return assembleArtifact(
    { title: 'Shop', version, description: 'Sells things' },
    {
      manifests: manifestsLayer([{ path: 'README.md', content: version }]),
      package: packageLayer('{}'),
      bundle,
    },
  );
}

/** A clock that stands still until it is moved. */
export function manualClock(): Clock & { advance(ms: number): void } {
  let now = 1_000_000;
  return {
    now: () => now,
    sleep: () => Promise.resolve(),
    advance: (ms) => {
      now += ms;
    },
  };
}

export function stepOf({ name, version, repository, digest }: BundleRef): StepInput {
  return { kind: 'blueprint', name, version, bundle: { repository, digest } };
}

/** Composes an XR through a router: the note of the ConfigMap, or the FATAL message. */
export async function compose(router: Router, step: StepInput): Promise<string> {
  const { kind, name, ...rest } = step;
  const bytes = encodeRequest({
    input: { apiVersion: 'fn.compose.openova.io/v1alpha1', kind: 'Compose', [kind]: name, ...rest } as never,
    observed: {
      composite: {
        object: {
          apiVersion: 'compose.openova.io/v1alpha1',
          kind: 'Shop',
          metadata: { name: 'a', namespace: 'b', uid: 'u' },
          spec: {},
        },
      },
      resources: new Map(),
    },
  });
  const { results, desired } = decodeResponse(await createRunner({ router }).run(bytes));
  const fatal = results.find((r) => r.severity === 'fatal');
  if (fatal !== undefined) return fatal.message;
  const data = desired.resources.get('note')?.object.data as { note?: string } | undefined;
  return data?.note ?? 'nothing';
}
