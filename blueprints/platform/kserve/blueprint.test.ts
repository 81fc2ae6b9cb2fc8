import { checkRendered, readExample, renderBlueprint, renderVariants } from '@openova/blueprints/testing';
import { describe, expect, test } from 'vitest';
import certManager from '../cert-manager/blueprint.ts';
import kserve from './blueprint.ts';

const platform = { catalogue: [certManager] };
const small = readExample(import.meta.dirname, 'small');

describe.for(['small', 'medium', 'large'])('%s', (size) => {
  const example = readExample(import.meta.dirname, size);

  test('composes what its golden file says, and becomes ready', async () => {
    const { ready, yaml } = await renderBlueprint(kserve, example, platform);
    expect(ready).toBe(true);
    await expect(yaml).toMatchFileSnapshot(`golden/${size}.yaml`);
  });

  test('every object passes its schema and the platform rules, whichever switch is turned', async () => {
    const variants = await renderVariants(kserve, example, platform);
    expect(variants.length, 'as it is, all on, and one for each switch').toBeGreaterThan(5);
    for (const { xr, rendered } of variants) {
      expect(checkRendered(rendered), JSON.stringify(xr.spec)).toEqual([]);
    }
  });
});

test('three charts come one after another: kinds, controller, runtimes', async () => {
  const { steps, find } = await renderBlueprint(kserve, small, platform);
  const order = steps.flatMap((step) => step.filter((o) => o.startsWith('HelmRelease/')));
  expect(order).toEqual([
    'HelmRelease/kserve-crds',
    'HelmRelease/kserve-controller',
    'HelmRelease/kserve-runtimes',
  ]);
  expect(
    find('HelmRelease')
      .map((o) => (o.spec as { releaseName: string }).releaseName)
      .sort(),
  ).toEqual(['kserve', 'kserve-crd', 'kserve-runtimes']);
});

test('no chart comes while the one before it is not ready', async () => {
  const { ready, find } = await renderBlueprint(kserve, small, {
    ...platform,
    becomeReady: (object) => (object.kind === 'Namespace' ? { phase: 'Active' } : undefined),
  });
  expect(ready).toBe(false);
  expect(find('HelmRelease').map((o) => o.metadata)).toMatchObject([{ name: 'kserve-crds' }]);
});

test('deletion goes the other way round', async () => {
  const { find } = await renderBlueprint(kserve, small, platform);
  const edges = find('Usage').map(({ spec }) => {
    const { of, by } = spec as Record<'of' | 'by', { resourceRef: { name: string } }>;
    return `${of.resourceRef.name} is kept for ${by.resourceRef.name}`;
  });
  expect(edges.sort()).toEqual([
    'kserve-controller is kept for kserve-runtimes',
    'kserve-crds is kept for kserve-controller',
  ]);
});

test('models are published through the Gateway of the cluster, without Istio', async () => {
  const cluster = { domain: 'omantel.example', gateway: { name: 'edge', namespace: 'dmz' } };
  const { get, status } = await renderBlueprint(kserve, small, { ...platform, cluster });
  expect(get('HelmRelease', 'kserve-controller').spec).toMatchObject({
    values: {
      kserve: {
        controller: {
          deploymentMode: 'Standard',
          gateway: {
            domain: 'models.omantel.example',
            disableIstioVirtualHost: true,
            ingressGateway: { enableGatewayApi: true, createGateway: false, kserveGateway: 'dmz/edge' },
          },
        },
      },
    },
  });
  expect(status.outputs).toEqual({ domain: 'models.omantel.example', deploymentMode: 'Standard' });
});

test.for([
  { runtimes: true, want: 3, reason: 'models need a runtime' },
  { runtimes: false, want: 2, reason: 'runtimes are brought by somebody else' },
])('runtimes $runtimes: $reason', async ({ runtimes, want, reason }) => {
  const { find } = await renderBlueprint(kserve, { ...small, spec: { config: { runtimes } } }, platform);
  expect(find('HelmRelease'), reason).toHaveLength(want);
});

test.for([
  { config: {}, want: 'false', reason: 'toggles are off by default' },
  { config: { monitoring: { metricAggregation: true } }, want: 'true', reason: 'opted in' },
  { config: { monitoring: { metricAggregation: false } }, want: 'false', reason: 'switched off by name' },
])('metrics of model pods: $reason', async ({ config, want, reason }) => {
  const { get, objects } = await renderBlueprint(kserve, { ...small, spec: { config } }, platform);
  expect(get('HelmRelease', 'kserve-controller').spec, reason).toMatchObject({
    values: {
      kserve: { metricsaggregator: { enableMetricAggregation: want, enablePrometheusScraping: want } },
    },
  });
  expect(objects.filter((o) => o.apiVersion === 'monitoring.coreos.com/v1')).toEqual([]);
});

test('what has no Blueprint yet is reported, and nothing waits for it', async () => {
  const { ready, conditions } = await renderBlueprint(kserve, small, platform);
  expect(ready).toBe(true);
  expect(conditions.get('BlueprintsAvailable')?.message).toMatch(/: knative, cilium$/);
});

test.for([
  { size: 'small', both: { cpu: '100m', memory: '300Mi' } },
  { size: 'medium', both: { cpu: '250m', memory: '512Mi' } },
  { size: 'large', both: { cpu: '500m', memory: '1Gi' } },
])("$size: no limit of the chart's own stands below a request", async ({ size, both }) => {
  const { get } = await renderBlueprint(kserve, readExample(import.meta.dirname, size), platform);
  // Helm merges maps: a limit that is not named keeps the chart's default of 100m.
  expect(get('HelmRelease', 'kserve-controller').spec).toMatchObject({
    values: { kserve: { controller: { resources: { requests: both, limits: both } } } },
  });
});
