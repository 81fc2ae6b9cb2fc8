import { describe, expect, test } from 'vitest';
import { catalogueOf } from '../blueprint/catalogue.ts';
import { type Blueprint, defineBlueprint } from '../blueprint/define.ts';
import { common, other } from '../blueprint/fixture.test-helper.ts';
import type { JsonObject } from '../internal/json.ts';
import { parseYaml } from '../internal/yaml.ts';
import { ConfigMap } from '../kinds/core.ts';
import { HelmRelease } from '../kinds/flux.ts';
import { PodMonitor } from '../kinds/prometheus.ts';
import { DEFAULT_COORDINATES, parseCoordinates, refuseCollisions } from './coordinates.ts';
import { exampleXr } from './example.ts';
import { generateKustomize } from './kustomize.ts';
import { generateConfigurationMeta, generatePackage } from './package.ts';
import { composedKinds, generateRbac } from './rbac.ts';
import { configVariants } from './variants.ts';

const coordinates = DEFAULT_COORDINATES;

describe('package.yaml', () => {
  const blueprint = defineBlueprint({
    ...common,
    depends: {
      database: { version: '^1.2' },
      replica: { blueprint: 'database', version: '~1.4' },
      issuer: { blueprint: 'cert-manager', version: '^1', when: (config) => config.tls.enabled.is(true) },
      missing: { version: '^1' },
    },
    compose: () => undefined,
  });
  const edges = (catalogue: readonly Blueprint[]): unknown =>
    (
      generateConfigurationMeta(blueprint, { coordinates, catalogue: catalogueOf(catalogue) })
        .spec as JsonObject
    ).dependsOn;
  const host = {
    apiVersion: 'pkg.crossplane.io/v1',
    kind: 'Function',
    package: 'ghcr.io/openova-io/function-blueprints',
    version: '>=1.0.0 <2',
  };
  const edge = (name: string, version: string): object => ({
    apiVersion: 'pkg.crossplane.io/v1',
    kind: 'Configuration',
    package: `ghcr.io/openova-io/bp-${name}`,
    version,
  });

  test('depends on the host and on what exists, conditional ones too, each once, sorted', () => {
    expect(edges([other('database'), other('cert-manager')])).toEqual([
      host,
      edge('cert-manager', '>=1.0.0 <2.0.0'),
      edge('database', '>=1.2.0 <2.0.0 >=1.4.0 <1.5.0'),
    ]);
    expect(edges([])).toEqual([host]);
  });

  test('takes development builds of what is in development', () => {
    expect(edges([other('cert-manager', { version: '1.0.0-dev.ab' })])).toEqual([
      host,
      edge('cert-manager', '>=1.0.0-0 <2.0.0-0'),
    ]);
  });

  test('holds Configuration, XRD and Composition, in this order', () => {
    const text = generatePackage(blueprint, { coordinates, catalogue: new Map() });
    expect(parseYaml(text, 'package.yaml').map((d) => (d as JsonObject).kind)).toEqual([
      'Configuration',
      'CompositeResourceDefinition',
      'Composition',
    ]);
  });
});

describe('coordinates', () => {
  test.for(['ghcr.io/openova-io', 'registry.example.org:5000/a/b', 'r.io/a_b/c.d'])(
    '%s can be used',
    (prefix) => {
      expect(parseCoordinates(`${prefix}/`)).toEqual({ prefix });
    },
  );
  test.for([
    '',
    'localhost/a',
    'ghcr.io',
    'https://ghcr.io/a',
    'ghcr.io/A',
    'ghcr.io/../a',
    'ghcr.io/a b',
    'ghcr.io/a:1',
  ])('%j cannot', (prefix) => {
    expect(() => parseCoordinates(prefix)).toThrow(expect.objectContaining({ code: 'invalid' }));
  });
  test('a long hostile prefix is refused in no time to speak of', () => {
    expect(() => parseCoordinates(`${'a.'.repeat(200_000)}!`)).toThrow(/coordinates/);
  });
  test('two packages of one installed name are refused', () => {
    expect(() => refuseCollisions(['r.io/a/b-c', 'r.io/a-b/c'])).toThrow(/install both as "a-b-c"/);
    expect(() => refuseCollisions(['r.io/a/b', 'r.io/a/b', 'r.io/a/c'])).not.toThrow();
  });
});

