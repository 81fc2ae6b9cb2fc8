import { join } from 'node:path';
import { composeFunction } from '../../../lib/blueprint/compose.ts';
import type { Blueprint } from '../../../lib/blueprint/define.ts';
import {
  createHost,
  createJsonLogger,
  createRouter,
  type Handler,
  type Host,
} from '../../../lib/function/index.ts';
import { hostFunctionName, parseCoordinates } from '../../../lib/generate/coordinates.ts';
import { assemblyOf } from '../../../lib/generate/files.ts';
import { composedKinds } from '../../../lib/generate/rbac.ts';
import { COMPOSE_API_VERSION } from '../../../lib/model/names.ts';
import { RemoteClient } from '../../../lib/oci/index.ts';
import { type PublishResult, publishBlueprints } from '../../../lib/pipeline/index.ts';
import { loadProject, type Project, type ProjectBlueprint } from '../../../lib/project/index.ts';
import { blueprintRouter } from '../../../lib/serve/index.ts';
import {
  createKeySigner,
  generateKeyPair,
  parseTrustedRoot,
  type Signer,
} from '../../../lib/signing/index.ts';
import { type Sigstore, startSigstore } from '../../../lib/sigstore/index.ts';
import { untilEstablished } from '../../../lib/testing/cluster/established.ts';
import {
  type AttachedFunction,
  type Cluster,
  type ClusterOptions,
  definitionOfKind,
  describeStatus,
  hasCondition,
  refOf,
  startCluster,
  waitFor,
} from '../../../lib/testing/cluster/index.ts';
import { type RealRegistry, startDockerRegistry } from '../../interop/real-parts.ts';
import { clusterBinaries } from './binaries.ts';
import { pushHostPackage } from './host-package.ts';

const ROOT: string = join(import.meta.dirname, '..', '..', '..');
const PACKAGES = 'pkg.crossplane.io/v1';
// What we advise for platforms. Our stand-ins for operators answer at once, and ten objects that become ready within
// two seconds already cost the 100 tokens of the default: the XR would lose every change of the next five minutes.
export const ADVISED_BREAKER = '--circuit-breaker-burst=500';

/** A registry with every Blueprint of this repository in it, signed, under coordinates that name that registry. */
export interface Published {
  readonly registry: RealRegistry;
  readonly client: RemoteClient;
  readonly sigstore: Sigstore;
  readonly signer: Signer;
  /** PEM of the key that signed. */
  readonly publicKey: string;
  readonly project: Project;
  readonly results: readonly PublishResult[];
  /** Another version, another source, or Blueprints of another project, beside what is there. */
  publish(blueprints: readonly ProjectBlueprint[], from?: Project): Promise<readonly PublishResult[]>;
  close(): Promise<void>;
}

/** Publishes with our own pipeline to Debian's docker-registry. */
export async function publishAll(): Promise<Published> {
  const registry = await startDockerRegistry();
  const client = new RemoteClient();
  const sigstore = await startSigstore();
  const pair = await generateKeyPair({ password: 'e2e' });
  const signer = await createKeySigner({ key: pair.privateKey, password: 'e2e' });
  const coordinates = parseCoordinates(`${registry.host}/openova`);
  const project: Project = { ...(await loadProject(ROOT)), coordinates };
  const publish: Published['publish'] = async (blueprints, from = project) => {
    const results = await publishBlueprints({ ...from, coordinates }, blueprints, {
      registry: coordinates.prefix,
      target: (repository) => client.target(repository),
      signing: {
        signers: [signer],
        rekorUrl: sigstore.url,
        trustedRoot: parseTrustedRoot(sigstore.trustedRoot),
      },
      git: { describe: async () => undefined },
      concurrency: 2,
    });
    const failed = results.filter((r) => r.status === 'failed');
    if (failed.length > 0)
      throw new Error(failed.map((r) => `Cannot publish ${r.name}: ${r.error}`).join('\n'));
    return results;
  };
  const results = await publish([...project.blueprints.values()]);
  await pushHostPackage((repository) => client.target(repository), coordinates);
  return {
    publish,
    registry,
    client,
    sigstore,
    signer,
    publicKey: pair.publicKey,
    project,
    results,
    async close() {
      client.close();
      await sigstore.close();
      await registry.close();
    },
  };
}

/** Our function host beside a cluster, with what it said. */
export interface RunningHost {
  readonly host: Host;
  readonly attached: AttachedFunction;
  readonly log: readonly string[];
  stop(): Promise<void>;
}

/** Serves Blueprints over mutual TLS with the cluster's own certificates, and tells core where. */
export async function serveBlueprints(
  cluster: Cluster,
  project: Project,
  more: readonly Blueprint[] = [],
  functions: readonly Handler[] = [],
): Promise<RunningHost> {
  const log: string[] = [];
  const { catalogue } = project;
  const carried = blueprintRouter(
    [...project.blueprints.values()].map((b) => b.blueprint),
    { catalogue },
  );
  const handlers = [
    ...more.map((b) => ({ name: b.name, version: b.version, compose: composeFunction(b, { catalogue }) })),
    ...functions,
  ];
  const others = createRouter(handlers);
  const host = await createHost({
    handlers: {
      resolve: (input) =>
        handlers.some((h) => h.name === input.name && h.version === input.version)
          ? others.resolve(input)
          : carried.resolve(input),
    },
    address: '127.0.0.1:0',
    tls: cluster.crossplane.issue(['localhost']),
    logger: createJsonLogger({ write: (line) => log.push(line) }),
  });
  const attached = cluster.attach(hostFunctionName(project.coordinates), `dns:///localhost:${host.port}`);
  return {
    host,
    attached,
    log,
    async stop() {
      await attached.stop();
      await host.stop(1000);
    },
  };
}

