import type { Issue } from '../errors.ts';
import type { ConfigSchema } from './config-schema-types.ts';
import { defaultOf } from './defaults.ts';
import { toStructuralNode } from './structural-node.ts';
import { validateStructural } from './structural-validator.ts';

/** Every default must pass its own schema, and so must every object that defaults create. */
export function checkDefaults(schema: ConfigSchema): Issue[] {
  const issues: Issue[] = [];
  walk(schema, '$', true, issues);
  return issues;
}

function walk(schema: ConfigSchema, path: string, root: boolean, issues: Issue[]): void {
  const own = schema.default !== undefined;
  const value = root && !own ? undefined : defaultOf(schema);
  if (value !== undefined && (own || hasConditions(schema))) {
    const [first] = validateStructural(toStructuralNode(schema), value, { path: 'value' });
    if (first !== undefined) {
      issues.push({
        path: own ? `${path}.default` : path,
        message: `${own ? 'the default' : 'the object that defaults create'} breaks its own schema: ${first.path}: ${first.message}`,
        remedy: own
          ? 'correct the default'
          : 'give the object a default of its own, or correct the defaults inside it',
      });
      return;
    }
  }
  for (const [name, child] of Object.entries(schema.properties ?? {})) {
    walk(child, `${path}.properties.${name}`, false, issues);
  }
  if (schema.items !== undefined) walk(schema.items, `${path}.items`, false, issues);
  if (typeof schema.additionalProperties === 'object') {
    walk(schema.additionalProperties, `${path}.additionalProperties`, false, issues);
  }
}

function hasConditions(schema: ConfigSchema): boolean {
  return (schema.allOf ?? schema.anyOf ?? schema.oneOf ?? schema.not ?? schema.if) !== undefined;
}
