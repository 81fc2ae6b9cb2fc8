import { describe, expect, test } from 'vitest';
import type { Json, JsonObject } from '../internal/json.ts';
import { readerOf, readinessOf } from './readiness.ts';

const condition = (type: string, status = 'True', more: JsonObject = {}): JsonObject => ({
  type,
  status,
  reason: 'Because',
  message: 'of this',
  ...more,
});
const having = (...conditions: Json[]): JsonObject => ({ status: { conditions } });

const HELM = ['helm.toolkit.fluxcd.io/v2', 'HelmRelease'] as const;
const DEPLOYMENT = ['apps/v1', 'Deployment'] as const;
const STATEFUL = ['apps/v1', 'StatefulSet'] as const;
const DAEMON = ['apps/v1', 'DaemonSet'] as const;
const JOB = ['batch/v1', 'Job'] as const;
const ROUTE = ['gateway.networking.k8s.io/v1', 'HTTPRoute'] as const;
const REPOSITORY = ['source.toolkit.fluxcd.io/v1', 'HelmRepository'] as const;
const POSTGRES = ['postgresql.cnpg.io/v1', 'Cluster'] as const;
const XR = ['compose.openova.io/v1alpha1', 'Keycloak'] as const;

type Row = readonly [
  reason: string,
  kind: readonly [apiVersion: string, kind: string],
  object: JsonObject,
  /** undefined: ready. */
  waits?: string,
];

const rolled = (status: JsonObject, replicas?: number): JsonObject => ({
  metadata: { generation: 2 },
  spec: replicas === undefined ? {} : { replicas },
  status: { observedGeneration: 2, ...status },
});
const parent = (...conditions: Json[]): JsonObject => ({ parentRef: { name: 'public' }, conditions });
const routed = (...parents: Json[]): JsonObject => ({ metadata: { generation: 2 }, status: { parents } });

