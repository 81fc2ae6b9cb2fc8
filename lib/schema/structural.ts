import type { ConfigSchema } from './config-schema-types.ts';
import { type ConfigLayers, toInputSchema } from './input-schema.ts';
import { toStructuralNode } from './structural-node.ts';
import type { StructuralSchema } from './structural-types.ts';

/**
 * The structural OpenAPI v3 schema (with CEL) of `spec.config` for an XRD. It accepts what a user may write: no
 * `default` is left in it, and keys that defaults supply are not required. Put it under `spec.properties.config`:
 * Crossplane copies nested levels whole, while conditions at the level of `spec` itself are lost.
 * @param layers what the Blueprint and its sizes lay under the user's config
 */
export function toStructural(schema: ConfigSchema, layers: ConfigLayers = {}): StructuralSchema {
  return toStructuralNode(toInputSchema(schema, layers));
}
