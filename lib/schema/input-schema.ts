import type { ConfigSchema, MutableSchema } from './config-schema-types.ts';
import { defaultOf } from './defaults.ts';
import { toStructuralBranch } from './structural-node.ts';
import { validateStructural } from './structural-validator.ts';

/**
 * The schema that judges what a user writes, before defaults are applied, as the full schema judges the result.
 * Defaults are gone; a key with a default is not required; and a condition on such a key counts its absence as the
 * default: `if: {mode: embedded}` holds for `{}` exactly when `embedded` is the default.
 */
export function toInputSchema(schema: ConfigSchema): ConfigSchema {
  const { default: _, ...rest } = schema;
  const out: MutableSchema = relax(rest, schema);
  if (schema.properties !== undefined) out.properties = mapValues(schema.properties, toInputSchema);
  if (schema.items !== undefined) out.items = toInputSchema(schema.items);
  if (typeof schema.additionalProperties === 'object') {
    out.additionalProperties = toInputSchema(schema.additionalProperties);
  }
  return out;
}

/** `required` and conditions of `part`, which constrains values of `node`. */
function relax(part: ConfigSchema, node: ConfigSchema): MutableSchema {
  const out: MutableSchema = { ...part };
  const required = (part.required ?? []).filter((key) => !hasDefault(node, key));
  if (required.length > 0) out.required = required;
  else delete out.required;
  for (const key of ['allOf', 'anyOf', 'oneOf'] as const) {
    const list = part[key];
    if (list !== undefined) out[key] = list.map((branch) => relaxBranch(branch, node));
  }
  for (const key of ['not', 'if', 'then', 'else'] as const) {
    const branch = part[key];
    if (branch !== undefined) out[key] = relaxBranch(branch, node);
  }
  return out;
}

function relaxBranch(branch: ConfigSchema, node: ConfigSchema): ConfigSchema {
  const out = relax(branch, node);
  if (branch.items !== undefined && node.items !== undefined) {
    out.items = relaxBranch(branch.items, node.items);
  }
  const failing: string[] = [];
  const entries = Object.entries(branch.properties ?? {}).map(([key, constraint]) => {
    const child = node.properties?.[key];
    if (child === undefined) return [key, constraint] as const;
    const absent = defaultOf(child);
    if (
      absent !== undefined &&
      validateStructural(toStructuralBranch(constraint, child), absent).length > 0
    ) {
      failing.push(key);
    }
    return [key, relaxBranch(constraint, child)] as const;
  });
  if (entries.length > 0) out.properties = Object.fromEntries(entries);
  if (failing.length > 0) out.required = [...(out.required ?? []), ...failing];
  return out;
}

function hasDefault(node: ConfigSchema, key: string): boolean {
  const child = Object.hasOwn(node.properties ?? {}, key) ? node.properties?.[key] : undefined;
  return child !== undefined && defaultOf(child) !== undefined;
}

function mapValues(
  map: { readonly [name: string]: ConfigSchema },
  change: (schema: ConfigSchema) => ConfigSchema,
): { readonly [name: string]: ConfigSchema } {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, change(value)]));
}
