import { defineBlueprint, HelmRelease, helmChart, output } from '@openova/blueprints';
import { NetworkPolicy, PodDisruptionBudget } from '@openova/blueprints/kinds/core';
import { PodMonitor } from '@openova/blueprints/kinds/prometheus';
import { config } from './config.ts';

const OPERATOR_LABELS = { 'app.kubernetes.io/name': 'cloudnative-pg' };

/**
 * CloudNativePG: the operator behind every PostgreSQL cluster of the platform. One per cluster, because the chart
 * fixes the name of its webhook's Service for the certificate.
 */
export default defineBlueprint({
  name: 'cnpg',
  version: '1.0.0',
  scope: 'Cluster',
  card: {
    title: 'CloudNativePG',
    summary: 'PostgreSQL operator; every database-backed Blueprint asks it for a Cluster.',
    category: 'data',
    family: 'FABRIC',
    icon: 'icon.svg',
    tags: ['postgresql', 'operator'],
    license: 'Apache-2.0',
    documentation: 'https://cloudnative-pg.io',
  },
  owner: { team: 'OpenOva Data', contact: 'data@openova.io' },
  config,
  depends: {
    flux: { version: '^1.0' },
  },
  namespace: 'cnpg-system',
  placement: { modes: ['single-region', 'active-active'], default: 'single-region' },
  sizes: {
    small: {},
    medium: { replicas: 2 },
    large: { replicas: 3, resources: { cpu: '500m', memory: '512Mi' } },
  },
  upstream: helmChart({
    repository: 'https://cloudnative-pg.github.io/charts',
    chart: 'cloudnative-pg',
    version: '0.29.0',
    appVersion: '1.30.0',
  }),
  upgrades: { from: ['^1.0'] },
  observability: { metrics: 'prometheus', logs: 'stdout' },
  outputs: {
    namespace: output.string('Namespace of the operator.'),
    apiVersion: output.string('API version of the Cluster kind that it serves.'),
  },

  compose({ scope, config, upstream, application }) {
    const { image, monitoring, resources } = config;
    const operator = new HelmRelease(scope, 'operator', {
      chart: upstream,
      values: {
        fullnameOverride: 'cnpg',
        replicaCount: config.replicas,
        crds: { create: true },
        config: { clusterWide: config.clusterWide },
        ...(image?.repository && { image: { repository: image.repository } }),
        ...(image?.pullSecrets && { imagePullSecrets: image.pullSecrets.map((name) => ({ name })) }),
        resources: { requests: resources, limits: { memory: resources.memory } },
        // The chart's own PodMonitor stays off: ours below appears only after its CRD's owner asked for it.
        monitoring: { podMonitorEnabled: false, grafanaDashboard: { create: monitoring.grafanaDashboard } },
      },
    });

    new NetworkPolicy(scope, 'webhook-and-metrics-only', {
      spec: {
        podSelector: { matchLabels: OPERATOR_LABELS },
        policyTypes: ['Ingress'],
        ingress: [
          {
            ports: [
              { port: 9443, protocol: 'TCP' },
              { port: 8080, protocol: 'TCP' },
            ],
          },
        ],
      },
    });

    if (config.replicas > 1) {
      new PodDisruptionBudget(scope, 'one-at-a-time', {
        spec: { maxUnavailable: 1, selector: { matchLabels: OPERATOR_LABELS } },
      });
    }
    if (monitoring.podMonitorEnabled) {
      new PodMonitor(scope, 'metrics', {
        spec: { selector: { matchLabels: OPERATOR_LABELS }, podMetricsEndpoints: [{ port: 'metrics' }] },
      }).after(operator);
    }

    return { outputs: { namespace: application.namespace, apiVersion: 'postgresql.cnpg.io/v1' } };
  },
});
