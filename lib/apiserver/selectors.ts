import { isObject, type JsonObject } from '../internal/json.ts';
import { type Checks, itemsAt, keyPath, objectAt, textAt, textsAt } from './checks.ts';
import { labelValue, qualifiedName } from './names.ts';

/** Keys and values of labels. */
export function checkLabels(checks: Checks, labels: unknown, path: string): void {
  if (!isObject(labels)) return;
  for (const [key, value] of Object.entries(labels)) {
    checks.text(key, keyPath(path, key), qualifiedName);
    checks.text(value, keyPath(path, key), labelValue);
  }
}

export interface SelectorOptions {
  /** Old kinds accept values in expressions that no label can have. */
  readonly anyValue?: boolean;
}

const OPERATORS = ['In', 'NotIn', 'Exists', 'DoesNotExist'];

/** A LabelSelector: `matchLabels` and `matchExpressions`. */
export function checkLabelSelector(
  checks: Checks,
  selector: unknown,
  path: string,
  options: SelectorOptions = {},
): void {
  if (!isObject(selector)) return;
  checkLabels(checks, selector.matchLabels, `${path}.matchLabels`);
  for (const [expression, at] of itemsAt(selector, 'matchExpressions', path)) {
    checkExpression(checks, expression, at, OPERATORS);
    if (options.anyValue === true) continue;
    for (const [i, value] of textsAt(expression, 'values').entries())
      checks.text(value, `${at}.values[${i}]`, labelValue);
  }
}

/** `key`, `operator` and the `values` that the operator asks for. */
export function checkExpression(
  checks: Checks,
  expression: JsonObject,
  path: string,
  operators: readonly string[],
): void {
  const operator = textAt(expression, 'operator');
  const values = textsAt(expression, 'values');
  checks.choice(operator, `${path}.operator`, operators);
  if ((operator === 'In' || operator === 'NotIn') && values.length === 0)
    checks.add(`${path}.values`, `is required with operator ${operator}`);
  if (/Exist/.test(operator) && values.length > 0)
    checks.add(`${path}.values`, `must not be set with operator ${operator}`);
  checks.text(expression.key ?? '', `${path}.key`, qualifiedName);
}

/** Whether a LabelSelector finds these labels. An empty one finds everything. */
export function selects(selector: unknown, labels: JsonObject): boolean {
  const plain = Object.entries(objectAt(selector, 'matchLabels')).every(
    ([key, value]) => labels[key] === value,
  );
  return plain && itemsAt(selector, 'matchExpressions', '').every(([e]) => holds(e, labels));
}

function holds(expression: JsonObject, labels: JsonObject): boolean {
  const key = textAt(expression, 'key');
  const value = labels[key];
  const there = Object.hasOwn(labels, key);
  switch (textAt(expression, 'operator')) {
    case 'In':
      return there && textsAt(expression, 'values').includes(String(value));
    case 'NotIn':
      return !there || !textsAt(expression, 'values').includes(String(value));
    case 'Exists':
      return there;
    case 'DoesNotExist':
      return !there;
    default:
      return false;
  }
}

/** Selector of a workload: there, not empty, and finding the pods of its own template. */
export function checkWorkloadSelector(checks: Checks, spec: JsonObject, template: JsonObject): void {
  const { selector } = spec;
  checkLabelSelector(checks, selector, 'spec.selector');
  if (!isObject(selector)) {
    checks.add('spec.selector', 'is required');
    return;
  }
  const empty =
    Object.keys(objectAt(selector, 'matchLabels')).length === 0 &&
    itemsAt(selector, 'matchExpressions', '').length === 0;
  if (empty) checks.add('spec.selector', 'must not be empty: it would select every pod');
  else if (!selects(selector, objectAt(template, 'metadata', 'labels'))) {
    const remedy = 'give the template the labels that the selector asks for';
    checks.add('spec.template.metadata.labels', 'are not what spec.selector selects', remedy);
  }
}
