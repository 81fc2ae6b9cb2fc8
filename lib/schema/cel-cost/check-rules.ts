import type { Issue } from '../../errors.ts';
import { parseCel } from '../cel.ts';
import type { StructuralSchema, ValidationRule } from '../structural-types.ts';
import { join } from '../validation-run.ts';
import { type CelType, celTypeOf, MAX_REQUEST_BYTES } from './cel-type.ts';
import { plus, times } from './estimate.ts';
import { CelTypeError, Estimator } from './estimator.ts';
import type { CelNode } from './node.ts';

/** What kube-apiserver allows the rules of a CRD to cost at most, by its own estimate. */
export const MAX_RULE_COST = 10_000_000;
export const MAX_SCHEMA_COST = 100_000_000;
const MAX_DEPTH = 64;
const WAY_OUT =
  'set maxItems, maxProperties and maxLength where they are missing, on what the rule reads and on what it stands in';

interface Walk {
  readonly issues: Issue[];
  total: number;
}

interface Place {
  readonly path: string;
  readonly type: CelType | undefined;
  /** How often the place can occur; undefined when only the size of a request bounds it. */
  readonly occurs: number | undefined;
  /** Below a list in which nobody can tell which item was which. */
  readonly uncorrelated: boolean;
}

/**
 * Judges the CEL rules of a CRD's schema as kube-apiserver does when the CRD is made: whether they compile, and whether
 * each of them and all together stay below its cost limits. `path` is what the schema is called in the findings.
 */
export function checkRules(schema: StructuralSchema, path = ''): readonly Issue[] {
  const walk: Walk = { issues: [], total: 0 };
  const type = celTypeOf(schema, true);
  visit(schema, { path, type, occurs: 1, uncorrelated: false }, walk, 0);
  if (walk.issues.length === 0 && walk.total > MAX_SCHEMA_COST) {
    const message = `rules cost up to ${rounded(walk.total)} together, more than the apiserver's limit of ${rounded(MAX_SCHEMA_COST)}`;
    walk.issues.push({ path: path === '' ? '.' : path, message, remedy: WAY_OUT });
  }
  return walk.issues;
}

function visit(schema: StructuralSchema, place: Place, walk: Walk, depth: number): void {
  if (depth > MAX_DEPTH) return;
  for (const [i, rule] of (schema['x-kubernetes-validations'] ?? []).entries())
    checkRule(rule, `${place.path}["x-kubernetes-validations"][${i}]`, place, walk);
  const many = (most: number | undefined): number | undefined =>
    most === undefined || place.occurs === undefined ? undefined : times(place.occurs, most);
  const { items, additionalProperties: values } = schema;
  if (items !== undefined) {
    const uncorrelated = place.uncorrelated || schema['x-kubernetes-list-type'] !== 'map';
    const below = {
      path: join(place.path, 'items'),
      type: place.type?.element,
      occurs: many(schema.maxItems),
      uncorrelated,
    };
    visit(items, below, walk, depth + 1);
  }
  if (typeof values === 'object') {
    const path = join(place.path, 'additionalProperties');
    visit(
      values,
      { ...place, path, type: place.type?.element, occurs: many(schema.maxProperties) },
      walk,
      depth + 1,
    );
  }
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const path = join(join(place.path, 'properties'), name);
    const type = celTypeOf(property, property['x-kubernetes-embedded-resource']);
    visit(property, { ...place, path, type }, walk, depth + 1);
  }
}

function checkRule(rule: ValidationRule, path: string, place: Place, walk: Walk): void {
  const report = (key: string, message: string, remedy?: string): void =>
    void walk.issues.push({ path: `${path}.${key}`, message, ...(remedy === undefined ? {} : { remedy }) });
  if (typeof rule.rule !== 'string' || rule.rule.trim() === '') {
    report('rule', 'is required');
    return;
  }
  if (place.type === undefined) {
    report('rule', 'stands on a value that CEL cannot see', 'give it a type');
    return;
  }
  const cost = measure(rule.rule, place.type, rule.optionalOldSelf === true, 'bool', (m) =>
    report('rule', m),
  );
  if (cost !== undefined) {
    const occurs = place.occurs ?? Math.floor(MAX_REQUEST_BYTES / (place.type.min + 1));
    const whole = times(cost.cost, occurs);
    walk.total = plus(walk.total, whole);
    if (whole > MAX_RULE_COST) {
      const message = `costs up to ${rounded(whole)}, more than the apiserver's limit of ${rounded(MAX_RULE_COST)} for a rule`;
      report('rule', message, WAY_OUT);
    }
    if (cost.usesOldSelf && place.uncorrelated)
      report(
        'rule',
        'uses oldSelf below a list whose items cannot be told apart',
        'make it x-kubernetes-list-type: map',
      );
    if (!cost.usesOldSelf && rule.optionalOldSelf !== undefined)
      report('optionalOldSelf', 'may be set only where the rule uses oldSelf');
  }
  if (rule.messageExpression === undefined || rule.messageExpression === '') return;
  const said = measure(rule.messageExpression, place.type, rule.optionalOldSelf === true, 'string', (m) =>
    report('messageExpression', m),
  );
  if (said === undefined) return;
  walk.total = plus(walk.total, said.cost);
  if (said.cost > MAX_RULE_COST)
    report(
      'messageExpression',
      `costs up to ${rounded(said.cost)}, more than ${rounded(MAX_RULE_COST)}`,
      WAY_OUT,
    );
}

interface Measured {
  readonly cost: number;
  readonly usesOldSelf: boolean;
}

function measure(
  text: string,
  self: CelType,
  optional: boolean,
  kind: 'bool' | 'string',
  report: (message: string) => void,
): Measured | undefined {
  try {
    const estimator = new Estimator(self, optional ? { kind: 'dyn', max: self.max, min: self.min } : self);
    const estimate = estimator.estimate(parseCel(text) as CelNode);
    const { cost, kind: found } = estimate;
    if (found !== undefined && found !== 'dyn' && found !== kind) report(`must be a ${kind}, not a ${found}`);
    return { cost, usesOldSelf: estimator.usesOldSelf };
  } catch (error) {
    const [message] = (error instanceof Error ? error.message : String(error)).split('\n', 1);
    report(error instanceof CelTypeError ? `does not compile: ${message}` : `cannot be parsed: ${message}`);
    return undefined;
  }
}

const MILLION = 1_000_000;

function rounded(cost: number): string {
  if (cost >= 1e15) return 'without bound';
  return cost < MILLION ? String(cost) : `${Math.round(cost / MILLION).toLocaleString('en')} million`;
}
