import { expect, test } from 'vitest';
import { isToolkitError } from '../errors.ts';
import type { JsonObject } from '../internal/json.ts';
import type { RenderResult, SettleResult, SettleRound } from '../render/index.ts';
import { settledSteps } from './settled-steps.ts';

function object(apiVersion: string, kind: string, name: string, more: JsonObject = {}): JsonObject {
  return { apiVersion, kind, metadata: { name }, ...more };
}

const namespace = object('v1', 'Namespace', 'ns');
const repository = object('source.toolkit.fluxcd.io/v1', 'HelmRepository', 'charts');
const release = object('helm.toolkit.fluxcd.io/v2', 'HelmRelease', 'server');
const nested = object('compose.openova.io/v1alpha1', 'Cnpg', 'db');
const usage = object('protection.crossplane.io/v1beta1', 'Usage', 'u');

const created = (...objects: readonly JsonObject[]): SettleRound['changes'] =>
  objects.map((o) => ({ what: 'created', object: o }));

function settled(
  rounds: readonly SettleRound['changes'][],
  objects: readonly JsonObject[],
  reconciles: SettleResult['reconciles'] = new Map(),
): SettleResult {
  return {
    settled: true,
    ready: true,
    rounds: rounds.map((changes, i) => ({ round: i + 1, changes })),
    reconciles,
    objects,
    waitingFor: [],
  };
}

const kinds = (steps: readonly (readonly JsonObject[])[]): unknown => steps.map((s) => s.map((o) => o.kind));

const orders = {
  Rounds: {
    reason: 'a later round needs what an earlier one created ready',
    result: settled([created(repository), created(release)], [repository, release]),
    want: [['HelmRepository'], ['HelmRelease']],
  },
  NamespaceFirst: {
    reason: 'namespaces alone are no step: kustomize creates them first',
    result: settled([created(namespace), created(release)], [namespace, release]),
    want: [['Namespace', 'HelmRelease']],
  },
  OnlyNamespace: {
    reason: 'but they are not lost either',
    result: settled([created(namespace)], [namespace]),
    want: [['Namespace']],
  },
  LeftOut: {
    reason: 'without Crossplane nobody acts on nested XRs and Usages; what the nested XR composed stays',
    result: settled([created(nested, usage), created(release)], [nested, usage, release]),
    want: [['HelmRelease']],
  },
  Deleted: {
    reason: 'what was replaced on the way is not there in the end',
    result: settled([created(repository, release)], [release]),
    want: [['HelmRelease']],
  },
  OnlyCreations: {
    reason: 'a round in which something merely became ready adds no step',
    result: settled([created(release), [{ what: 'ready', object: release }]], [release]),
    want: [['HelmRelease']],
  },
} satisfies Record<string, { reason: string; result: SettleResult; want: unknown }>;

test.for(Object.entries(orders))('settledSteps() order: %s', ([, row]) => {
  expect(kinds(settledSteps(row.result, 'x')), row.reason).toEqual(row.want);
});

test('objects are as they stand in the end, without what cluster and Crossplane write', () => {
  const final: JsonObject = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: 'a',
      namespace: 'ns',
      generateName: 'x-',
      uid: 'u',
      resourceVersion: '9',
      generation: 2,
      ownerReferences: [{ kind: 'Valkey' }],
      labels: { 'crossplane.io/composite': 'x', 'app.kubernetes.io/managed-by': 'crossplane', own: 'kept' },
      annotations: { 'crossplane.io/composition-resource-name': 'a' },
    },
    data: { host: 'final' },
    status: { phase: 'x' },
  };
  const first = { ...final, data: { host: 'first' } };
  expect(settledSteps(settled([created(first)], [final]), 'x')).toEqual([
    [
      {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'a', namespace: 'ns', labels: { own: 'kept' } },
        data: { host: 'final' },
      },
    ],
  ]);
});

test('a render that failed gives no half of a tree', () => {
  const failed: RenderResult = {
    composite: object('compose.openova.io/v1alpha1', 'Valkey', 'a'),
    composed: [],
    deleted: [],
    events: [],
    requirements: { resources: [], schemas: [] },
    context: undefined,
    ttlSeconds: undefined,
    steps: [],
    ready: false,
    failure: { message: 'no such size', result: true },
    findings: [],
  };
  const run = (): unknown => settledSteps(settled([], [], new Map([['k', failed]])), '"examples/small.yaml"');
  expect(run).toThrow('Cannot render "examples/small.yaml": no such size');
  expect(run).toThrow(expect.toSatisfy((e) => isToolkitError(e) && e.code === 'compose'));
});
