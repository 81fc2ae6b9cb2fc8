import { apiOf, defineBlueprint, HelmRelease, helmChart, output } from '@openova/blueprints';
import { ClusterSecretStore } from '@openova/blueprints/kinds/external-secrets';
import { ServiceMonitor } from '@openova/blueprints/kinds/prometheus';
import type certManager from '../cert-manager/blueprint.ts';
import { config } from './config.ts';

/** External Secrets: turns OpenBao paths into Kubernetes Secrets, so that none stands in Git. */
export default defineBlueprint({
  name: 'external-secrets',
  version: '1.0.0',
  scope: 'Cluster',
  kind: 'ExternalSecrets',
  plural: 'externalsecretsoperators',
  card: {
    title: 'External Secrets Operator',
    summary: 'Day-2 secret pipeline: turns OpenBao paths into Kubernetes Secrets.',
    category: 'secrets',
    family: 'GUARDIAN',
    icon: 'icon.svg',
    tags: ['secrets', 'openbao'],
    license: 'Apache-2.0',
    documentation: 'https://external-secrets.io',
  },
  owner: { team: 'OpenOva Security', contact: 'security@openova.io' },
  config,
  depends: {
    openbao: { version: '^1.0' },
    certManager: { version: '^1.0', api: apiOf<typeof certManager>() },
  },
  namespace: 'external-secrets-system',
  placement: { modes: ['single-region', 'active-active'], default: 'single-region' },
  sizes: {
    small: {},
    medium: { replicas: 2 },
    large: { replicas: 3 },
  },
  upstream: helmChart({
    repository: 'https://charts.external-secrets.io',
    chart: 'external-secrets',
    version: '2.9.0',
  }),
  upgrades: { from: ['^1.0'] },
  observability: { metrics: 'prometheus', logs: 'stdout' },
  outputs: {
    storeName: output.string('Store to name in an ExternalSecret.'),
    storeKind: output.string('Its kind.'),
  },

  compose({ scope, config, upstream, application }) {
    const { monitoring, replicas, store } = config;
    const metrics = { service: { enabled: monitoring.serviceMonitorEnabled } };
    const budget = { podDisruptionBudget: { enabled: replicas > 1 } };
    const operator = new HelmRelease(scope, 'operator', {
      chart: upstream,
      values: {
        fullnameOverride: 'external-secrets',
        replicaCount: replicas,
        leaderElect: replicas > 1,
        installCRDs: true,
        // A removed operator must not take every Secret of the platform with it.
        crds: { annotations: { 'helm.sh/resource-policy': 'keep' } },
        ...budget,
        webhook: { replicaCount: replicas, ...budget, metrics },
        certController: { replicaCount: replicas, ...budget, metrics },
        metrics,
        serviceMonitor: { enabled: false },
        grafanaDashboard: { enabled: monitoring.grafanaDashboard },
      },
    });

    if (store.enabled) {
      new ClusterSecretStore(scope, 'store', {
        metadata: { name: store.name },
        spec: {
          provider: {
            vault: {
              server: store.server,
              path: store.path,
              version: store.version,
              ...(store.ca && {
                caProvider: { type: 'Secret', ...store.ca, namespace: application.namespace },
              }),
              auth: {
                kubernetes: {
                  mountPath: 'kubernetes',
                  role: store.role,
                  serviceAccountRef: { name: 'external-secrets', namespace: application.namespace },
                },
              },
            },
          },
        },
      }).after(operator);
    }
    if (monitoring.serviceMonitorEnabled) {
      new ServiceMonitor(scope, 'metrics', {
        spec: {
          selector: { matchLabels: { 'app.kubernetes.io/instance': application.name } },
          endpoints: [{ port: 'metrics' }],
        },
      }).after(operator);
    }

    return store.enabled ? { outputs: { storeName: store.name, storeKind: 'ClusterSecretStore' } } : {};
  },
});