describe('ClusterRole', () => {
  const blueprint = defineBlueprint({
    ...common,
    depends: { database: { version: '^1' } },
    rbac: [{ apiGroup: 'example.org', resources: ['things'] }],
    compose({ scope, config }) {
      const server = new HelmRelease(scope, 'server', { spec: { interval: '1h' } });
      if (config.tls.enabled)
        new PodMonitor(scope, 'metrics', { spec: { selector: {}, podMetricsEndpoints: [] } }).after(server);
      if (config.mode === 'external') new ConfigMap(scope, 'settings', {});
      return undefined;
    },
  });

  test('covers what any toggle composes, also what waits for something else, and what was declared', async () => {
    const catalogue = catalogueOf([blueprint, other('database')]);
    const assembly = { coordinates, catalogue, blueprints: new Map([[blueprint.name, blueprint]]) };
    const kinds = await composedKinds(blueprint, [exampleXr(blueprint, 'small')], assembly);
    const role = generateRbac(blueprint, kinds);
    if (role === undefined) throw new Error('no role');
    expect(role).toMatchObject({
      kind: 'ClusterRole',
      metadata: {
        name: 'crossplane:bp-shop',
        labels: { 'rbac.crossplane.io/aggregate-to-crossplane': 'true' },
      },
    });
    const granted = (role.rules as readonly { apiGroups: string[]; resources: string[] }[]).map(
      (r) => `${r.apiGroups.join()}: ${r.resources.join()}`,
    );
    expect(granted).toEqual([
      ': configmaps',
      'example.org: things',
      'helm.toolkit.fluxcd.io: helmreleases',
      'monitoring.coreos.com: podmonitors',
    ]);
  });
});

test('a role that grants roles may say so, or the apiserver refuses what Crossplane applies', () => {
  const blueprint = defineBlueprint({ ...common, compose: () => undefined });
  const role = generateRbac(blueprint, [
    { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role' },
    { apiVersion: 'v1', kind: 'ConfigMap' },
  ]);
  const [core, rbac] = (role?.rules ?? []) as readonly { verbs: string[] }[];
  expect(rbac?.verbs).toEqual([...(core?.verbs ?? []), 'bind', 'escalate']);
});

test('there is no role where there is nothing to grant: a role without rules would only be read', () => {
  const blueprint = defineBlueprint({ ...common, compose: () => undefined });
  const usage = { apiVersion: 'protection.crossplane.io/v1beta1', kind: 'Usage' };
  expect(
    generateRbac(blueprint, [{ apiVersion: 'compose.openova.io/v1alpha1', kind: 'Keycloak' }, usage]),
  ).toBe(undefined);
});

test('configVariants() switches each toggle by itself, and all on at once', () => {
  const json: JsonObject = {
    type: 'object',
    properties: {
      a: { type: 'boolean' },
      b: { type: 'object', properties: { c: { enum: ['x', 'y'] }, d: { type: 'boolean' } } },
    },
  };
  expect(configVariants(json, { keep: 1 })).toEqual([
    { keep: 1 },
    { keep: 1, a: true, b: { d: true } },
    { keep: 1, a: true },
    { keep: 1, a: false },
    { keep: 1, b: { c: 'x' } },
    { keep: 1, b: { c: 'y' } },
    { keep: 1, b: { d: true } },
    { keep: 1, b: { d: false } },
  ]);
});

describe('Kustomize tree', () => {
  const object = (name: string, size?: number): JsonObject => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace: 'apps' },
    ...(size === undefined ? {} : { data: { size: String(size) } }),
  });
  const files = generateKustomize('bp-shop', [
    { size: 'small', steps: [[object('same'), object('differs', 1)]] },
    { size: 'large', steps: [[object('differs', 3), object('same'), object('more')], [object('late')]] },
  ]);
  const resources = (path: string): unknown =>
    (parseYaml(files.get(`${path}/kustomization.yaml`) ?? '', path)[0] as JsonObject | undefined)?.resources;

  test('base holds what all sizes share, an overlay the rest', () => {
    expect(resources('base')).toEqual(['config-map-apps-same.yaml']);
    expect(resources('overlays/small')).toEqual(['../../base', 'config-map-apps-differs.yaml']);
    expect(resources('overlays/large')).toEqual([
      '../../base',
      'config-map-apps-differs.yaml',
      'config-map-apps-more.yaml',
    ]);
  });

  test('what needs something else ready is a step of its own, after the one before', () => {
    expect(resources('overlays/large/steps/1')).toEqual(['config-map-apps-late.yaml']);
    const flux = parseYaml(files.get('flux/large.yaml') ?? '', 'flux') as readonly JsonObject[];
    expect(flux.map((k) => k.spec)).toMatchObject([
      { path: './manifests/overlays/large', wait: true },
      { path: './manifests/overlays/large/steps/1', dependsOn: [{ name: 'bp-shop' }] },
    ]);
    expect(files.has('overlays/small/steps/1/kustomization.yaml')).toBe(false);
  });

  test('every listed file exists, and every file is listed', () => {
    for (const folder of ['base', 'overlays/small', 'overlays/large', 'overlays/large/steps/1']) {
      const listed = (resources(folder) as string[]).filter((r) => !r.startsWith('..')).sort();
      const there = [...files.keys()]
        .filter((f) => f.startsWith(`${folder}/`) && !f.slice(folder.length + 1).includes('/'))
        .map((f) => f.slice(folder.length + 1));
      expect(there.filter((f) => f !== 'kustomization.yaml').sort()).toEqual(listed);
    }
  });
});
