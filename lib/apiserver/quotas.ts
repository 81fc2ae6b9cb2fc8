import type { JsonObject } from '../internal/json.ts';
import { NANO } from '../schema/quantity.ts';
import { type Checks, itemsAt, objectAt, textAt, textsAt } from './checks.ts';
import { qualifiedName } from './names.ts';
import {
  CONTAINER_RESOURCES,
  checkQuantity,
  checkResourceName,
  checkWhole,
  quantityOf,
  resourceEntries,
} from './resources.ts';

const COMPUTE = [
  ...['cpu', 'memory', 'ephemeral-storage', 'requests.cpu', 'requests.memory', 'requests.ephemeral-storage'],
  ...['limits.cpu', 'limits.memory', 'limits.ephemeral-storage'],
];
const COUNTED = [
  ...['pods', 'resourcequotas', 'services', 'replicationcontrollers', 'secrets', 'configmaps'],
  ...['persistentvolumeclaims', 'services.nodeports', 'services.loadbalancers'],
];
const QUOTA_RESOURCES = [...COMPUTE, ...COUNTED, 'requests.storage'];
const SCOPES = [
  ...['Terminating', 'NotTerminating', 'BestEffort', 'NotBestEffort', 'PriorityClass'],
  ...['CrossNamespacePodAffinity', 'VolumeAttributesClass'],
];
const POD_RESOURCES = [
  'cpu',
  'memory',
  'requests.cpu',
  'requests.memory',
  'limits.cpu',
  'limits.memory',
  'pods',
];

export function checkResourceQuota(checks: Checks, object: JsonObject): void {
  const spec = objectAt(object, 'spec');
  const hard = resourceEntries(spec.hard, 'spec.hard');
  for (const [name, value, at] of hard) {
    if (name.startsWith('count/') || /^(requests|limits)\.hugepages-/.test(name))
      checks.text(name, at, qualifiedName);
    else if (!name.includes('.') || !/^requests\..*\//.test(name))
      checkResourceName(checks, name, at, QUOTA_RESOURCES);
    checkQuantity(checks, value, at);
    if (COUNTED.includes(name)) checkWhole(checks, value, at);
  }
  const names = hard.map(([name]) => name);
  const scopes = textsAt(spec, 'scopes');
  for (const [i, scope] of scopes.entries()) checkScope(checks, scope, `spec.scopes[${i}]`, names);
  checkConflicts(checks, scopes, 'spec.scopes');
  const path = 'spec.scopeSelector';
  for (const [expression, at] of itemsAt(objectAt(spec, 'scopeSelector'), 'matchExpressions', path)) {
    const [scope, operator] = [textAt(expression, 'scopeName'), textAt(expression, 'operator')];
    checkScope(checks, scope, `${at}.scopeName`, names);
    checks.choice(operator, `${at}.operator`, ['In', 'NotIn', 'Exists', 'DoesNotExist']);
    const fixed = !/^(PriorityClass|VolumeAttributesClass)$/.test(scope);
    if (fixed && operator !== 'Exists') checks.add(`${at}.operator`, `must be "Exists" for scope ${scope}`);
    const values = textsAt(expression, 'values');
    if (/In$/.test(operator) === (values.length === 0))
      checks.add(
        `${at}.values`,
        values.length === 0
          ? `is required with operator ${operator}`
          : `must not be set with operator ${operator}`,
      );
  }
}

function checkScope(checks: Checks, scope: string, path: string, resources: readonly string[]): void {
  checks.choice(scope, path, SCOPES);
  const bounded = /^(Terminating|NotTerminating|NotBestEffort|PriorityClass|CrossNamespacePodAffinity)$/.test(
    scope,
  );
  const allowed = scope === 'BestEffort' ? ['pods'] : POD_RESOURCES;
  if (!bounded && scope !== 'BestEffort') return;
  const others = resources.filter((name) => QUOTA_RESOURCES.includes(name) && !allowed.includes(name));
  if (others.length > 0) checks.add(path, `does not apply to ${others.join(', ')}`);
}

function checkConflicts(checks: Checks, scopes: readonly string[], path: string): void {
  for (const scope of ['BestEffort', 'Terminating'])
    if (scopes.includes(scope) && scopes.includes(`Not${scope}`))
      checks.add(path, `must not hold both ${scope} and Not${scope}`);
}

const LISTS = ['max', 'min', 'default', 'defaultRequest', 'maxLimitRequestRatio'] as const;
/** Of two lists, the first must be at most the second. */
const ORDER = [
  ['min', 'max'],
  ['min', 'defaultRequest'],
  ['defaultRequest', 'max'],
  ['defaultRequest', 'default'],
  ['min', 'default'],
  ['default', 'max'],
] as const;

export function checkLimitRange(checks: Checks, object: JsonObject): void {
  const limits = itemsAt(objectAt(object, 'spec'), 'limits', 'spec');
  for (const [limit, at] of limits) checkLimit(checks, limit, at);
  checks.unique(
    limits.map(([limit]) => limit.type),
    (i) => `${limits[i]?.[1]}.type`,
  );
}

function checkLimit(checks: Checks, limit: JsonObject, path: string): void {
  const type = textAt(limit, 'type');
  if (checks.required(type, `${path}.type`)) checks.text(type, `${path}.type`, qualifiedName);
  const own = ['Pod', 'Container', 'PersistentVolumeClaim'].includes(type);
  if (!own && type !== '' && !type.includes('/'))
    checks.add(`${path}.type`, 'must be "Container", "Pod" or "PersistentVolumeClaim"');
  for (const list of LISTS) {
    if (type === 'Pod' && list.startsWith('default'))
      checks.forbidden(limit[list], `${path}.${list}`, 'may not be set for type Pod');
    for (const [name, , at] of resourceEntries(limit[list], `${path}.${list}`)) {
      if (type === 'Pod' || type === 'Container') checkResourceName(checks, name, at, CONTAINER_RESOURCES);
      else checkResourceName(checks, name, at, [...QUOTA_RESOURCES, 'storage']);
    }
  }
  if (type === 'PersistentVolumeClaim') {
    const storage = objectAt(limit, 'min').storage ?? objectAt(limit, 'max').storage;
    if (storage === undefined) checks.add(path, 'must have storage in min or in max');
  }
  for (const [low, high] of ORDER) checkOrder(checks, limit, path, low, high);
  for (const [name, value, at] of resourceEntries(
    limit.maxLimitRequestRatio,
    `${path}.maxLimitRequestRatio`,
  )) {
    const ratio = quantityOf(value);
    if (ratio === undefined) continue;
    if (ratio < NANO) checks.add(at, 'must be at least 1');
    const [min, max] = [quantityOf(objectAt(limit, 'min')[name]), quantityOf(objectAt(limit, 'max')[name])];
    if (min !== undefined && max !== undefined && min > 0n && ratio * min > max * NANO)
      checks.add(at, 'must be at most max divided by min');
  }
}

function checkOrder(checks: Checks, limit: JsonObject, path: string, low: string, high: string): void {
  if (textAt(limit, 'type') === 'Pod' && /default/.test(low + high)) return;
  for (const [name, value, at] of resourceEntries(limit[low], `${path}.${low}`)) {
    const [below, above] = [quantityOf(value), quantityOf(objectAt(limit, high)[name])];
    if (below !== undefined && above !== undefined && below > above)
      checks.add(at, `must be at most ${high}`);
  }
}
