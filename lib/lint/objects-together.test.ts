import { expect, test } from 'vitest';
import type { JsonObject } from '../internal/json.ts';
import { looseReferences } from './objects-together.ts';

const make = (apiVersion: string, kind: string, name: string, rest: JsonObject = {}): JsonObject => {
  const { namespace = 'shop', ...fields } = rest;
  return { apiVersion, kind, metadata: { name, ...(namespace !== '' && { namespace }) }, ...fields };
};
const NAMESPACE = make('v1', 'Namespace', 'shop', { namespace: '' });
const deployment = (namespace = 'shop'): JsonObject =>
  make('apps/v1', 'Deployment', 'web', {
    namespace,
    spec: {
      template: {
        metadata: { labels: { app: 'web' } },
        spec: { containers: [{ name: 'web', envFrom: [{ secretRef: { name: 'env' } }] }] },
      },
    },
  });
const secret = (namespace = 'shop'): JsonObject => make('v1', 'Secret', 'env', { namespace });
const service = (app: string): JsonObject => make('v1', 'Service', 'web', { spec: { selector: { app } } });
const kustomize = (rest: JsonObject): JsonObject => ({
  apiVersion: 'kustomize.config.k8s.io/v1beta1',
  kind: 'Kustomization',
  ...rest,
});
const release = (namespace: string): JsonObject =>
  make('helm.toolkit.fluxcd.io/v2', 'HelmRelease', 'web', {
    spec: { chart: { spec: { sourceRef: { kind: 'HelmRepository', name: 'charts', namespace } } } },
  });

interface Row {
  readonly reason: string;
  readonly objects: readonly JsonObject[];
  /** `rule path` of what is found. */
  readonly want: readonly string[];
}

const cases: Readonly<Record<string, Row>> = {
  Whole: {
    reason: 'everything that is referred to is there',
    objects: [NAMESPACE, deployment(), secret(), service('web')],
    want: [],
  },
  Typo: {
    reason: 'a Service whose selector no pod has',
    objects: [NAMESPACE, deployment(), secret(), service('wbe')],
    want: ['service-selects-nothing spec.selector'],
  },
  NobodysSecret: {
    reason: 'the pod would wait for ever',
    objects: [NAMESPACE, deployment()],
    want: ['reference-unmade spec.template.spec.containers[0].envFrom[0].secretRef'],
  },
  SecretElsewhere: {
    reason: 'a pod reads Secrets of its own namespace only',
    objects: [NAMESPACE, make('v1', 'Namespace', 'b', { namespace: '' }), deployment(), secret('b')],
    want: ['reference-unmade spec.template.spec.containers[0].envFrom[0].secretRef'],
  },
  NoNamespace: {
    reason: 'the apiserver would refuse both objects',
    objects: [deployment(), secret()],
    want: ['namespace-unmade metadata.namespace', 'namespace-unmade metadata.namespace'],
  },
  NamespaceOfXr: {
    reason: 'where an XR stands is its user’s choice',
    objects: [make('compose.openova.io/v1alpha1', 'Valkey', 'cache'), deployment(), secret()],
    want: [],
  },
  NoSource: {
    reason: 'Flux would wait for it for ever',
    objects: [NAMESPACE, release('shop')],
    want: ['source-unmade spec.chart.spec.sourceRef'],
  },
  SharedSource: {
    reason: 'what lies in flux-system came with the cluster',
    objects: [NAMESPACE, release('flux-system')],
    want: [],
  },
  Generator: {
    reason: 'Kustomize makes the Secret',
    objects: [NAMESPACE, deployment(), kustomize({ secretGenerator: [{ name: 'env', namespace: 'shop' }] })],
    want: [],
  },
  Overlay: {
    reason: 'a base that is not among the files may make anything',
    objects: [deployment(), kustomize({ resources: ['../../base', 'web.yaml'] })],
    want: [],
  },
  OwnFiles: {
    reason: 'a kustomization of this directory alone hides nothing',
    objects: [NAMESPACE, deployment(), kustomize({ resources: ['./web.yaml'] })],
    want: ['reference-unmade spec.template.spec.containers[0].envFrom[0].secretRef'],
  },
  Schema: {
    reason: 'a CRD names fields, not Secrets',
    objects: [
      make('apiextensions.k8s.io/v1', 'CustomResourceDefinition', 'a', {
        namespace: '',
        spec: { versions: [{ example: { secretRef: { name: 'env' } } }] },
      }),
    ],
    want: [],
  },
};

test.for(Object.entries(cases))('looseReferences() %s', ([, { reason, objects, want }]) => {
  const found = looseReferences(objects);
  expect(
    found.map((f) => `${f.rule} ${f.path}`),
    reason,
  ).toEqual(want);
  for (const { remedy, object } of found) {
    expect(remedy).not.toMatch(/compose|application\./); // ways out of Blueprints
    expect(objects).toContain(object);
  }
});
