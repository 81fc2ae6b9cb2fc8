import type { ConfigSchema } from './config-schema-types.ts';
import type { ValidationRule } from './structural-types.ts';

// Names that CEL can say as they are; others would need escapes that no reader enjoys, so they stay with OpenAPI.
const NAME = /^[a-zA-Z][a-zA-Z0-9_]*$/;
const RESERVED: ReadonlySet<string> = new Set(
  'true false null in as break const continue else for function if import let loop package namespace return var void while'.split(
    ' ',
  ),
);

/**
 * Bounds that are fractions, as CEL: kube-apiserver cuts `minimum: 0.5` to 0 before it compares an integer-valued
 * number, and would accept 0.
 */
export function fractionRules(schema: ConfigSchema): ValidationRule[] {
  if (schema.type !== 'number') return [];
  const rules: ValidationRule[] = [];
  const add = (bound: number | undefined, operator: string, words: string): void => {
    if (bound === undefined || Number.isInteger(bound)) return;
    rules.push({ rule: `self ${operator} ${literal(bound)}`, message: `must be ${words} ${bound}` });
  };
  add(schema.minimum, '>=', 'at least');
  add(schema.exclusiveMinimum, '>', 'more than');
  add(schema.maximum, '<=', 'at most');
  add(schema.exclusiveMaximum, '<', 'less than');
  return rules;
}

function literal(value: number | string | boolean): string {
  return JSON.stringify(value);
}

/**
 * `if` a key is there (or has one of these values) `then` others are required, as one CEL rule with a message that
 * names them; undefined when the condition is of another shape.
 */
export function celCondition(branch: ConfigSchema, node: ConfigSchema): ValidationRule | undefined {
  const { if: subject, then } = branch;
  if (subject === undefined || then === undefined || Object.keys(branch).length !== 2) return undefined;
  const needed = onlyRequired(then);
  if (needed === undefined || node.type !== 'object' || node.nullable) return undefined;
  const when = subjectOf(subject, node);
  if (when === undefined || !needed.every((name) => sayable(name, node))) return undefined;
  const are = needed.length === 1 ? 'is' : 'are';
  return {
    rule: `!(${when.rule}) || (${needed.map((name) => `has(self.${name})`).join(' && ')})`,
    message: `${needed.join(', ')} ${are} required when ${when.words}`,
  };
}

function onlyRequired(schema: ConfigSchema): readonly string[] | undefined {
  const keys = Object.keys(schema);
  return keys.length === 1 && (schema.required?.length ?? 0) > 0 ? schema.required : undefined;
}

function subjectOf(subject: ConfigSchema, node: ConfigSchema): { rule: string; words: string } | undefined {
  const required = onlyRequired(subject);
  const [only] = required ?? [];
  if (only !== undefined && required?.length === 1) {
    return sayable(only, node) ? { rule: `has(self.${only})`, words: `${only} is set` } : undefined;
  }
  if (!Object.keys(subject).every((key) => key === 'properties' || key === 'required')) return undefined;
  const [entry, ...more] = Object.entries(subject.properties ?? {});
  if (entry === undefined || more.length > 0) return undefined;
  const [name, constraint] = entry;
  const values = constraint.enum;
  if (values === undefined || Object.keys(constraint).length !== 1 || !sayable(name, node)) return undefined;
  if (node.properties?.[name]?.nullable) return undefined;
  const must = subject.required ?? [];
  if (must.some((key) => key !== name)) return undefined;
  const among = `self.${name} in [${values.map(literal).join(', ')}]`;
  const words = `${name} is ${values.map(String).join(' or ')}`;
  return {
    rule: must.length > 0 ? `has(self.${name}) && ${among}` : `!has(self.${name}) || ${among}`,
    words,
  };
}

function sayable(name: string, node: ConfigSchema): boolean {
  return NAME.test(name) && !RESERVED.has(name) && Object.hasOwn(node.properties ?? {}, name);
}
