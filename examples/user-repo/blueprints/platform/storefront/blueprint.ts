import { apiOf, defineBlueprint, output } from '@openova/blueprints';
import { Deployment, Service } from '@openova/blueprints/kinds/core';
import { HTTPRoute } from '@openova/blueprints/kinds/gateway-api';
import { config } from './config.ts';
import type { Valkey } from './valkey.ts';

const PORT = 8080;

/** The storefront of Acme: its pods, and a route to them. Sessions live in a Valkey beside it. */
export default defineBlueprint({
  name: 'storefront',
  version: '1.0.0',
  scope: 'Namespaced',
  card: {
    title: 'Storefront',
    summary: 'The shop that customers see.',
    category: 'shop',
    icon: 'icon.svg',
  },
  owner: { team: 'Acme Shop', contact: 'shop@acme.example' },
  config,
  depends: {
    valkey: {
      version: '^1.0',
      api: apiOf<Valkey>(),
      when: (config) => config.cache.enabled.is(true),
    },
  },
  placement: { modes: ['single-region'], default: 'single-region' },
  sizes: {
    small: {},
    large: { replicas: 3 },
  },
  outputs: {
    url: output.string('Where customers find it.'),
  },

  compose({ scope, application, config, dependencies, cluster }) {
    const { name } = application;
    const labels = { 'app.kubernetes.io/name': 'storefront', 'app.kubernetes.io/instance': name };
    const host = config.hostname ?? `${name}.${cluster.domain}`;

    // Undefined without `cache.enabled`, and empty until Valkey has published something: the types ask for both.
    const cache = dependencies.valkey?.outputs;
    const env = [
      ...(cache?.host ? [{ name: 'CACHE_ADDRESS', value: `${cache.host}:${cache.port ?? 6379}` }] : []),
      ...(cache?.password
        ? [
            {
              name: 'CACHE_PASSWORD',
              valueFrom: { secretKeyRef: { name: cache.password.name, key: cache.password.key } },
            },
          ]
        : []),
    ];

    const server = new Deployment(scope, 'server', {
      spec: {
        replicas: config.replicas,
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            automountServiceAccountToken: false,
            securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
            containers: [
              {
                name: 'storefront',
                image: config.image,
                env,
                ports: [{ name: 'http', containerPort: PORT }],
                readinessProbe: { httpGet: { path: '/readyz', port: 'http' } },
                livenessProbe: { httpGet: { path: '/healthz', port: 'http' } },
                resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '128Mi' } },
                securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
              },
            ],
          },
        },
      },
    });
    const service = new Service(scope, 'http', {
      spec: { selector: labels, ports: [{ name: 'http', port: 80, targetPort: 'http' }] },
    });
    new HTTPRoute(scope, 'route', {
      spec: {
        parentRefs: [{ name: cluster.gateway.name, namespace: cluster.gateway.namespace }],
        hostnames: [host],
        rules: [{ backendRefs: [{ name: service.name, port: 80 }] }],
      },
    }).after(server);

    return { outputs: { url: `https://${host}` } };
  },
});
