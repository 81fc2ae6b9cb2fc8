import { ApiObject, App, Chart, JsonPatch, Lazy } from 'cdk8s';
import { beforeEach, describe, expect, test } from 'vitest';
import { ClusterIssuer } from './cert-manager.ts';
import { Cluster } from './cnpg.ts';
import { ConfigMap, Deployment, Role } from './core.ts';
import { HelmRelease, HelmRepository } from './flux.ts';
import { ApiResource } from './resource.ts';

let chart: Chart;
beforeEach(() => {
  chart = new Chart(new App(), 'app', { namespace: 'apps', labels: { team: 'core' } });
});

function release(values: object, id = 'release'): HelmRelease {
  const sourceRef = { kind: 'HelmRepository', name: 'repo' } as const;
  return new HelmRelease(chart, id, {
    spec: { values, interval: '5m', chart: { spec: { chart: 'c', sourceRef } } },
  });
}

describe('manifest() has the bytes of cdk8s toJson()', () => {
  const cases: Record<string, { reason: string; make: () => ApiResource }> = {
    Values: {
      reason: 'open values, sorted at every level',
      make: () => release({ z: [{ b: 1, a: {} }], a: [], '10': 1, '9': 2 }),
    },
    Undefined: {
      reason: 'undefined fields are left out',
      make: () => release({ a: undefined, b: { c: undefined } }),
    },
    Metadata: {
      reason: 'chart and own labels are merged, empty metadata is left out',
      make: () =>
        new ConfigMap(chart, 'm', {
          metadata: {
            name: 'm',
            labels: { team: 'own', b: 'c' },
            annotations: {},
            finalizers: ['x/y'],
            namespace: undefined,
          },
          data: { b: '1', a: '2' },
        }),
    },
    Mutated: {
      reason: 'mutators of ApiObject are honoured',
      make: () => {
        const object = release({ a: 1 });
        object.metadata.addLabel('added', 'yes');
        object.metadata.addAnnotation('note', 'x');
        object.metadata.add('generateName', 'p-');
        return object;
      },
    },
    Patched: {
      reason: 'JSON patches are applied',
      make: () => {
        const object = release({ a: 1 });
        object.addJsonPatch(
          JsonPatch.replace('/spec/interval', '9m'),
          JsonPatch.add('/spec/zone', 1),
          JsonPatch.remove('/metadata/labels'),
        );
        return object;
      },
    },
    Lazy: {
      reason: 'a Lazy is resolved by cdk8s',
      make: () => release({ late: Lazy.any({ produce: () => ({ b: 1, a: 2 }) }) }),
    },
    TopLevel: {
      reason: 'fields beside spec',
      make: () => new Role(chart, 'r', { rules: [{ verbs: ['get'], apiGroups: [''], resources: ['pods'] }] }),
    },
    ClusterScoped: {
      reason: 'as cdk8s does it, with the chart namespace',
      make: () => new ClusterIssuer(chart, 'i', { spec: { selfSigned: {} } }),
    },
    Cnpg: {
      reason: 'another project',
      make: () => new Cluster(chart, 'db', { spec: { instances: 3, storage: { size: '10Gi' } } }),
    },
    Untyped: {
      reason: 'a kind without a construct',
      make: () => new ApiResource(chart, 'x', { apiVersion: 'example.org/v1', kind: 'Thing' }, {}),
    },
  };
  test.for(Object.entries(cases))('%s', ([, tc]) => {
    const object = tc.make();
    expect(JSON.stringify(object.manifest()), tc.reason).toBe(JSON.stringify(object.toJson()));
    expect(object.manifest(), 'nothing is used up').toEqual(object.toJson());
  });
});

test('manifest() sorts what a patch adds, and cdk8s synthesises typed kinds too', () => {
  const object = release({ b: 1 });
  object.addJsonPatch(JsonPatch.add('/spec/values/a', { y: 1, x: 2 }));
  expect(JSON.stringify(object.manifest().spec)).toContain('"values":{"a":{"x":2,"y":1},"b":1}');
  expect(chart.toJson()).toEqual([object.manifest()]);
});

test('null stays, because in chart values it removes a default', () => {
  expect(release({ persistence: null }).manifest()).toMatchObject({
    spec: { values: { persistence: null } },
  });
});

test('an error names kind, construct path and field', () => {
  expect(() => release({ when: [new Date(0)] }).manifest()).toThrow(
    'Cannot write HelmRelease "app/release": spec.values.when[0] is a Date, which JSON cannot hold',
  );
});

test('a value that cdk8s cannot resolve is an error with its cause', () => {
  class Odd {
    readonly a = 1;
  }
  expect(() => release({ odd: new Odd() }).manifest()).toThrow('cdk8s could not resolve it');
});

test('explicitName tells a given name from a made one; an undefined one does not hide it', () => {
  const made = new HelmRepository(chart, 'made', {
    metadata: { name: undefined },
    spec: { url: 'https://example.org' },
  });
  const given = new HelmRepository(chart, 'given', {
    metadata: { name: 'repo' },
    spec: { url: 'https://example.org' },
  });
  expect([made.explicitName, given.explicitName]).toEqual([undefined, 'repo']);
  expect(made.manifest()).toMatchObject({ metadata: { name: made.name } });
});

test('after() records dependencies and returns the construct', () => {
  const first = release({}, 'first');
  const second = release({}, 'second').after(first);
  expect(second.node.dependencies).toEqual([first]);
});

test('instanceof asks for the kind', () => {
  const object = release({});
  const plain = new ApiObject(chart, 'plain', { apiVersion: HelmRelease.apiVersion, kind: HelmRelease.kind });
  expect(object instanceof HelmRelease).toBe(true);
  expect(object instanceof ApiResource).toBe(true);
  expect(object instanceof ApiObject).toBe(true);
  expect((object as ApiResource) instanceof HelmRepository).toBe(false);
  expect(plain instanceof ApiResource, 'a bare ApiObject has no manifest()').toBe(false);
});

test('classes carry their type and scope', () => {
  expect([HelmRelease.apiVersion, HelmRelease.kind, HelmRelease.scope]).toEqual([
    'helm.toolkit.fluxcd.io/v2',
    'HelmRelease',
    'Namespaced',
  ]);
  expect([Deployment.apiVersion, ClusterIssuer.scope]).toEqual(['apps/v1', 'Cluster']);
});
