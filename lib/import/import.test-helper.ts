/** A CRD as JSON, which is YAML too. */
export function crd(
  kind: string,
  more: { schema?: unknown; versions?: unknown; group?: string } = {},
): string {
  const { group = 'example.org', schema = { type: 'object', properties: { spec: SPEC } } } = more;
  const versions = more.versions ?? [
    { name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: schema } },
  ];
  const plural = `${kind.toLowerCase()}s`;
  const names = { kind, plural };
  return JSON.stringify({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: { group, names, scope: 'Namespaced', versions },
  });
}

const SPEC = {
  type: 'object',
  required: ['size'],
  properties: { size: { type: 'integer', minimum: 1 }, mode: { type: 'string', enum: ['a', 'b'] } },
};
