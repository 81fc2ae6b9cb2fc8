import { isObject } from '../internal/json.ts';
import { K8S_REF, type Schema } from './kind-file.ts';

/** The core types that CRDs inline at length; everything smaller stays as the CRD has it. */
export const FOLDED: readonly string[] = [
  'io.k8s.api.core.v1.PodSpec',
  'io.k8s.api.core.v1.Container',
  'io.k8s.api.core.v1.EphemeralContainer',
  'io.k8s.api.core.v1.Volume',
  'io.k8s.api.core.v1.PersistentVolumeClaimSpec',
  'io.k8s.api.core.v1.Affinity',
  'io.k8s.api.core.v1.EnvVar',
  'io.k8s.api.core.v1.Lifecycle',
  'io.k8s.api.core.v1.PodSecurityContext',
  'io.k8s.api.core.v1.Probe',
  'io.k8s.api.core.v1.SecurityContext',
  'io.k8s.api.core.v1.TopologySpreadConstraint',
];
// An operator is built against an older Kubernetes and lacks the newest fields, or leaves some out on purpose.
const LIKENESS = 0.8;

/**
 * Replaces inlined copies of {@link FOLDED} by a reference to the core definition.
 * `notes` receives a line per replacement.
 */
export function foldCore(
  schema: Schema,
  definitions: Readonly<Record<string, Schema>>,
  notes: string[],
  path = '',
): Schema {
  const name = coreTypeOf(schema, definitions);
  if (name !== undefined) {
    notes.push(`${path}: inlined upstream, refers to ${name} here`);
    return { $ref: `${K8S_REF}${name}` };
  }
  const out: Record<string, unknown> = { ...schema };
  if (schema.properties) {
    const { properties } = schema;
    out.properties = Object.fromEntries(
      Object.keys(properties).map((key) => [
        key,
        foldCore(properties[key] as Schema, definitions, notes, path === '' ? key : `${path}.${key}`),
      ]),
    );
  }
  if (schema.items) out.items = foldCore(schema.items, definitions, notes, `${path}[]`);
  if (isObject(schema.additionalProperties)) {
    out.additionalProperties = foldCore(
      schema.additionalProperties as Schema,
      definitions,
      notes,
      `${path}.*`,
    );
  }
  return out as Schema;
}

function coreTypeOf(schema: Schema, definitions: Readonly<Record<string, Schema>>): string | undefined {
  if (!schema.properties) return undefined;
  const names = Object.keys(schema.properties);
  return FOLDED.find((name) => {
    const core = definitions[name]?.properties;
    if (core === undefined) return false;
    const known = names.filter((n) => Object.hasOwn(core, n)).length;
    return known === names.length && known >= Object.keys(core).length * LIKENESS;
  });
}

/** Every definition that `schema` reaches through `k8s:` references, by name. */
export function referencedDefinitions(
  schema: unknown,
  definitions: Readonly<Record<string, Schema>>,
  found: Map<string, Schema> = new Map(),
): Map<string, Schema> {
  if (Array.isArray(schema)) for (const item of schema) referencedDefinitions(item, definitions, found);
  if (!isObject(schema)) return found;
  const ref = schema.$ref;
  if (typeof ref === 'string' && ref.startsWith(K8S_REF)) {
    const name = ref.slice(K8S_REF.length);
    const definition = definitions[name];
    if (definition === undefined) throw new Error(`Cannot follow "${ref}": no such definition`);
    if (!found.has(name)) {
      found.set(name, definition);
      referencedDefinitions(definition, definitions, found);
    }
  }
  for (const value of Object.values(schema)) referencedDefinitions(value, definitions, found);
  return found;
}
