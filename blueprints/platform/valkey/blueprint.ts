import { apiOf, defineBlueprint, HelmRelease, helmChart, output, StoredSecret } from '@openova/blueprints';
import { NetworkPolicy } from '@openova/blueprints/kinds/core';
import { PodMonitor } from '@openova/blueprints/kinds/prometheus';
import type externalSecrets from '../external-secrets/blueprint.ts';
import { config } from './config.ts';

const PORT = 6379;
const EXPORTER_PORT = 9121;

/** Valkey: a cache and queue store for one Application. */
export default defineBlueprint({
  name: 'valkey',
  version: '1.0.0',
  scope: 'Namespaced',
  card: {
    title: 'Valkey',
    summary: 'Redis-compatible cache and queue store.',
    category: 'data',
    family: 'FABRIC',
    icon: 'icon.svg',
    tags: ['cache', 'queue', 'redis'],
    license: 'BSD-3-Clause',
    documentation: 'https://valkey.io',
  },
  owner: { team: 'OpenOva Data', contact: 'data@openova.io' },
  config,
  depends: {
    externalSecrets: {
      version: '^1.0',
      api: apiOf<typeof externalSecrets>(),
      when: (config) => config.auth.enabled.is(true),
    },
  },
  placement: { modes: ['single-region', 'active-hotstandby'], default: 'single-region' },
  sizes: {
    small: {},
    medium: { architecture: 'replication', replicas: 2, storage: '4Gi', memory: '1Gi' },
    large: { architecture: 'replication', replicas: 4, storage: '16Gi', memory: '4Gi' },
  },
  // 1.0 renames most values: the pin is exact on purpose.
  upstream: helmChart({
    repository: 'https://valkey.io/valkey-helm',
    chart: 'valkey',
    version: '0.11.0',
    appVersion: '9.1.1',
  }),
  upgrades: { from: ['^1.0'] },
  rotation: [{ kind: 'database-credentials', name: 'default', ttl: '30d' }],
  observability: { metrics: 'prometheus', logs: 'stdout' },
  outputs: {
    host: output.string('Service for writes, inside the namespace.'),
    readHost: output.string('Service for reads; the same as host without replication.'),
    port: output.integer('TCP port of both.'),
    password: output.secret('Password of the user default.'),
  },
  status: {
    role: output.string('primary or standby, by the order of the placement regions.'),
  },

  compose({ scope, application, config, placement, upstream, cluster }) {
    const { name, namespace } = application;
    const standby = placement.mode === 'active-hotstandby' && placement.regions.indexOf(cluster.region) > 0;
    const replicated = config.architecture === 'replication';

    const users = config.auth.enabled
      ? new StoredSecret(scope, 'users', {
          path: config.auth.secretPath ?? `valkey/${namespace}/${name}`,
          keys: { default: true, replication: true },
        })
      : undefined;

    // A standby holds the credentials and the policy, so that a promotion only has to start the release.
    if (!standby) {
      const release = new HelmRelease(scope, 'server', {
        chart: upstream,
        values: {
          fullnameOverride: name,
          // A rotated password is read at start only: Reloader restarts the pods when the Secret changes.
          workloadAnnotations: { 'reloader.stakater.com/auto': 'true' },
          // One writer on one volume: two pods must never overlap.
          deploymentStrategy: 'Recreate',
          auth: users
            ? {
                enabled: true,
                usersExistingSecret: users.secretName,
                aclUsers: {
                  default: { permissions: '~* &* +@all' },
                  replication: { permissions: '+psync +replconf +ping' },
                },
              }
            : { enabled: false },
          ...(replicated
            ? {
                replica: {
                  enabled: true,
                  replicas: config.replicas,
                  replicationUser: users ? 'replication' : 'default',
                  persistence: {
                    size: config.storage,
                    ...(cluster.storageClass && { storageClass: cluster.storageClass }),
                  },
                },
                podDisruptionBudget: { enabled: true, maxUnavailable: 1 },
              }
            : {
                dataStorage: {
                  enabled: true,
                  requestedSize: config.storage,
                  // As the volumes of a StatefulSet: neither removal nor demotion to standby takes the data along.
                  keepPvc: true,
                  ...(cluster.storageClass && { className: cluster.storageClass }),
                },
              }),
          readinessProbe: { enabled: true },
          resources: { requests: { cpu: '100m', memory: config.memory }, limits: { memory: config.memory } },
          podSecurityContext: {
            fsGroup: 1000,
            runAsUser: 1000,
            runAsGroup: 1000,
            fsGroupChangePolicy: 'OnRootMismatch',
            seccompProfile: { type: 'RuntimeDefault' },
          },
          metrics: {
            enabled: config.monitoring.podMonitorEnabled,
            exporter: {
              resources: { requests: { cpu: '10m', memory: '32Mi' }, limits: { memory: '64Mi' } },
              securityContext: {
                runAsNonRoot: true,
                runAsUser: 1000,
                allowPrivilegeEscalation: false,
                readOnlyRootFilesystem: true,
                capabilities: { drop: ['ALL'] },
              },
            },
            serviceMonitor: { enabled: false },
            podMonitor: { enabled: false },
            prometheusRule: { enabled: false },
          },
        },
      });
      if (users) release.after(users);
      if (config.monitoring.podMonitorEnabled) {
        new PodMonitor(scope, 'metrics', {
          spec: {
            selector: { matchLabels: { 'app.kubernetes.io/instance': name } },
            podMetricsEndpoints: [{ port: 'metrics' }],
          },
        }).after(release);
      }
    }

    const clients = config.restrictedTo?.map((app) => ({
      podSelector: { matchLabels: { 'app.kubernetes.io/instance': app } },
    }));
    new NetworkPolicy(scope, 'clients', {
      spec: {
        podSelector: {
          matchLabels: { 'app.kubernetes.io/instance': name, 'app.kubernetes.io/name': 'valkey' },
        },
        policyTypes: ['Ingress'],
        ingress: [
          { from: clients ?? [{ podSelector: {} }], ports: [{ port: PORT, protocol: 'TCP' }] },
          // Replicas follow their primary.
          {
            from: [{ podSelector: { matchLabels: { 'app.kubernetes.io/instance': name } } }],
            ports: [{ port: PORT, protocol: 'TCP' }],
          },
          ...(config.monitoring.podMonitorEnabled
            ? [{ ports: [{ port: EXPORTER_PORT, protocol: 'TCP' as const }] }]
            : []),
        ],
      },
    });

    return {
      outputs: {
        host: name,
        readHost: replicated ? `${name}-read` : name,
        port: PORT,
        ...(users && { password: users.ref('default') }),
      },
      status: { role: standby ? 'standby' : 'primary' },
    };
  },
});
