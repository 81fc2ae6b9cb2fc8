import { helmChart } from '../../../lib/blueprint/index.ts';
import type { JsonObject } from '../../../lib/internal/json.ts';
import { formatYaml } from '../../../lib/internal/yaml.ts';
import type { ProjectBlueprint } from '../../../lib/project/index.ts';
import {
  type Cluster,
  definitionOfKind,
  FLUX_NAMESPACE,
  type Flux,
  type ObjectRef,
  startCluster,
  startFlux,
} from '../../../lib/testing/cluster/index.ts';
import { clusterBinaries, fluxBinaries } from './binaries.ts';
import {
  ADVISED_BREAKER,
  type Published,
  publishAll,
  type RunningHost,
  serveBlueprints,
} from './platform.ts';
import { pushChart } from './push-files.ts';

export const SOURCES = 'source.toolkit.fluxcd.io/v1';
export const RELEASE_KEY = 'release-key';
export const TRUSTED_ROOT = 'trusted-root';
// Blueprints of the catalogue name the repositories of their upstream projects, which no test may call.
const CHART = { name: 'cloudnative-pg', version: '0.29.0' } as const;

/** Core, Flux and our host on one apiserver, with every Blueprint published and two builds of cnpg beside them. */
export interface FluxPlatform {
  readonly cluster: Cluster;
  readonly flux: Flux;
  readonly published: Published;
  readonly host: RunningHost;
  /** cnpg 1.1.0, whose chart stands below `charts` in the test's registry. */
  readonly mirrored: ProjectBlueprint;
  /** cnpg 1.2.0, whose chart stands below `late`. */
  readonly late: ProjectBlueprint;
  /** Pushes that chart; until then its HelmRelease has nothing to install. */
  pushChartTo(path: 'charts' | 'late'): Promise<void>;
  /** What `flux reconcile` does: no waiting for the interval. */
  poke(ref: ObjectRef): Promise<void>;
  report(): string;
  stop(): Promise<void>;
}

export async function startFluxPlatform(): Promise<FluxPlatform> {
  const published = await publishAll();
  const { registry, project, client } = published;
  const variant = (version: string, path: string): ProjectBlueprint => {
    const cnpg = project.blueprints.get('cnpg');
    if (cnpg === undefined) throw new Error('there is no cnpg');
    const upstream = helmChart({
      repository: `oci://${registry.host}/${path}`,
      chart: CHART.name,
      version: CHART.version,
    });
    return { ...cnpg, blueprint: { ...cnpg.blueprint, version, upstream } };
  };
  const [mirrored, late] = [variant('1.1.0', 'charts'), variant('1.2.0', 'late')];
  let cluster: Cluster | undefined;
  let flux: Flux | undefined;
  let host: RunningHost | undefined;
  const stop = async (): Promise<void> => {
    await flux?.stop();
    await host?.stop();
    await cluster?.stop();
    await published.close();
  };
  const report = (): string =>
    [
      ...(['source-controller', 'kustomize-controller', 'helm-controller'] as const).map(
        (name) => `${name}:\n${flux?.logs(name, 15) ?? ''}`,
      ),
      `crossplane:\n${cluster?.logs('crossplane', 15) ?? ''}`,
      `host:\n${host?.log.slice(-15).join('\n') ?? ''}`,
    ].join('\n');
  try {
    await published.publish([mirrored]);
    await published.publish([late]);
    cluster = await startCluster({ binaries: clusterBinaries(), crossplaneFlags: [ADVISED_BREAKER] });
    flux = await startFlux(cluster, {
      binaries: fluxBinaries(),
      flags: { 'kustomize-controller': ['--requeue-dependency=2s'] },
    });
    host = await serveBlueprints(cluster, project, [mirrored.blueprint, late.blueprint]);
    await writeTrust(cluster, published);
    const { apply } = cluster;
    return {
      cluster,
      flux,
      published,
      host,
      mirrored,
      late,
      async pushChartTo(path) {
        const files = chartFiles();
        await pushChart(client.target(`${registry.host}/${path}/${CHART.name}`), { ...CHART, files });
      },
      async poke({ apiVersion, kind, name, namespace = FLUX_NAMESPACE }) {
        const annotations = { 'reconcile.fluxcd.io/requestedAt': new Date().toISOString() };
        await apply(
          { apiVersion, kind, metadata: { name, namespace, annotations } },
          { manager: 'flux-reconcile' },
        );
      },
      report,
      stop,
    };
  } catch (error) {
    process.stderr.write(`${report()}\n`);
    await stop();
    throw error;
  }
}

async function writeTrust(cluster: Cluster, { publicKey, sigstore }: Published): Promise<void> {
  const secret = (name: string, stringData: JsonObject): Promise<JsonObject> =>
    cluster.apply({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name, namespace: FLUX_NAMESPACE },
      stringData,
    });
  await secret(RELEASE_KEY, { 'cosign.pub': publicKey });
  await secret(TRUSTED_ROOT, { 'trusted_root.json': JSON.stringify(sigstore.trustedRoot) });
}

/** In place of the operator: what it was given, and the kind that only it brings along. */
function chartFiles(): readonly { readonly path: string; readonly content: string }[] {
  const settings = [
    'apiVersion: v1',
    'kind: ConfigMap',
    'metadata:',
    '  name: {{ .Release.Name }}-settings',
    'data:',
    '  replicas: {{ .Values.replicaCount | quote }}',
    '  memory: {{ .Values.resources.limits.memory | quote }}',
    '',
  ];
  return [
    { path: 'templates/settings.yaml', content: settings.join('\n') },
    {
      path: 'crds/podmonitors.yaml',
      content: formatYaml(definitionOfKind('monitoring.coreos.com/v1', 'PodMonitor')),
    },
  ];
}
