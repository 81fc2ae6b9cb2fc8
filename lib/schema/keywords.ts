/** Keywords by the type they constrain; `any` ones stand on every node. */
export const KEYWORDS: Readonly<Record<string, readonly string[]>> = {
  any: ['type', 'title', 'description', 'default', 'enum', 'const', 'nullable'],
  string: ['format', 'pattern', 'minLength', 'maxLength'],
  number: ['format', 'minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'],
  integer: ['format', 'minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'],
  array: ['items', 'minItems', 'maxItems', 'uniqueItems', 'x-kubernetes-list-type'],
  object: [
    'properties',
    'required',
    'additionalProperties',
    'minProperties',
    'maxProperties',
    'x-kubernetes-preserve-unknown-fields',
    'x-kubernetes-map-type',
  ],
  boolean: [],
};

/** Constraints that depend on other values. */
export const CONDITIONS: readonly string[] = [
  'allOf',
  'anyOf',
  'oneOf',
  'not',
  'if',
  'then',
  'else',
  'dependencies',
  'dependentRequired',
  'dependentSchemas',
];

/** Read by people and editors only; they change no verdict and are left out of the structural schema. */
export const ANNOTATIONS: ReadonlySet<string> = new Set([
  '$schema',
  '$comment',
  '$defs',
  'definitions',
  'examples',
  'example',
  'deprecated',
  'readOnly',
  'writeOnly',
  'x-catalyst-ui-hint',
  'x-catalyst-ui-filter',
]);

/** What Kubernetes cannot hold, with the way out. */
export const UNSUPPORTED: ReadonlyMap<string, string> = new Map([
  ['patternProperties', 'use additionalProperties with a schema for a map, or name the properties'],
  ['propertyNames', 'use additionalProperties for a map, and check the names in compose'],
  ['additionalItems', 'use one schema for all items'],
  ['prefixItems', 'use an object with one property per position'],
  ['contains', 'use a map (additionalProperties) instead of a list, and required for the key'],
  ['minContains', 'use minItems'],
  ['maxContains', 'use maxItems'],
  ['unevaluatedProperties', 'leave it out: an object is closed unless it sets additionalProperties'],
  ['unevaluatedItems', 'leave it out'],
  ['$dynamicRef', 'use $ref into $defs'],
  ['$dynamicAnchor', 'use $defs'],
  ['$recursiveRef', 'use $ref into $defs'],
  ['$recursiveAnchor', 'use $defs'],
  ['$anchor', 'use $defs'],
  ['$id', 'leave it out: references stay inside this file'],
  ['id', 'leave it out: references stay inside this file'],
  ['contentEncoding', 'use format: byte'],
  ['contentMediaType', 'say it in the description'],
  ['contentSchema', 'say it in the description'],
  ['discriminator', 'use oneOf with a const in each branch'],
  [
    'x-kubernetes-validations',
    'write it as if/then/else or dependentRequired, which editors and docs read too',
  ],
  ['x-kubernetes-embedded-resource', 'use additionalProperties: true'],
  ['x-kubernetes-list-map-keys', 'use a map (additionalProperties) keyed by name'],
]);
