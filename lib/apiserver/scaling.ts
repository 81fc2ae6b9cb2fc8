import { isObject, type JsonObject } from '../internal/json.ts';
import { type Checks, itemsAt, objectAt, textAt } from './checks.ts';
import { dnsLabel, pathSegment } from './names.ts';
import { CONTAINER_RESOURCES, checkQuantity, checkResourceName } from './resources.ts';
import { checkLabelSelector } from './selectors.ts';
import { checkShare } from './workloads.ts';

const METRICS: Readonly<Record<string, string>> = {
  ContainerResource: 'containerResource',
  External: 'external',
  Object: 'object',
  Pods: 'pods',
  Resource: 'resource',
};
const MAX_WINDOW_SECONDS = 3600;
const MAX_PERIOD_SECONDS = 1800;

export function checkHorizontalPodAutoscaler(checks: Checks, object: JsonObject): void {
  const spec = objectAt(object, 'spec');
  checks.number(spec.minReplicas, 'spec.minReplicas', 1);
  checks.number(spec.maxReplicas ?? 0, 'spec.maxReplicas', 1);
  if (Number(spec.maxReplicas) < Number(spec.minReplicas ?? 1))
    checks.add('spec.maxReplicas', 'must be at least minReplicas');
  const target = objectAt(spec, 'scaleTargetRef');
  checkTarget(checks, target, 'spec.scaleTargetRef');
  // Of what scales, this one kind is in the group without a name.
  const grouped = target.kind !== 'ReplicationController';
  if (grouped && checks.minor >= 34 && !/^[^/]+\/[^/]+$/.test(textAt(target, 'apiVersion')))
    checks.add('spec.scaleTargetRef.apiVersion', 'must be a group and a version, such as apps/v1');
  for (const [metric, at] of itemsAt(spec, 'metrics', 'spec')) checkMetric(checks, metric, at);
  for (const key of ['scaleUp', 'scaleDown'] as const) {
    const rules = objectAt(spec, 'behavior')[key];
    if (isObject(rules)) checkRules(checks, rules, `spec.behavior.${key}`);
  }
}

function checkTarget(checks: Checks, ref: JsonObject, path: string): void {
  for (const key of ['kind', 'name'] as const)
    if (checks.required(ref[key], `${path}.${key}`)) checks.text(ref[key], `${path}.${key}`, pathSegment);
  const version = textAt(ref, 'apiVersion');
  if (checks.minor >= 34 && version.split('/').length > 2)
    checks.add(`${path}.apiVersion`, 'must be a group and a version, such as apps/v1');
}

function checkMetric(checks: Checks, metric: JsonObject, path: string): void {
  const type = textAt(metric, 'type');
  const types = Object.keys(METRICS);
  checks.choice(type, `${path}.type`, types);
  const expected = METRICS[type];
  const given = Object.values(METRICS).filter((key) => metric[key] !== undefined);
  if (expected !== undefined && metric[expected] === undefined)
    checks.add(`${path}.${expected}`, `is required of type ${type}`);
  for (const key of given)
    if (key !== expected) checks.add(`${path}.${key}`, `may not be set with type ${type}`);
  const only = given.length === 1 ? given[0] : undefined;
  if (only !== undefined) checkMetricSource(checks, objectAt(metric, only), `${path}.${only}`, only);
}

function checkMetricSource(checks: Checks, source: JsonObject, path: string, kind: string): void {
  const target = objectAt(source, 'target');
  const at = `${path}.target`;
  checks.choice(textAt(target, 'type'), `${at}.type`, ['Utilization', 'Value', 'AverageValue']);
  for (const key of ['value', 'averageValue'] as const)
    checkQuantity(checks, target[key], `${at}.${key}`, 'above zero');
  checks.number(target.averageUtilization, `${at}.averageUtilization`, 1);
  const has = (key: string): boolean => target[key] !== undefined;
  if (kind === 'resource' || kind === 'containerResource') {
    if (checks.required(source.name, `${path}.name`) && kind === 'containerResource')
      checkResourceName(checks, textAt(source, 'name'), `${path}.name`, CONTAINER_RESOURCES);
    if (kind === 'containerResource' && checks.required(source.container, `${path}.container`))
      checks.text(source.container, `${path}.container`, dnsLabel);
    if (has('averageUtilization') === has('averageValue'))
      checks.add(at, 'must have exactly one of averageUtilization and averageValue');
    return;
  }
  checkMetricName(checks, objectAt(source, 'metric'), `${path}.metric`);
  if (kind === 'object') checkTarget(checks, objectAt(source, 'describedObject'), `${path}.describedObject`);
  if (kind === 'pods') {
    checks.required(target.averageValue, `${at}.averageValue`);
    return;
  }
  if (!has('value') && !has('averageValue')) checks.add(at, 'must have a value or an averageValue');
  if (kind === 'external' && has('value') && has('averageValue'))
    checks.add(at, 'must not have both a value and an averageValue');
}

function checkMetricName(checks: Checks, metric: JsonObject, path: string): void {
  if (checks.required(metric.name, `${path}.name`)) checks.text(metric.name, `${path}.name`, pathSegment);
}

function checkRules(checks: Checks, rules: JsonObject, path: string): void {
  checks.number(
    rules.stabilizationWindowSeconds,
    `${path}.stabilizationWindowSeconds`,
    0,
    MAX_WINDOW_SECONDS,
  );
  if (rules.selectPolicy !== undefined)
    checks.choice(textAt(rules, 'selectPolicy'), `${path}.selectPolicy`, ['Disabled', 'Max', 'Min']);
  // Before, it was dropped unread.
  if (checks.minor >= 35) checkQuantity(checks, rules.tolerance, `${path}.tolerance`);
  // Left out, it has defaults; an empty list does not.
  if (Array.isArray(rules.policies) && rules.policies.length === 0)
    checks.add(`${path}.policies`, 'must not be empty');
  for (const [policy, at] of itemsAt(rules, 'policies', path)) {
    checks.choice(textAt(policy, 'type'), `${at}.type`, ['Percent', 'Pods']);
    checks.number(policy.value ?? 0, `${at}.value`, 1);
    checks.number(policy.periodSeconds ?? 0, `${at}.periodSeconds`, 1, MAX_PERIOD_SECONDS);
  }
}

export function checkPodDisruptionBudget(checks: Checks, object: JsonObject): void {
  const spec = objectAt(object, 'spec');
  if (spec.minAvailable !== undefined && spec.maxUnavailable !== undefined)
    checks.add('spec', 'must not have both minAvailable and maxUnavailable');
  for (const key of ['minAvailable', 'maxUnavailable'] as const)
    checkShare(checks, spec[key], `spec.${key}`, true);
  checkLabelSelector(checks, spec.selector, 'spec.selector');
  if (spec.unhealthyPodEvictionPolicy !== undefined) {
    const policies = ['AlwaysAllow', 'IfHealthyBudget'];
    checks.choice(textAt(spec, 'unhealthyPodEvictionPolicy'), 'spec.unhealthyPodEvictionPolicy', policies);
  }
}