/** CRDs of everything that Blueprints compose and that the apiserver does not bring along. */
export async function defineComposedKinds(cluster: Cluster, project: Project): Promise<readonly string[]> {
  const assembly = assemblyOf(project);
  const kinds = new Map<string, { apiVersion: string; kind: string }>();
  for (const one of project.blueprints.values()) {
    for (const kind of await composedKinds(one.blueprint, one.examples.values(), assembly))
      kinds.set(`${kind.apiVersion} ${kind.kind}`, kind);
  }
  const groups = JSON.parse(await cluster.raw('GET', '/apis')) as { groups: { name: string }[] };
  const served = new Set(groups.groups.map((g) => g.name));
  const defined: string[] = [];
  for (const { apiVersion, kind } of kinds.values()) {
    const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
    if (group === '' || served.has(group) || apiVersion === COMPOSE_API_VERSION) continue;
    await cluster.apply(definitionOfKind(apiVersion, kind));
    defined.push(`${apiVersion} ${kind}`);
  }
  await untilEstablished(cluster);
  return defined;
}

/** Applies a Configuration as a person would. */
export async function install(cluster: Cluster, name: string, pkg: string): Promise<void> {
  await cluster.apply({
    apiVersion: PACKAGES,
    kind: 'Configuration',
    metadata: { name },
    spec: { package: pkg },
  });
}

/** The name under which Crossplane installs a Blueprint that something depends on, and we install them all. */
export function packageName(one: ProjectBlueprint): string {
  return `openova-${one.blueprint.artifact}`;
}

/** Installs every published Blueprint and waits until all packages, XRDs and Compositions are usable. */
export async function installAll(cluster: Cluster, published: Published): Promise<void> {
  const { project } = published;
  for (const result of published.results) {
    const one = project.blueprints.get(result.name);
    if (one !== undefined) await install(cluster, packageName(one), `${result.repository}:${result.tag}`);
  }
  await waitInstalled(
    cluster,
    published.results.map((r) => r.name),
    project,
  );
}

export async function waitInstalled(
  cluster: Cluster,
  names: readonly string[],
  project: Project,
): Promise<void> {
  for (const name of names) {
    const one = project.blueprints.get(name);
    if (one === undefined) continue;
    await waitFor(
      `${name} to be installed`,
      async () => {
        const state = await isInstalled(cluster, one);
        return state === undefined ? { value: true } : { state };
      },
      { timeoutMs: 120_000 },
    );
  }
}

/** What is missing until XRs of a Blueprint can be composed; undefined: nothing. */
export async function isInstalled(cluster: Cluster, one: ProjectBlueprint): Promise<string | undefined> {
  const name = `${one.blueprint.plural}.compose.openova.io`;
  const configuration = await cluster.get({
    apiVersion: PACKAGES,
    kind: 'Configuration',
    name: packageName(one),
  });
  if (configuration === undefined) return `there is no Configuration "${packageName(one)}"`;
  if (!hasCondition(configuration, 'Healthy') || !hasCondition(configuration, 'Installed'))
    return `its Configuration says ${describeStatus(configuration)}`;
  const definition = await cluster.get({
    apiVersion: 'apiextensions.crossplane.io/v2',
    kind: 'CompositeResourceDefinition',
    name,
  });
  if (definition === undefined) return 'there is no XRD yet';
  if (!hasCondition(definition, 'Established')) return `its XRD says ${describeStatus(definition)}`;
  const labels = { 'crossplane.io/composition-name': name };
  const revisions = await cluster.list('apiextensions.crossplane.io/v1', 'CompositionRevision', { labels });
  if (revisions.some((r) => hasCondition(r, 'ValidPipeline'))) return undefined;
  const states = revisions.map((r) => `${refOf(r).name}: ${describeStatus(r)}`);
  return `no CompositionRevision is valid: ${states.join('; ')}`;
}

/** A cluster with all that Blueprints need, installed from a real registry and served by our host. */
export interface Platform {
  readonly cluster: Cluster;
  readonly published: Published;
  readonly project: Project;
  readonly host: RunningHost;
  /** Says what the parts said last, for a failure. */
  report(): string;
  stop(): Promise<void>;
}

export interface PlatformOptions extends Partial<ClusterOptions> {
  /** Functions that the host serves beside the Blueprints. */
  readonly functions?: readonly Handler[];
}

export async function startPlatform(options: PlatformOptions = {}): Promise<Platform> {
  const published = await publishAll();
  const { project } = published;
  let cluster: Cluster | undefined;
  let host: RunningHost | undefined;
  const stop = async (): Promise<void> => {
    await host?.stop();
    await cluster?.stop();
    await published.close();
  };
  const report = (): string =>
    [
      `crossplane:\n${cluster?.logs('crossplane', 30) ?? ''}`,
      `host:\n${host?.log.slice(-30).join('\n') ?? ''}`,
    ].join('\n');
  try {
    const { crossplaneFlags = [], functions = [], ...rest } = options;
    cluster = await startCluster({
      binaries: clusterBinaries(),
      crossplaneFlags: [ADVISED_BREAKER, ...crossplaneFlags],
      ...rest,
    });
    await defineComposedKinds(cluster, project);
    host = await serveBlueprints(cluster, project, [], functions);
    await installAll(cluster, published);
    return { cluster, published, project, host, report, stop };
  } catch (error) {
    process.stderr.write(`${report()}\n`);
    await stop();
    throw error;
  }
}
