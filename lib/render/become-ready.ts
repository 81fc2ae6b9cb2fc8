import type { Json, JsonObject } from '../internal/json.ts';
import { FIXED_TIME } from './conditions.ts';
import { apiVersionOf, groupVersion, kindOf, listAt, objectAt, textAt } from './objects.ts';

/** The status that an object of a cluster comes to have when all goes well; undefined: it has none. */
export type BecomeReady = (object: JsonObject) => JsonObject | undefined;

/** The status by which each kind's own rules say that it is ready; other custom resources get a Ready condition. */
export const statusWhenReady: BecomeReady = (object) => {
  const { group } = groupVersion(apiVersionOf(object));
  const rule = RULES.get(`${group}/${kindOf(object)}`);
  if (rule !== undefined) return rule(object);
  if (BUILT_IN.has(group) || group.endsWith('.k8s.io')) return undefined;
  return observed(object, [condition(object, 'Ready')]);
};

// Groups whose kinds have no status, or none that anybody waits for, unless a rule says otherwise.
const BUILT_IN = new Set(['', 'apps', 'batch', 'policy', 'autoscaling', 'apiregistration.k8s.io']);

function condition(object: JsonObject, type: string, reason = 'Simulated'): JsonObject {
  return {
    type,
    status: 'True',
    reason,
    message: '',
    observedGeneration: generation(object),
    lastTransitionTime: FIXED_TIME,
  };
}

const generation = (object: JsonObject): Json => objectAt(object, 'metadata').generation ?? 1;

function observed(object: JsonObject, conditions: readonly JsonObject[], more: JsonObject = {}): JsonObject {
  return { observedGeneration: generation(object), ...more, conditions };
}

function replicas(object: JsonObject, path: string = 'replicas'): number {
  const wanted = objectAt(object, 'spec')[path];
  return typeof wanted === 'number' ? wanted : 1;
}

const deployment: BecomeReady = (object) => {
  const n = replicas(object);
  return observed(
    object,
    [
      condition(object, 'Progressing', 'NewReplicaSetAvailable'),
      condition(object, 'Available', 'MinimumReplicasAvailable'),
    ],
    { replicas: n, updatedReplicas: n, readyReplicas: n, availableReplicas: n },
  );
};

const statefulSet: BecomeReady = (object) => {
  const n = replicas(object);
  return observed(object, [], {
    replicas: n,
    currentReplicas: n,
    updatedReplicas: n,
    readyReplicas: n,
    availableReplicas: n,
    currentRevision: 'simulated',
    updateRevision: 'simulated',
  });
};

const daemonSet: BecomeReady = (object) =>
  observed(object, [], {
    currentNumberScheduled: 1,
    desiredNumberScheduled: 1,
    numberAvailable: 1,
    numberMisscheduled: 0,
    numberReady: 1,
    updatedNumberScheduled: 1,
  });

const service: BecomeReady = (object) =>
  // 192.0.2.1 is of the block for documentation (RFC 5737).
  textAt(object, 'spec', 'type') === 'LoadBalancer'
    ? { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } }
    : undefined;

const cnpgCluster: BecomeReady = (object) => {
  const n = replicas(object, 'instances');
  return observed(object, [condition(object, 'Ready', 'ClusterIsReady')], {
    phase: 'Cluster in healthy state',
    instances: n,
    readyInstances: n,
  });
};

const route: BecomeReady = (object) => ({
  parents: listAt(object, 'spec', 'parentRefs').map((parentRef) => ({
    parentRef,
    controllerName: 'simulated.invalid/gateway',
    conditions: [
      condition(object, 'Accepted', 'Accepted'),
      condition(object, 'ResolvedRefs', 'ResolvedRefs'),
    ],
  })),
});

const conditions =
  (...types: readonly string[]): BecomeReady =>
  (object) =>
    observed(
      object,
      types.map((type) => condition(object, type)),
    );

const GATEWAY = 'gateway.networking.k8s.io';

const RULES: ReadonlyMap<string, BecomeReady> = new Map<string, BecomeReady>([
  ['apps/Deployment', deployment],
  ['apps/StatefulSet', statefulSet],
  ['apps/DaemonSet', daemonSet],
  ['apps/ReplicaSet', deployment],
  ['batch/Job', (o) => ({ succeeded: 1, conditions: [condition(o, 'Complete')] })],
  ['/Pod', (o) => ({ phase: 'Running', conditions: [condition(o, 'Ready')] })],
  ['/PersistentVolumeClaim', () => ({ phase: 'Bound' })],
  ['/Namespace', () => ({ phase: 'Active' })],
  ['/Service', service],
  [
    'policy/PodDisruptionBudget',
    (o) => observed(o, [condition(o, 'DisruptionAllowed')], { currentHealthy: 1, desiredHealthy: 1 }),
  ],
  ['apiextensions.k8s.io/CustomResourceDefinition', conditions('NamesAccepted', 'Established')],
  ['apiregistration.k8s.io/APIService', conditions('Available')],
  ['postgresql.cnpg.io/Cluster', cnpgCluster],
  ['postgresql.cnpg.io/Backup', () => ({ phase: 'completed' })],
  ['postgresql.cnpg.io/Database', (o) => ({ applied: true, observedGeneration: generation(o) })],
  [`${GATEWAY}/GatewayClass`, conditions('Accepted')],
  [`${GATEWAY}/Gateway`, conditions('Accepted', 'Programmed')],
  [`${GATEWAY}/HTTPRoute`, route],
  [`${GATEWAY}/GRPCRoute`, route],
  [`${GATEWAY}/TCPRoute`, route],
  [`${GATEWAY}/TLSRoute`, route],
  ['monitoring.coreos.com/PrometheusRule', () => undefined],
  ['monitoring.coreos.com/ServiceMonitor', () => undefined],
  ['monitoring.coreos.com/PodMonitor', () => undefined],
  ['apiextensions.crossplane.io/EnvironmentConfig', () => undefined],
]);
