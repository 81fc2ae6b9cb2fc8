import { defineBlueprint, HelmRelease, helmChart, output } from '@openova/blueprints';
import { ClusterIssuer } from '@openova/blueprints/kinds/cert-manager';
import { ServiceMonitor } from '@openova/blueprints/kinds/prometheus';
import { config } from './config.ts';

const DNS01_ISSUER = 'letsencrypt-dns01-prod';
const HTTP01_ISSUER = 'letsencrypt-http01-prod';

/** cert-manager and, once its CRDs are there, the platform's issuers. */
export default defineBlueprint({
  name: 'cert-manager',
  version: '1.0.0',
  scope: 'Cluster',
  card: {
    title: 'cert-manager',
    summary: 'Issues and renews TLS certificates from ACME or a corporate CA.',
    category: 'certificates',
    family: 'GUARDIAN',
    icon: 'icon.svg',
    tags: ['tls', 'acme', 'issuers'],
    license: 'Apache-2.0',
    documentation: 'https://cert-manager.io',
  },
  owner: { team: 'OpenOva Security', contact: 'security@openova.io' },
  config,
  depends: {
    cilium: { version: '^1.0' },
  },
  placement: { modes: ['active-active', 'single-region'], default: 'active-active' },
  sizes: {
    small: {},
    medium: { replicas: 2 },
    large: { replicas: 3 },
  },
  upstream: helmChart({
    repository: 'https://charts.jetstack.io',
    chart: 'cert-manager',
    version: 'v1.21.2',
  }),
  upgrades: { from: ['^1.0'] },
  observability: { metrics: 'prometheus', logs: 'stdout' },
  outputs: {
    issuerName: output.string('Issuer to name in a Certificate.'),
    issuerKind: output.string('Its kind.'),
  },

  compose({ scope, application, config, upstream, cluster }) {
    const { monitoring, replicas } = config;
    const budget = { podDisruptionBudget: { enabled: replicas > 1 } };
    const manager = new HelmRelease(scope, 'manager', {
      chart: upstream,
      values: {
        fullnameOverride: 'cert-manager',
        replicaCount: replicas,
        ...budget,
        webhook: { replicaCount: replicas, ...budget },
        cainjector: { replicaCount: replicas, ...budget },
        // Its leases live beside it, so that kube-system stays closed.
        global: { leaderElection: { namespace: application.namespace } },
        crds: { enabled: true, keep: config.keepCrds },
        config: { gatewayAPI: { enabled: true } },
        // Flux waits for the Deployments itself; the hook Job would only add a second opinion.
        startupapicheck: { enabled: false },
        prometheus: {
          enabled: monitoring.serviceMonitorEnabled,
          servicemonitor: { enabled: false },
          podmonitor: { enabled: false },
        },
      },
    });

    // The issuers' kind comes with the release, so they are a second step.
    const acme = (name: string) => ({
      email: config.email,
      server: config.acmeServer,
      privateKeySecretRef: { name: `${name}-account` },
    });
    if (config.dns01.enabled) {
      new ClusterIssuer(scope, 'dns01', {
        metadata: { name: DNS01_ISSUER },
        spec: {
          acme: {
            ...acme(DNS01_ISSUER),
            solvers: [
              {
                dns01: {
                  rfc2136: {
                    nameserver: config.dns01.nameserver,
                    tsigKeyName: config.dns01.tsigKeyName,
                    tsigAlgorithm: 'HMACSHA256',
                    // External Secrets is installed after cert-manager, so the Secret is named, not made here.
                    tsigSecretSecretRef: { name: config.dns01.tsigSecretName, key: 'secret' },
                  },
                },
              },
            ],
          },
        },
      }).after(manager);
    }
    if (config.http01.enabled) {
      new ClusterIssuer(scope, 'http01', {
        metadata: { name: HTTP01_ISSUER },
        spec: {
          acme: {
            ...acme(HTTP01_ISSUER),
            solvers: [
              {
                http01: {
                  gatewayHTTPRoute: {
                    serviceType: 'ClusterIP',
                    parentRefs: [
                      { kind: 'Gateway', name: cluster.gateway.name, namespace: cluster.gateway.namespace },
                    ],
                  },
                },
              },
            ],
          },
        },
      }).after(manager);
    }
    if (monitoring.serviceMonitorEnabled) {
      new ServiceMonitor(scope, 'metrics', {
        spec: {
          selector: {
            matchLabels: { 'app.kubernetes.io/instance': application.name },
            matchExpressions: [
              {
                key: 'app.kubernetes.io/component',
                operator: 'In',
                values: ['controller', 'webhook', 'cainjector'],
              },
            ],
          },
          endpoints: [{ targetPort: 'http-metrics' }],
        },
      }).after(manager);
    }

    const issuerName = config.dns01.enabled
      ? DNS01_ISSUER
      : config.http01.enabled
        ? HTTP01_ISSUER
        : undefined;
    return issuerName === undefined ? {} : { outputs: { issuerName, issuerKind: 'ClusterIssuer' } };
  },
});
