import { apiOf, defineBlueprint, HelmRelease, helmChart, output, StoredSecret } from '@openova/blueprints';
import { Cluster } from '@openova/blueprints/kinds/cnpg';
import { PodDisruptionBudget } from '@openova/blueprints/kinds/core';
import { HTTPRoute } from '@openova/blueprints/kinds/gateway-api';
import { ServiceMonitor } from '@openova/blueprints/kinds/prometheus';
import type certManager from '../cert-manager/blueprint.ts';
import type cnpg from '../cnpg/blueprint.ts';
import type externalSecrets from '../external-secrets/blueprint.ts';
import { config } from './config.ts';
import { databaseEnv, environment } from './environment.ts';

const POSTGRES_IMAGE = 'ghcr.io/cloudnative-pg/postgresql:17.5';

/** Keycloak: who a person is, for one Organization or for the whole Sovereign. */
export default defineBlueprint({
  name: 'keycloak',
  version: '1.0.0',
  scope: 'Namespaced',
  card: {
    title: 'Keycloak',
    summary: 'User identity provider (OIDC and SAML), with its database, route and rotated credentials.',
    category: 'identity',
    family: 'GUARDIAN',
    icon: 'icon.svg',
    tags: ['oidc', 'saml', 'sso'],
    license: 'Apache-2.0',
    documentation: 'https://www.keycloak.org',
  },
  owner: { team: 'OpenOva Identity', contact: 'identity@openova.io' },
  config,
  depends: {
    certManager: { version: '^1.0', api: apiOf<typeof certManager>() },
    externalSecrets: { version: '^1.0', api: apiOf<typeof externalSecrets>() },
    cnpg: {
      version: '^1.0',
      api: apiOf<typeof cnpg>(),
      when: (config) => config.database.mode.is('embedded'),
    },
  },
  placement: { modes: ['single-region', 'active-hotstandby'], default: 'single-region' },
  sizes: {
    small: {},
    medium: { replicas: 2, database: { instances: 2, storage: '10Gi' } },
    large: {
      topology: 'shared-sovereign',
      replicas: 3,
      database: { instances: 3, storage: '20Gi' },
      resources: { cpu: '1', memory: '2Gi' },
    },
  },
  upstream: helmChart({
    repository: 'https://codecentric.github.io/helm-charts',
    chart: 'keycloakx',
    version: '7.3.1',
    appVersion: '26.7.3',
  }),
  upgrades: { from: ['^1.0'] },
  rotation: [
    { kind: 'database-credentials', name: 'database', ttl: '1h' },
    { kind: 'oauth-client-secret', name: 'admin', ttl: '90d' },
  ],
  observability: { metrics: 'prometheus', logs: 'stdout' },
  outputs: {
    issuer: output.string('Base URL under which realms live: <issuer>/realms/<realm>.'),
    host: output.string('Public host name.'),
    service: output.string('Service inside the namespace, port 80.'),
    adminPassword: output.secret("The first administrator's password."),
  },

  compose({ scope, application, config, placement, upstream, dependencies, cluster }) {
    const { name, namespace } = application;
    const host = config.hostname ?? `auth.${cluster.domain}`;

    const admin = new StoredSecret(scope, 'admin', {
      path: config.adminSecretPath ?? `keycloak/${namespace}/${name}/admin`,
      keys: { password: true },
    });

    // One of the two: the type of `dependencies.cnpg` says that it may not be there.
    const embedded =
      dependencies.cnpg &&
      new Cluster(scope, 'database', {
        spec: {
          instances: config.database.instances,
          imageName: POSTGRES_IMAGE,
          storage: {
            size: config.database.storage,
            ...(cluster.storageClass && { storageClass: cluster.storageClass }),
          },
          bootstrap: { initdb: { database: 'keycloak', owner: 'keycloak' } },
          // With one instance a budget would block every node drain for ever.
          enablePDB: config.database.instances > 1,
        },
      });
    const external =
      config.database.external &&
      !embedded &&
      new StoredSecret(scope, 'database-credentials', {
        path: config.database.external.secretPath,
        keys: { username: true, password: true },
      });

    const server = new HelmRelease(scope, 'server', {
      chart: upstream,
      values: {
        fullnameOverride: name,
        // A rotated credential is read at start only: Reloader restarts the pods when a Secret changes.
        statefulsetAnnotations: { 'reloader.stakater.com/auto': 'true' },
        replicas:
          placement.mode === 'active-hotstandby' && isStandby(placement.regions, cluster.region)
            ? 0
            : config.replicas,
        command: ['/opt/keycloak/bin/kc.sh', 'start'],
        http: { relativePath: '/' },
        proxy: { enabled: true, mode: 'xforwarded', http: { enabled: true } },
        cache: { stack: 'custom' },
        database: { vendor: 'postgres' },
        service: { httpsPort: null },
        serviceAccount: { automountServiceAccountToken: false },
        resources: { requests: config.resources, limits: { memory: config.resources.memory } },
        podSecurityContext: {
          fsGroup: 1000,
          fsGroupChangePolicy: 'OnRootMismatch',
          seccompProfile: { type: 'RuntimeDefault' },
        },
        securityContext: {
          runAsUser: 1000,
          runAsNonRoot: true,
          allowPrivilegeEscalation: false,
          capabilities: { drop: ['ALL'] },
        },
        // The chart renders its readiness probe only together with the metrics endpoint; no monitor comes with it.
        metrics: { enabled: true },
        serviceMonitor: { enabled: false },
        prometheusRule: { enabled: false },
        extraEnv: environment({
          adminUser: config.adminUser,
          adminPassword: admin.ref('password'),
          hostname: host,
          topology: config.topology,
          database: databaseEnv(embedded?.name, external || undefined, config.database.external),
        }),
      },
    }).after(admin, ...(embedded ? [embedded] : []), ...(external ? [external] : []));

    if (config.replicas > 1) {
      new PodDisruptionBudget(scope, 'one-at-a-time', {
        spec: {
          maxUnavailable: 1,
          selector: {
            matchLabels: { 'app.kubernetes.io/instance': name, 'app.kubernetes.io/name': 'keycloakx' },
          },
        },
      });
    }
    if (config.route.enabled) {
      new HTTPRoute(scope, 'route', {
        spec: {
          parentRefs: [{ name: cluster.gateway.name, namespace: cluster.gateway.namespace }],
          hostnames: [host],
          rules: [{ backendRefs: [{ name: `${name}-http`, port: 80 }] }],
        },
      }).after(server);
    }
    if (config.monitoring.serviceMonitorEnabled) {
      new ServiceMonitor(scope, 'metrics', {
        spec: {
          selector: {
            matchLabels: { 'app.kubernetes.io/instance': name, 'app.kubernetes.io/component': 'http' },
          },
          endpoints: [{ port: 'http-internal', path: '/metrics' }],
        },
      }).after(server);
    }

    return {
      outputs: {
        issuer: `https://${host}`,
        host,
        service: `${name}-http`,
        adminPassword: admin.ref('password'),
      },
    };
  },
});

/** The first region is the primary; every other one keeps its Keycloak scaled to zero (domain B10). */
function isStandby(regions: readonly string[], here: string): boolean {
  return regions.indexOf(here) > 0;
}
