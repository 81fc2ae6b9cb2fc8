import { apiOf, defineBlueprint, HelmRelease, helmChart, output } from '@openova/blueprints';
import type certManager from '../cert-manager/blueprint.ts';
import { config } from './config.ts';

const REPOSITORY = 'oci://ghcr.io/kserve/charts';
const VERSION = 'v0.20.0';

/** KServe: serves models through InferenceService, in three charts that have to come one after another. */
export default defineBlueprint({
  name: 'kserve',
  version: '1.0.0',
  scope: 'Cluster',
  card: {
    title: 'KServe',
    summary: 'Model serving through InferenceService.',
    category: 'ai-ml',
    family: 'CORTEX',
    icon: 'icon.svg',
    tags: ['ai', 'inference', 'models'],
    license: 'Apache-2.0',
    documentation: 'https://kserve.github.io/website/',
  },
  owner: { team: 'OpenOva AI', contact: 'ai@openova.io' },
  config,
  depends: {
    certManager: { version: '^1.0', api: apiOf<typeof certManager>() },
    knative: { version: '^1.0' },
    cilium: { version: '^1.0' },
  },
  placement: { modes: ['single-region', 'active-active'], default: 'single-region' },
  sizes: {
    small: {},
    medium: { resources: { cpu: '250m', memory: '512Mi' } },
    large: { resources: { cpu: '500m', memory: '1Gi' } },
  },
  upstream: {
    crds: helmChart({ repository: REPOSITORY, chart: 'kserve-crd', version: VERSION }),
    controller: helmChart({ repository: REPOSITORY, chart: 'kserve-resources', version: VERSION }),
    runtimes: helmChart({ repository: REPOSITORY, chart: 'kserve-runtime-configs', version: VERSION }),
  },
  upgrades: { from: ['^1.0'] },
  observability: { metrics: 'prometheus', logs: 'stdout' },
  outputs: {
    domain: output.string('Domain under which inference endpoints are published.'),
    deploymentMode: output.string('How models run by default.'),
  },

  compose({ scope, application, config, upstream, cluster }) {
    const { name } = application;
    const domain = config.domain ?? `models.${cluster.domain}`;
    // The charts read these two as strings.
    const aggregation = String(config.monitoring.metricAggregation);

    const crds = new HelmRelease(scope, 'crds', { chart: upstream.crds, releaseName: `${name}-crd` });
    const controller = new HelmRelease(scope, 'controller', {
      chart: upstream.controller,
      values: {
        kserve: {
          controller: {
            deploymentMode: config.deploymentMode,
            // With a limit for each: the chart's own limit of 100m CPU would otherwise stand below our request.
            resources: { requests: config.resources, limits: config.resources },
            gateway: {
              domain,
              urlScheme: 'https',
              disableIstioVirtualHost: true,
              ingressGateway: {
                enableGatewayApi: true,
                createGateway: false,
                kserveGateway: `${cluster.gateway.namespace}/${cluster.gateway.name}`,
              },
            },
          },
          metricsaggregator: { enableMetricAggregation: aggregation, enablePrometheusScraping: aggregation },
        },
      },
    }).after(crds);

    if (config.runtimes) {
      new HelmRelease(scope, 'runtimes', {
        chart: upstream.runtimes,
        releaseName: `${name}-runtimes`,
        values: { kserve: { servingruntime: { enabled: true } } },
      }).after(controller);
    }

    return { outputs: { domain, deploymentMode: config.deploymentMode } };
  },
});
