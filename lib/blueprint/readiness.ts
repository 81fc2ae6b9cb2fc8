import { ApiObject } from 'cdk8s';
import type { IConstruct } from 'constructs';
import { isObject, type Json, type JsonObject } from '../internal/json.ts';
import { COMPOSE_GROUP } from '../model/names.ts';

/** How an observed object is doing; `message` says why it is not ready. */
export type Readiness = { readonly ready: true } | { readonly ready: false; readonly message: string };

/** Reads fields of an observed object; decodes only what it asks for. */
export type FieldReader = (...path: readonly (string | number)[]) => Json | undefined;
export type ReadinessRule = (read: FieldReader) => Readiness;

const READY: Readiness = { ready: true };
const CUSTOM: unique symbol = Symbol.for('@openova/blueprints.readiness');

/**
 * Overrides how a construct's object is judged: `readyWhen(job, (read) => …)`. Of a construct that holds an object,
 * such as a Deployment of cdk8s-plus, it is that object.
 */
export function readyWhen(construct: IConstruct, rule: ReadinessRule): void {
  Object.defineProperty(ApiObject.of(construct), CUSTOM, { value: rule, configurable: true });
}

export function customRule(construct: IConstruct): ReadinessRule | undefined {
  return CUSTOM in construct ? (construct[CUSTOM] as ReadinessRule) : undefined;
}

/** Judges an observed object by its kind (kstatus rules, and the ecosystem's own conditions). */
export function readinessOf(apiVersion: string, kind: string, read: FieldReader): Readiness {
  const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
  if (read('metadata', 'deletionTimestamp') !== undefined) return waiting('is being deleted');
  return ruleOf(group, kind)(read);
}

function ruleOf(group: string, kind: string): ReadinessRule {
  if (group === COMPOSE_GROUP) return compositeRule;
  const own = (rules: Readonly<Record<string, ReadinessRule>>, key: string): ReadinessRule | undefined =>
    Object.hasOwn(rules, key) ? rules[key] : undefined;
  return own(RULES, `${group}/${kind}`) ?? own(GROUP_RULES, group) ?? unknownKind;
}

function waiting(message: string): Readiness {
  return { ready: false, message };
}

const exists: ReadinessRule = () => READY;

interface Condition {
  readonly status: string;
  readonly reason: string;
  readonly message: string;
  readonly observedGeneration: number | undefined;
}

function conditions(list: Json | undefined): ReadonlyMap<string, Condition> {
  const out = new Map<string, Condition>();
  if (!Array.isArray(list)) return out;
  for (const item of list as readonly Json[]) {
    if (!isObject(item) || typeof item.type !== 'string') continue;
    const generation = item.observedGeneration;
    out.set(item.type, {
      status: String(item.status ?? ''),
      reason: String(item.reason ?? ''),
      message: String(item.message ?? ''),
      observedGeneration: typeof generation === 'number' ? generation : undefined,
    });
  }
  return out;
}

/** Condition `type` must be True, and no older than the object's generation. */
function condition(type: string): ReadinessRule {
  return (read) => {
    const found = conditions(read('status', 'conditions')).get(type);
    return found === undefined ? waiting(`has no condition ${type} yet`) : judgeCondition(type, found, read);
  };
}

function judgeCondition(type: string, found: Condition, read: FieldReader): Readiness {
  const generation = read('metadata', 'generation');
  const seen = found.observedGeneration ?? read('status', 'observedGeneration');
  if (isBehind(seen, generation)) return waiting(lagging(generation));
  return found.status === 'True' ? READY : waiting(describe(type, found));
}

function isBehind(seen: Json | undefined, generation: Json | undefined): boolean {
  return typeof generation === 'number' && typeof seen === 'number' && seen < generation;
}

function lagging(generation: Json | undefined): string {
  return `generation ${String(generation)} is not reconciled yet`;
}

const MAX_MESSAGE = 300;

function describe(type: string, c: Condition): string {
  const text = [c.reason, c.message].filter((s) => s !== '').join(': ');
  return `${type} is ${c.status}${text === '' ? '' : ` (${text.slice(0, MAX_MESSAGE)})`}`;
}

function replicas(want: readonly string[], have: readonly (readonly [string, string])[]): ReadinessRule {
  return (read) => {
    const generation = num(read('metadata', 'generation'));
    if (num(read('status', 'observedGeneration')) < generation)
      return waiting('the latest change is not observed yet');
    const wanted = num(read(...want), 1);
    for (const [field, word] of have) {
      const count = num(read('status', field));
      if (count < wanted) return waiting(`${count} of ${wanted} replicas ${word}`);
    }
    return READY;
  };
}

const READY_REPLICAS = ['readyReplicas', 'are ready'] as const;
const UPDATED_REPLICAS = ['updatedReplicas', 'are up to date'] as const;
const readyPods: ReadinessRule = replicas(['spec', 'replicas'], [READY_REPLICAS]);
const readyNewPods: ReadinessRule = replicas(['spec', 'replicas'], [UPDATED_REPLICAS, READY_REPLICAS]);

/** Pods of the old revision count as ready too: a rollout is over only when all are new, unless some are held back. */
const statefulSet: ReadinessRule = (read) => {
  const strategy = ['spec', 'updateStrategy'] as const;
  const byHand = read(...strategy, 'type') === 'OnDelete';
  const heldBack = num(read(...strategy, 'rollingUpdate', 'partition')) > 0;
  return (byHand || heldBack ? readyPods : readyNewPods)(read);
};

