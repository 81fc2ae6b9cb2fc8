import type { Blueprint } from '../blueprint/define.ts';
import { isObject, type Json, type JsonObject } from '../internal/json.ts';
import { COMPOSE_API_VERSION } from '../model/names.ts';
import { type ConfigSchema, loadConfigSchema } from '../schema/index.ts';
import { xrSchema } from './xrd.ts';

/**
 * JSON Schema (draft-07) of the XR for editors: completes and explains every field, and unlike the XRD shows the
 * defaults. What the apiserver judges by CEL is left to `bp validate`.
 */
export function generateEditorSchema(blueprint: Blueprint): JsonObject {
  const config = loadConfigSchema(blueprint.config.json, `config schema of "${blueprint.name}"`);
  const { properties } = xrSchema(blueprint);
  const spec = isObject(properties) && isObject(properties.spec) ? properties.spec : {};
  const fields = isObject(spec.properties) ? spec.properties : {};
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: blueprint.kind,
    description: blueprint.facts.card.summary,
    type: 'object',
    required: ['apiVersion', 'kind', 'metadata'],
    properties: {
      apiVersion: { const: COMPOSE_API_VERSION },
      kind: { const: blueprint.kind },
      metadata: { type: 'object' },
      spec: {
        type: 'object',
        additionalProperties: false,
        properties: {
          ...(plain({ ...fields, config: {} }) as JsonObject),
          config: editorNode(config),
          crossplane: { type: 'object', description: "Crossplane's own fields." },
        },
      },
      status: { type: 'object' },
    },
  };
}

/** Kubernetes' extensions mean nothing to an editor. */
function plain(value: Json): Json {
  if (Array.isArray(value)) return value.map((v: Json) => plain(v));
  if (!isObject(value)) return value;
  const kept = Object.entries(value).filter(([key]) => !key.startsWith('x-kubernetes-'));
  return Object.fromEntries(kept.map(([key, v]) => [key, plain(v)]));
}

function editorNode(schema: ConfigSchema): JsonObject {
  const { nullable, type, properties, items, additionalProperties, required, ...rest } = schema;
  const out: Record<string, Json> = { ...(plain(rest as JsonObject) as JsonObject) };
  if (schema['x-kubernetes-int-or-string']) out.type = ['integer', 'string'];
  else if (type !== undefined) out.type = nullable ? [type, 'null'] : type;
  if (nullable && schema.enum !== undefined) out.enum = [...schema.enum, null];
  if (properties !== undefined) {
    out.properties = Object.fromEntries(Object.entries(properties).map(([k, v]) => [k, editorNode(v)]));
  }
  if (items !== undefined) out.items = editorNode(items);
  if (typeof additionalProperties === 'object') out.additionalProperties = editorNode(additionalProperties);
  else if (additionalProperties === false) out.additionalProperties = false;
  // A size or a default may supply what is required, and conditions judge the config with its defaults: an editor
  // that marked them would cry wolf.
  for (const key of ['allOf', 'anyOf', 'oneOf', 'not', 'if', 'then', 'else']) delete out[key];
  return out;
}
