import type { JsonObject } from '../internal/json.ts';
import { type Checks, isEmpty, itemsAt, objectAt, textAt } from './checks.ts';
import { dnsSubdomain, pathSegment } from './names.ts';
import { checkLabelSelector } from './selectors.ts';

const GROUP = 'rbac.authorization.k8s.io';

export function checkRole(checks: Checks, object: JsonObject): void {
  const namespaced = object.kind === 'Role';
  for (const [rule, at] of itemsAt(object, 'rules', '')) checkRule(checks, rule, at, namespaced);
  if (object.aggregationRule === undefined) return;
  const selectors = itemsAt(objectAt(object, 'aggregationRule'), 'clusterRoleSelectors', 'aggregationRule');
  if (selectors.length === 0) checks.add('aggregationRule.clusterRoleSelectors', 'is required');
  for (const [selector, at] of selectors) checkLabelSelector(checks, selector, at);
}

function checkRule(checks: Checks, rule: JsonObject, path: string, namespaced: boolean): void {
  checks.required(rule.verbs, `${path}.verbs`);
  if (!isEmpty(rule.nonResourceURLs)) {
    if (namespaced) checks.add(`${path}.nonResourceURLs`, 'may be set only in a ClusterRole');
    if (!isEmpty(rule.apiGroups) || !isEmpty(rule.resources) || !isEmpty(rule.resourceNames))
      checks.add(`${path}.nonResourceURLs`, 'must not stand beside resources');
    return;
  }
  checks.required(rule.apiGroups, `${path}.apiGroups`);
  checks.required(rule.resources, `${path}.resources`);
}

export function checkRoleBinding(checks: Checks, object: JsonObject): void {
  const namespaced = object.kind === 'RoleBinding';
  const ref = objectAt(object, 'roleRef');
  // Left out, it is taken to be this group.
  checks.oneOf(ref.apiGroup, 'roleRef.apiGroup', [GROUP]);
  checks.choice(textAt(ref, 'kind'), 'roleRef.kind', namespaced ? ['Role', 'ClusterRole'] : ['ClusterRole']);
  if (checks.required(ref.name, 'roleRef.name')) checks.text(ref.name, 'roleRef.name', pathSegment);
  for (const [subject, at] of itemsAt(object, 'subjects', '')) checkSubject(checks, subject, at, namespaced);
}

function checkSubject(checks: Checks, subject: JsonObject, path: string, namespaced: boolean): void {
  checks.required(subject.name, `${path}.name`);
  const kind = textAt(subject, 'kind');
  checks.choice(kind, `${path}.kind`, ['ServiceAccount', 'User', 'Group']);
  if (kind === 'User' || kind === 'Group') {
    checks.oneOf(subject.apiGroup, `${path}.apiGroup`, [GROUP]);
    return;
  }
  if (kind !== 'ServiceAccount') return;
  if (subject.name !== '') checks.text(subject.name, `${path}.name`, dnsSubdomain);
  checks.forbidden(subject.apiGroup, `${path}.apiGroup`, 'must be empty for a ServiceAccount');
  if (!namespaced) checks.required(subject.namespace, `${path}.namespace`);
}
