import { expect, test } from 'vitest';
import { readinessOf } from '../blueprint/readiness.ts';
import { getPath, type Json, type JsonObject } from '../internal/json.ts';
import { listKinds } from '../kinds/registry.ts';
import { statusWhenReady } from './become-ready.ts';

const rows: readonly [string, string, JsonObject, JsonObject | undefined, string][] = [
  [
    'apps/v1',
    'Deployment',
    { replicas: 3 },
    { availableReplicas: 3, updatedReplicas: 3 },
    'as many as were asked for',
  ],
  ['apps/v1', 'Deployment', { replicas: 0 }, { availableReplicas: 0 }, 'none is a number'],
  ['apps/v1', 'StatefulSet', {}, { readyReplicas: 1 }, 'one is the default'],
  [
    'postgresql.cnpg.io/v1',
    'Cluster',
    { instances: 2 },
    { readyInstances: 2, phase: 'Cluster in healthy state' },
    'CNPG',
  ],
  [
    'helm.toolkit.fluxcd.io/v2',
    'HelmRelease',
    {},
    { conditions: [{ type: 'Ready', status: 'True', observedGeneration: 7 }] },
    'any custom resource',
  ],
  ['batch/v1', 'Job', {}, { conditions: [{ type: 'Complete' }] }, 'a Job completes'],
  [
    'gateway.networking.k8s.io/v1',
    'HTTPRoute',
    { parentRefs: [{ name: 'g' }] },
    { parents: [{ parentRef: { name: 'g' } }] },
    'per parent',
  ],
  [
    'v1',
    'Service',
    { type: 'LoadBalancer' },
    { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } },
    'gets an address',
  ],
  ['v1', 'Service', {}, undefined, 'has nothing to wait for'],
  ['v1', 'ConfigMap', {}, undefined, 'has no status'],
  ['rbac.authorization.k8s.io/v1', 'ClusterRole', {}, undefined, 'has no status'],
];

test.for(rows)('statusWhenReady(%s %s)', ([apiVersion, kind, spec, want, reason]) => {
  const status = statusWhenReady({ apiVersion, kind, metadata: { name: 'x', generation: 7 }, spec });
  if (want === undefined) expect(status, reason).toBeUndefined();
  else expect(status, reason).toMatchObject(want);
});

test('every kind that we know is ready by its own rules once it has that status', () => {
  const waiting = listKinds().flatMap(({ apiVersion, kind }) => {
    const object: JsonObject = {
      apiVersion,
      kind,
      metadata: { name: 'x', generation: 2 },
      spec: { replicas: 2, instances: 2, parentRefs: [{ name: 'gateway' }] },
    };
    const status = statusWhenReady(object);
    const after = status === undefined ? object : { ...object, status };
    const judged = readinessOf(apiVersion, kind, (...path) => getPath(after, path) as Json | undefined);
    return judged.ready ? [] : [`${apiVersion} ${kind}: ${judged.message}`];
  });
  expect(waiting).toEqual([]);
});