function num(value: Json | undefined, fallback = 0): number {
  return typeof value === 'number' ? value : fallback;
}

const compositeRule: ReadinessRule = (read) => {
  const synced = condition('Synced')(read);
  return synced.ready ? condition('Ready')(read) : synced;
};

/** A route is ready once a parent accepted it and its backends resolve. */
const route: ReadinessRule = (read) => {
  const parents = read('status', 'parents');
  if (!Array.isArray(parents) || parents.length === 0) return waiting('no Gateway has accepted it yet');
  const generation = read('metadata', 'generation');
  for (const parent of parents as readonly Json[]) {
    const found = conditions(isObject(parent) ? parent.conditions : undefined);
    for (const type of ['Accepted', 'ResolvedRefs']) {
      const c = found.get(type);
      if (c === undefined) continue;
      if (isBehind(c.observedGeneration, generation)) return waiting(lagging(generation));
      if (c.status !== 'True') return waiting(describe(type, c));
    }
    if (!found.has('Accepted')) return waiting('no Gateway has accepted it yet');
  }
  return READY;
};

const job: ReadinessRule = (read) => {
  const found = conditions(read('status', 'conditions'));
  const failed = found.get('Failed');
  if (failed?.status === 'True') return waiting(describe('Failed', failed));
  return found.get('Complete')?.status === 'True' ? READY : waiting('has not completed yet');
};

const phase =
  (want: string): ReadinessRule =>
  (read) => {
    const value = read('status', 'phase');
    return value === want ? READY : waiting(`phase is ${typeof value === 'string' ? value : 'not set yet'}`);
  };

const service: ReadinessRule = (read) => {
  if (read('spec', 'type') !== 'LoadBalancer') return READY;
  const ingress = read('status', 'loadBalancer', 'ingress');
  return Array.isArray(ingress) && ingress.length > 0
    ? READY
    : waiting('the load balancer has no address yet');
};

/** An OCI HelmRepository is static: Flux gives it no status. */
const helmRepository: ReadinessRule = (read) =>
  read('spec', 'type') === 'oci' ? READY : condition('Ready')(read);

/** Kinds we know nothing of: a Ready condition decides if there is one, else being there is enough. */
const unknownKind: ReadinessRule = (read) => {
  const list = read('status', 'conditions');
  if (!Array.isArray(list)) return READY;
  const found = conditions(list).get('Ready');
  return found === undefined ? READY : judgeCondition('Ready', found, read);
};

const GROUP_RULES: Readonly<Record<string, ReadinessRule>> = {
  'helm.toolkit.fluxcd.io': condition('Ready'),
  'kustomize.toolkit.fluxcd.io': condition('Ready'),
  'source.toolkit.fluxcd.io': condition('Ready'),
  'cert-manager.io': condition('Ready'),
  'external-secrets.io': condition('Ready'),
  'generators.external-secrets.io': exists,
  'kyverno.io': condition('Ready'),
  'monitoring.coreos.com': exists,
  'rbac.authorization.k8s.io': exists,
  // Usages are reconciled only where webhooks are on: waiting for them would hold an XR back for ever.
  'protection.crossplane.io': exists,
};

const RULES: Readonly<Record<string, ReadinessRule>> = {
  '/ConfigMap': exists,
  '/Secret': exists,
  '/ServiceAccount': exists,
  '/Namespace': phase('Active'),
  '/PersistentVolumeClaim': phase('Bound'),
  '/Service': service,
  '/Pod': condition('Ready'),
  'apps/Deployment': replicas(
    ['spec', 'replicas'],
    [
      ['updatedReplicas', 'are up to date'],
      ['availableReplicas', 'are available'],
    ],
  ),
  'apps/StatefulSet': statefulSet,
  'apps/DaemonSet': replicas(
    ['status', 'desiredNumberScheduled'],
    [
      ['updatedNumberScheduled', 'are up to date'],
      ['numberAvailable', 'are available'],
    ],
  ),
  'batch/Job': job,
  'apiextensions.k8s.io/CustomResourceDefinition': condition('Established'),
  'apiregistration.k8s.io/APIService': condition('Available'),
  'gateway.networking.k8s.io/Gateway': condition('Programmed'),
  'gateway.networking.k8s.io/GatewayClass': condition('Accepted'),
  'gateway.networking.k8s.io/HTTPRoute': route,
  'gateway.networking.k8s.io/GRPCRoute': route,
  'gateway.networking.k8s.io/ReferenceGrant': exists,
  'source.toolkit.fluxcd.io/HelmRepository': helmRepository,
  'external-secrets.io/PushSecret': condition('Ready'),
  'kyverno.io/PolicyException': exists,
  'postgresql.cnpg.io/Cluster': condition('Ready'),
  'postgresql.cnpg.io/Database': (read) =>
    read('status', 'applied') === true ? READY : waiting('is not applied yet'),
  'postgresql.cnpg.io/Backup': phase('completed'),
  'serving.knative.dev/Service': condition('Ready'),
  'serving.kserve.io/InferenceService': condition('Ready'),
};

/** An object's fields as a reader, for callers that hold the whole object. */
export function readerOf(object: JsonObject): FieldReader {
  return (...path) => {
    let at: Json | undefined = object;
    for (const key of path) {
      if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key)) return undefined;
      at = (at as Readonly<Record<string | number, Json>>)[key];
    }
    return at;
  };
}
