import { isObject, type JsonObject } from '../../internal/json.ts';
import { type Checks, itemsAt, objectAt, textAt, textsAt } from '../checks.ts';
import { dnsLabel, labelValue, qualifiedName } from '../names.ts';
import { checkExpression, checkLabelSelector } from '../selectors.ts';

const EFFECTS = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];
const NODE_OPERATORS = ['In', 'NotIn', 'Exists', 'DoesNotExist', 'Gt', 'Lt'];
const MAX_WEIGHT = 100;
const REQUIRED = 'requiredDuringSchedulingIgnoredDuringExecution';
const PREFERRED = 'preferredDuringSchedulingIgnoredDuringExecution';

export function checkTolerations(checks: Checks, spec: JsonObject, path: string): void {
  for (const [toleration, at] of itemsAt(spec, 'tolerations', path)) {
    const [key, operator, value, effect] = ['key', 'operator', 'value', 'effect'].map((k) =>
      textAt(toleration, k),
    );
    if (key !== '') checks.text(key, `${at}.key`, qualifiedName);
    else if (operator !== 'Exists') checks.add(`${at}.operator`, 'must be "Exists" where no key is given');
    if (toleration.tolerationSeconds !== undefined && effect !== 'NoExecute')
      checks.add(`${at}.effect`, 'must be "NoExecute" beside tolerationSeconds');
    checks.oneOf(operator, `${at}.operator`, ['Equal', 'Exists']);
    if (operator === 'Exists' && value !== '')
      checks.add(`${at}.value`, 'must not be set with operator Exists');
    if (operator === 'Equal' || operator === '') checks.text(value, `${at}.value`, labelValue);
    checks.oneOf(effect, `${at}.effect`, EFFECTS);
  }
}

export function checkTopologySpread(checks: Checks, spec: JsonObject, path: string): void {
  const constraints = itemsAt(spec, 'topologySpreadConstraints', path);
  for (const [constraint, at] of constraints) {
    checks.number(constraint.maxSkew ?? 0, `${at}.maxSkew`, 1);
    checks.required(constraint.topologyKey, `${at}.topologyKey`);
    checks.text(constraint.topologyKey, `${at}.topologyKey`, qualifiedName);
    const when = textAt(constraint, 'whenUnsatisfiable');
    checks.choice(when, `${at}.whenUnsatisfiable`, ['DoNotSchedule', 'ScheduleAnyway']);
    checks.number(constraint.minDomains, `${at}.minDomains`, 1);
    if (constraint.minDomains !== undefined && when !== 'DoNotSchedule')
      checks.add(`${at}.minDomains`, 'may be set only with whenUnsatisfiable DoNotSchedule');
    for (const key of ['nodeAffinityPolicy', 'nodeTaintsPolicy'] as const)
      checks.oneOf(constraint[key], `${at}.${key}`, ['Ignore', 'Honor']);
    checkLabelSelector(checks, constraint.labelSelector, `${at}.labelSelector`);
    checkLabelKeys(checks, constraint, at);
  }
  checks.unique(
    constraints.map(([c]) => [c.topologyKey ?? '', c.whenUnsatisfiable ?? '']),
    (i) => constraints[i]?.[1] ?? path,
  );
}

/** Keys whose values come from the pod: not beside a selector that fixes them, and not without one. */
function checkLabelKeys(checks: Checks, term: JsonObject, path: string): void {
  const selector = objectAt(term, 'labelSelector');
  const fixed = new Set([
    ...Object.keys(objectAt(selector, 'matchLabels')),
    ...itemsAt(selector, 'matchExpressions', '').map(([e]) => textAt(e, 'key')),
  ]);
  for (const list of ['matchLabelKeys', 'mismatchLabelKeys'] as const) {
    const keys = textsAt(term, list);
    if (keys.length > 0 && !isObject(term.labelSelector))
      checks.add(`${path}.${list}`, 'may be set only beside a labelSelector');
    for (const [i, key] of keys.entries()) {
      checks.text(key, `${path}.${list}[${i}]`, qualifiedName);
      if (fixed.has(key)) checks.add(`${path}.${list}[${i}]`, 'is in the labelSelector already');
    }
  }
}

export function checkAffinity(checks: Checks, affinity: JsonObject, path: string): void {
  checkNodeAffinity(checks, objectAt(affinity, 'nodeAffinity'), `${path}.nodeAffinity`);
  for (const key of ['podAffinity', 'podAntiAffinity'] as const) {
    const terms = objectAt(affinity, key);
    const at = `${path}.${key}`;
    for (const [term, where] of itemsAt(terms, REQUIRED, at)) checkPodTerm(checks, term, where);
    for (const [weighted, where] of itemsAt(terms, PREFERRED, at)) {
      checks.number(weighted.weight ?? 0, `${where}.weight`, 1, MAX_WEIGHT);
      checkPodTerm(checks, objectAt(weighted, 'podAffinityTerm'), `${where}.podAffinityTerm`);
    }
  }
}

function checkPodTerm(checks: Checks, term: JsonObject, path: string): void {
  if (checks.required(term.topologyKey, `${path}.topologyKey`))
    checks.text(term.topologyKey, `${path}.topologyKey`, qualifiedName);
  checkLabelSelector(checks, term.labelSelector, `${path}.labelSelector`);
  checkLabelSelector(checks, term.namespaceSelector, `${path}.namespaceSelector`);
  for (const [i, name] of textsAt(term, 'namespaces').entries())
    checks.text(name, `${path}.namespaces[${i}]`, dnsLabel);
  checkLabelKeys(checks, term, path);
}

function checkNodeAffinity(checks: Checks, affinity: JsonObject, path: string): void {
  if (affinity[REQUIRED] !== undefined) {
    const required = objectAt(affinity, REQUIRED);
    const terms = itemsAt(required, 'nodeSelectorTerms', `${path}.${REQUIRED}`);
    if (terms.length === 0) checks.add(`${path}.${REQUIRED}.nodeSelectorTerms`, 'is required');
    for (const [term, at] of terms) checkNodeTerm(checks, term, at);
  }
  for (const [preferred, at] of itemsAt(affinity, PREFERRED, path)) {
    checks.number(preferred.weight ?? 0, `${at}.weight`, 1, MAX_WEIGHT);
    checkNodeTerm(checks, objectAt(preferred, 'preference'), `${at}.preference`);
  }
}

function checkNodeTerm(checks: Checks, term: JsonObject, path: string): void {
  for (const [expression, at] of itemsAt(term, 'matchExpressions', path)) {
    checkExpression(checks, expression, at, NODE_OPERATORS);
    const values = textsAt(expression, 'values');
    if (
      /^[GL]t$/.test(textAt(expression, 'operator')) &&
      (values.length !== 1 || !/^[-+]?\d+$/.test(values[0] ?? ''))
    )
      checks.add(`${at}.values`, 'must be one whole number with this operator');
  }
  for (const [field, at] of itemsAt(term, 'matchFields', path)) {
    if (field.key !== 'metadata.name') checks.add(`${at}.key`, 'must be "metadata.name"');
    checks.choice(textAt(field, 'operator'), `${at}.operator`, ['In', 'NotIn']);
    if (textsAt(field, 'values').length !== 1) checks.add(`${at}.values`, 'must be one name');
  }
}
