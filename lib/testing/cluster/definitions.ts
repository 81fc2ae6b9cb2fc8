import { ToolkitError } from '../../errors.ts';
import { isObject, type Json, type JsonObject } from '../../internal/json.ts';
import { findKind, loadDefinition, loadSchema } from '../../kinds/registry.ts';

/**
 * The CustomResourceDefinition of a kind that the toolkit knows, made from its schema with any status, so that a
 * cluster without the operator holds its objects and prunes and judges them as with it.
 * @throws ToolkitError `not-found` for a kind that is not known
 */
export function definitionOfKind(apiVersion: string, kind: string): JsonObject {
  const info = findKind(apiVersion, kind);
  if (info === undefined)
    throw new ToolkitError('not-found', `Cannot define kind "${kind}" of "${apiVersion}": it is not known`);
  const schema = inlined(loadSchema(info), []) as JsonObject;
  const properties = isObject(schema.properties) ? schema.properties : {};
  const status = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: {
      name: `${info.plural}.${info.group}`,
      // Asked for where a group is of Kubernetes itself (gateway.networking.k8s.io); without a meaning elsewhere.
      annotations: { 'api-approved.kubernetes.io': 'unapproved, a stand-in for tests' },
    },
    spec: {
      group: info.group,
      scope: info.scope,
      names: { kind, listKind: `${kind}List`, plural: info.plural, singular: kind.toLowerCase() },
      versions: [
        {
          name: info.version,
          served: true,
          storage: true,
          subresources: { status: {} },
          schema: {
            openAPIV3Schema: {
              ...schema,
              properties: { ...properties, metadata: { type: 'object' }, status },
            },
          },
        },
      ],
    },
  };
}

/** With every `$ref` replaced by what it names: a CRD may hold none. */
function inlined(node: Json, within: readonly string[]): Json {
  if (Array.isArray(node)) return node.map((item: Json) => inlined(item, within));
  if (!isObject(node)) return node;
  const { $ref } = node;
  if (isEitherType(node.oneOf)) return { 'x-kubernetes-int-or-string': true };
  if (typeof $ref !== 'string') {
    const entries = Object.entries(node).map(([key, value]) => [key, inlined(value, within)] as const);
    return withKeyDefaults(Object.fromEntries(entries));
  }
  const definition = within.includes($ref) ? undefined : loadDefinition($ref.replace(/^k8s:/, ''));
  // A definition within itself has no end; what is below stays unchecked.
  if (definition === undefined) return { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  return inlined(definition, [...within, $ref]);
}

/** Kubernetes' own definitions write a quantity as text or number in a way that a CRD may not. */
function isEitherType(oneOf: Json | undefined): boolean {
  return Array.isArray(oneOf) && oneOf.length > 0 && oneOf.every((o) => isObject(o) && isTypeOnly(o));
}

function isTypeOnly(node: JsonObject): boolean {
  return Object.keys(node).join() === 'type';
}

/** A key of a list's items must be required or have a default, which Kubernetes' own definitions leave out. */
function withKeyDefaults(node: JsonObject): JsonObject {
  const keys = node['x-kubernetes-list-map-keys'];
  const { items } = node;
  if (!Array.isArray(keys) || !isObject(items) || !isObject(items.properties)) return node;
  const required: readonly Json[] = Array.isArray(items.required) ? items.required : [];
  const properties = Object.entries(items.properties).map(([name, property]) => {
    const lacks = keys.includes(name) && !required.includes(name) && isObject(property);
    return [name, lacks && property.type === 'string' ? { default: '', ...property } : property] as const;
  });
  return { ...node, items: { ...items, properties: Object.fromEntries(properties) } };
}
