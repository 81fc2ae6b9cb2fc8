import type { Issue } from '../errors.ts';
import type { JsonObject } from '../internal/json.ts';
import type { StructuralSchema } from '../schema/index.ts';
import { Checks } from './checks.ts';
import { checkApiService, checkNamespace, checkPriorityClass } from './cluster-kinds.ts';
import { checkConfigMap, checkSecret } from './configuration.ts';
import { checkDecoding } from './decode.ts';
import { checkCompositeResourceDefinition, checkCustomResourceDefinition } from './definitions.ts';
import { checkCronJob, checkJob } from './jobs.ts';
import { checkMetadata } from './metadata.ts';
import { checkIngress, checkNetworkPolicy } from './networking.ts';
import { checkPod } from './pods/pod-spec.ts';
import { checkLimitRange, checkResourceQuota } from './quotas.ts';
import { checkRole, checkRoleBinding } from './rbac.ts';
import { checkHorizontalPodAutoscaler, checkPodDisruptionBudget } from './scaling.ts';
import { checkService } from './service.ts';
import { checkPersistentVolumeClaim, checkStorageClass } from './storage.ts';
import { checkWebhooks } from './webhooks.ts';
import { checkDaemonSet, checkDeployment, checkStatefulSet } from './workloads.ts';

/** No rule on what is not Kubernetes' own differs between versions. */
const NEWEST_MINOR = 36;

type Check = (checks: Checks, object: JsonObject) => void;

/** By `apiVersion kind`. */
const KINDS: ReadonlyMap<string, Check> = new Map<string, Check>([
  ['v1 ConfigMap', checkConfigMap],
  ['v1 LimitRange', checkLimitRange],
  ['v1 Namespace', checkNamespace],
  ['v1 PersistentVolumeClaim', checkPersistentVolumeClaim],
  ['v1 Pod', checkPod],
  ['v1 ResourceQuota', checkResourceQuota],
  ['v1 Secret', checkSecret],
  ['v1 Service', checkService],
  ['admissionregistration.k8s.io/v1 MutatingWebhookConfiguration', checkWebhooks],
  ['admissionregistration.k8s.io/v1 ValidatingWebhookConfiguration', checkWebhooks],
  ['apiextensions.crossplane.io/v1 CompositeResourceDefinition', checkCompositeResourceDefinition],
  ['apiextensions.crossplane.io/v2 CompositeResourceDefinition', checkCompositeResourceDefinition],
  ['apiextensions.k8s.io/v1 CustomResourceDefinition', checkCustomResourceDefinition],
  ['apiregistration.k8s.io/v1 APIService', checkApiService],
  ['apps/v1 DaemonSet', checkDaemonSet],
  ['apps/v1 Deployment', checkDeployment],
  ['apps/v1 StatefulSet', checkStatefulSet],
  ['autoscaling/v2 HorizontalPodAutoscaler', checkHorizontalPodAutoscaler],
  ['batch/v1 CronJob', checkCronJob],
  ['batch/v1 Job', checkJob],
  ['networking.k8s.io/v1 Ingress', checkIngress],
  ['networking.k8s.io/v1 NetworkPolicy', checkNetworkPolicy],
  ['policy/v1 PodDisruptionBudget', checkPodDisruptionBudget],
  ['rbac.authorization.k8s.io/v1 ClusterRole', checkRole],
  ['rbac.authorization.k8s.io/v1 ClusterRoleBinding', checkRoleBinding],
  ['rbac.authorization.k8s.io/v1 Role', checkRole],
  ['rbac.authorization.k8s.io/v1 RoleBinding', checkRoleBinding],
  ['scheduling.k8s.io/v1 PriorityClass', checkPriorityClass],
  ['storage.k8s.io/v1 StorageClass', checkStorageClass],
]);

export interface ServedKind {
  /** `''` for the core group. */
  readonly group: string;
  readonly kind: string;
  readonly scope: 'Namespaced' | 'Cluster';
}

/** Kubernetes' own schema of a kind, and the definitions behind its references. */
export interface CoreSchema {
  readonly schema: StructuralSchema;
  /** Of the version that it is of: 35 for 1.35. */
  readonly minor: number;
  readonly definition: (name: string) => StructuralSchema | undefined;
}

/**
 * What kube-apiserver checks in code, beyond any schema: the metadata of every object, and for its own kinds names,
 * ports, selectors, references within a pod and all that. Values of a wrong type are passed over.
 * @param own of one of Kubernetes' own kinds; what these hold is read into Go's types
 */
export function checkServed(object: JsonObject, served: ServedKind, own?: CoreSchema): readonly Issue[] {
  const checks = new Checks(own?.minor ?? NEWEST_MINOR);
  checkMetadata(checks, object, { ...served, core: own !== undefined });
  if (own !== undefined) checkDecoding(checks, own.schema, object, '', own.definition);
  KINDS.get(`${String(object.apiVersion)} ${served.kind}`)?.(checks, object);
  return checks.issues;
}

export { withoutNulls } from './decode.ts';