const rows: readonly Row[] = [
  ['nothing reported yet', HELM, {}, 'has no condition Ready yet'],
  ['its own condition', HELM, having(condition('Ready'))],
  [
    'its reason and message are handed on',
    HELM,
    having(condition('Ready', 'False')),
    'Ready is False (Because: of this)',
  ],
  [
    'Unknown is not ready',
    HELM,
    having(condition('Ready', 'Unknown', { reason: '', message: '' })),
    'Ready is Unknown',
  ],
  [
    'a condition of an older generation says nothing about this one',
    HELM,
    { metadata: { generation: 2 }, ...having(condition('Ready', 'True', { observedGeneration: 1 })) },
    'generation 2 is not reconciled yet',
  ],
  [
    'Flux 1 style: the generation stands in status',
    HELM,
    { metadata: { generation: 2 }, status: { observedGeneration: 1, conditions: [condition('Ready')] } },
    'generation 2 is not reconciled yet',
  ],
  [
    'being deleted is never ready',
    HELM,
    { metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' }, ...having(condition('Ready')) },
    'is being deleted',
  ],
  [
    'conditions of a wrong shape are none',
    HELM,
    { status: { conditions: ['Ready', null, { type: 1 }] } },
    'has no condition Ready yet',
  ],

  ['rolled out', DEPLOYMENT, rolled({ updatedReplicas: 2, availableReplicas: 2 }, 2)],
  ['without a number it is one', DEPLOYMENT, rolled({ updatedReplicas: 1, availableReplicas: 1 })],
  [
    'half way',
    DEPLOYMENT,
    rolled({ updatedReplicas: 2, availableReplicas: 1 }, 2),
    '1 of 2 replicas are available',
  ],
  [
    'old pods still serve',
    DEPLOYMENT,
    rolled({ updatedReplicas: 1, availableReplicas: 2 }, 2),
    '1 of 2 replicas are up to date',
  ],
  ['a standby has none', DEPLOYMENT, rolled({}, 0)],
  [
    'the controller has not looked yet',
    DEPLOYMENT,
    {
      metadata: { generation: 3 },
      spec: { replicas: 1 },
      status: { observedGeneration: 2, updatedReplicas: 1, availableReplicas: 1 },
    },
    'the latest change is not observed yet',
  ],
  ['ready pods', STATEFUL, rolled({ readyReplicas: 3, updatedReplicas: 3 }, 3)],
  ['one to go', STATEFUL, rolled({ readyReplicas: 2, updatedReplicas: 3 }, 3), '2 of 3 replicas are ready'],
  [
    'the old revision still runs',
    STATEFUL,
    rolled({ readyReplicas: 3, updatedReplicas: 1 }, 3),
    '1 of 3 replicas are up to date',
  ],
  [
    'whoever updates by hand decides when',
    STATEFUL,
    { ...rolled({ readyReplicas: 1, updatedReplicas: 0 }), spec: { updateStrategy: { type: 'OnDelete' } } },
  ],
  [
    'a partition holds some back on purpose',
    STATEFUL,
    {
      ...rolled({ readyReplicas: 2, updatedReplicas: 1 }),
      spec: { replicas: 2, updateStrategy: { rollingUpdate: { partition: 1 } } },
    },
  ],
  [
    'every node',
    DAEMON,
    rolled({ desiredNumberScheduled: 2, updatedNumberScheduled: 2, numberAvailable: 2 }),
  ],
  ['no node wants it', DAEMON, rolled({ desiredNumberScheduled: 0 })],
  [
    'one node to go',
    DAEMON,
    rolled({ desiredNumberScheduled: 2, updatedNumberScheduled: 2, numberAvailable: 1 }),
    '1 of 2 replicas are available',
  ],

  ['a job that completed', JOB, having(condition('Complete'))],
  ['a job that runs', JOB, { status: { active: 1 } }, 'has not completed yet'],
  ['a job that failed says why', JOB, having(condition('Failed')), 'Failed is True (Because: of this)'],

  ['no controller has seen it', ROUTE, {}, 'no Gateway has accepted it yet'],
  ['an empty list is the same', ROUTE, routed(), 'no Gateway has accepted it yet'],
  ['accepted, backends found', ROUTE, routed(parent(condition('Accepted'), condition('ResolvedRefs')))],
  [
    'no backend',
    ROUTE,
    routed(parent(condition('Accepted'), condition('ResolvedRefs', 'False'))),
    'ResolvedRefs is False (Because: of this)',
  ],
  [
    'every parent must accept',
    ROUTE,
    routed(parent(condition('Accepted')), parent(condition('Accepted', 'False'))),
    'Accepted is False (Because: of this)',
  ],
  ['a parent without a word', ROUTE, routed(parent()), 'no Gateway has accepted it yet'],
  [
    'accepted in an older generation',
    ROUTE,
    routed(parent(condition('Accepted', 'True', { observedGeneration: 1 }))),
    'generation 2 is not reconciled yet',
  ],

  ['an OCI HelmRepository is static: Flux gives it no status', REPOSITORY, { spec: { type: 'oci' } }],
  ['an https one is fetched', REPOSITORY, { spec: { url: 'https://a' } }, 'has no condition Ready yet'],
  ['CNPG reports Ready', POSTGRES, having(condition('Ready'))],
  [
    'CNPG is being set up',
    POSTGRES,
    having(condition('Ready', 'False')),
    'Ready is False (Because: of this)',
  ],
  ['a database is applied', ['postgresql.cnpg.io/v1', 'Database'], { status: { applied: true } }],
  ['or not', ['postgresql.cnpg.io/v1', 'Database'], { status: { applied: false } }, 'is not applied yet'],

  ['a nested XR is ready when core says so', XR, having(condition('Synced'), condition('Ready'))],
  [
    'an XR whose last reconcile failed may still say Ready',
    XR,
    having(condition('Synced', 'False'), condition('Ready')),
    'Synced is False (Because: of this)',
  ],
  [
    'an XR called like a core kind is an XR',
    ['compose.openova.io/v1alpha1', 'Service'],
    {},
    'has no condition Synced yet',
  ],

  ['namespaces', ['v1', 'Namespace'], { status: { phase: 'Active' } }],
  [
    'namespaces going away',
    ['v1', 'Namespace'],
    { status: { phase: 'Terminating' } },
    'phase is Terminating',
  ],
  ['a plain Service', ['v1', 'Service'], { spec: { type: 'ClusterIP' } }],
  [
    'a load balancer without address',
    ['v1', 'Service'],
    { spec: { type: 'LoadBalancer' } },
    'the load balancer has no address yet',
  ],
  [
    'a load balancer',
    ['v1', 'Service'],
    { spec: { type: 'LoadBalancer' }, status: { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } } },
  ],
  ['unbound storage', ['v1', 'PersistentVolumeClaim'], {}, 'phase is not set yet'],
  [
    'a CRD is served',
    ['apiextensions.k8s.io/v1', 'CustomResourceDefinition'],
    having(condition('Established')),
  ],
  [
    'a Gateway has listeners',
    ['gateway.networking.k8s.io/v1', 'Gateway'],
    having(condition('Accepted')),
    'has no condition Programmed yet',
  ],

  ['being there is enough', ['v1', 'ConfigMap'], {}],
  ['monitors have no status', ['monitoring.coreos.com/v1', 'PodMonitor'], {}],
  ['a Usage is only reconciled where webhooks are', ['protection.crossplane.io/v1beta1', 'Usage'], {}],
  ['an unknown kind without conditions', ['example.org/v1', 'Thing'], {}],
  [
    'an unknown kind with a Ready condition',
    ['example.org/v1', 'Thing'],
    having(condition('Ready', 'False')),
    'Ready is False (Because: of this)',
  ],
  ['a group called like a property of every object', ['constructor/v1', 'Thing'], {}],
];

test.for(rows)('%s: %s', ([reason, [apiVersion, kind], object, waits]) => {
  const want = waits === undefined ? { ready: true } : { ready: false, message: waits };
  expect(readinessOf(apiVersion, kind, readerOf(object)), reason).toEqual(want);
});

describe('messages', () => {
  test('are cut: a status has to stay small', () => {
    const long = having(condition('Ready', 'False', { message: 'x'.repeat(5000) }));
    const readiness = readinessOf(...HELM, readerOf(long));
    expect(readiness.ready ? 0 : readiness.message.length).toBeLessThan(400);
  });
});
