import type { JsonObject } from '../internal/json.ts';
import { type Checks, itemsAt, objectAt, textAt } from './checks.ts';
import { dnsSubdomain } from './names.ts';
import { checkPodTemplate } from './pods/pod-spec.ts';
import { checkWorkloadSelector } from './selectors.ts';
import { checkClaimSpec } from './storage.ts';

const DEFAULT_PROGRESS_SECONDS = 600;

export function checkDeployment(checks: Checks, object: JsonObject): void {
  const spec = workloadSpec(checks, object);
  const strategy = objectAt(spec, 'strategy');
  checks.oneOf(strategy.type, 'spec.strategy.type', ['Recreate', 'RollingUpdate']);
  if (strategy.type === 'Recreate') {
    const remedy = 'remove it, or set the type to RollingUpdate';
    if (strategy.rollingUpdate !== undefined)
      checks.add('spec.strategy.rollingUpdate', 'may not be set with type Recreate', remedy);
  } else
    checkRolling(checks, objectAt(strategy, 'rollingUpdate'), 'spec.strategy.rollingUpdate', 'Deployment');
  const { progressDeadlineSeconds = DEFAULT_PROGRESS_SECONDS, minReadySeconds = 0 } = spec;
  checks.number(spec.progressDeadlineSeconds, 'spec.progressDeadlineSeconds', 0);
  if (Number(progressDeadlineSeconds) <= Number(minReadySeconds))
    checks.add('spec.progressDeadlineSeconds', 'must be more than minReadySeconds');
}

export function checkDaemonSet(checks: Checks, object: JsonObject): void {
  const spec = workloadSpec(checks, object);
  const strategy = objectAt(spec, 'updateStrategy');
  checks.oneOf(strategy.type, 'spec.updateStrategy.type', ['OnDelete', 'RollingUpdate']);
  if (strategy.type === 'OnDelete') return;
  checkRolling(checks, objectAt(strategy, 'rollingUpdate'), 'spec.updateStrategy.rollingUpdate', 'DaemonSet');
}

export function checkStatefulSet(checks: Checks, object: JsonObject): void {
  // Until 1.33 the apiserver took whatever pod stood in it; its controller was refused each one.
  const spec = workloadSpec(checks, object, checks.minor < 34);
  checks.oneOf(spec.podManagementPolicy, 'spec.podManagementPolicy', ['OrderedReady', 'Parallel']);
  if (spec.serviceName !== '') checks.text(spec.serviceName, 'spec.serviceName', dnsSubdomain);
  const strategy = objectAt(spec, 'updateStrategy');
  checks.oneOf(strategy.type, 'spec.updateStrategy.type', ['OnDelete', 'RollingUpdate']);
  const rolling = objectAt(strategy, 'rollingUpdate');
  if (strategy.type === 'OnDelete' && strategy.rollingUpdate !== undefined)
    checks.add('spec.updateStrategy.rollingUpdate', 'may not be set with type OnDelete');
  checks.number(rolling.partition, 'spec.updateStrategy.rollingUpdate.partition', 0);
  for (const key of ['whenDeleted', 'whenScaled'] as const) {
    const at = `spec.persistentVolumeClaimRetentionPolicy.${key}`;
    checks.oneOf(objectAt(spec, 'persistentVolumeClaimRetentionPolicy')[key], at, ['Retain', 'Delete']);
  }
  checks.number(objectAt(spec, 'ordinals').start, 'spec.ordinals.start', 0);
  checkClaimTemplates(checks, spec);
}

/** The apiserver judges little of a claim before there is one; until 1.33 nothing. */
function checkClaimTemplates(checks: Checks, spec: JsonObject): void {
  if (checks.minor < 34) return;
  for (const [template, path] of itemsAt(spec, 'volumeClaimTemplates', 'spec')) {
    const claim = objectAt(template, 'spec');
    if (textAt(objectAt(template, 'metadata'), 'name') !== '') checkClaimSpec(checks, claim, `${path}.spec`);
  }
}

function workloadSpec(checks: Checks, object: JsonObject, unread = false): JsonObject {
  const spec = objectAt(object, 'spec');
  const template = objectAt(spec, 'template');
  for (const key of ['replicas', 'minReadySeconds', 'revisionHistoryLimit'] as const)
    checks.number(spec[key], `spec.${key}`, 0);
  checkWorkloadSelector(checks, spec, template);
  // The volumes of claims are there only once there is a pod.
  const claims = itemsAt(spec, 'volumeClaimTemplates', 'spec').map(([claim]) =>
    textAt(objectAt(claim, 'metadata'), 'name'),
  );
  checkPodTemplate(checks, template, 'spec.template', {
    restartPolicies: ['Always'],
    claims,
    unread,
  });
  return spec;
}

function checkRolling(
  checks: Checks,
  rolling: JsonObject,
  path: string,
  kind: 'Deployment' | 'DaemonSet',
): void {
  const [unavailable, surge] = [rolling.maxUnavailable, rolling.maxSurge];
  checkShare(checks, unavailable, `${path}.maxUnavailable`, true);
  checkShare(checks, surge, `${path}.maxSurge`, kind === 'DaemonSet');
  const none = (value: unknown): boolean => value !== undefined && Number.parseInt(String(value), 10) === 0;
  if (kind === 'DaemonSet') {
    if (none(unavailable) && (surge === undefined || none(surge)))
      checks.add(`${path}.maxUnavailable`, 'must not be 0 where maxSurge is 0 too');
    if (!none(surge) && surge !== undefined && !none(unavailable) && unavailable !== undefined)
      checks.add(`${path}.maxSurge`, 'must not stand beside a maxUnavailable above 0');
    if (surge !== undefined && !none(surge) && unavailable === undefined)
      checks.add(`${path}.maxUnavailable`, 'must be 0 where maxSurge is set', 'its default is 1');
  } else if (none(unavailable) && none(surge)) {
    checks.add(`${path}.maxUnavailable`, 'must not be 0 where maxSurge is 0 too');
  }
}

/** A count that is not negative, or a percentage. */
export function checkShare(checks: Checks, value: unknown, path: string, atMostAll: boolean): void {
  checks.number(value, path, 0);
  if (typeof value !== 'string') return;
  if (!/^[0-9]+%$/.test(value)) checks.add(path, 'must be a whole number or a percentage, such as 25%');
  else if (atMostAll && Number.parseInt(value, 10) > 100) checks.add(path, 'must be at most 100%');
}
