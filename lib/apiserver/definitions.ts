import { isObject, type JsonObject } from '../internal/json.ts';
import { checkRules } from '../schema/cel-cost/index.ts';
import { type StructuralSchema, testRe2 } from '../schema/index.ts';
import { type Checks, itemsAt, keyPath, objectAt, textAt, textsAt } from './checks.ts';
import { dns1035Label, dnsSubdomain } from './names.ts';

const TYPES = ['array', 'boolean', 'integer', 'number', 'object', 'string'];
const COLUMN_TYPES = ['integer', 'number', 'string', 'boolean', 'date'];
const LIST_TYPES = ['atomic', 'map', 'set'];
const MAX_DEPTH = 64;

export function checkCustomResourceDefinition(checks: Checks, object: JsonObject): void {
  const spec = objectAt(object, 'spec');
  const [group, names] = [textAt(spec, 'group'), objectAt(spec, 'names')];
  if (checks.required(group, 'spec.group')) {
    checks.text(group, 'spec.group', dnsSubdomain);
    if (!group.includes('.')) checks.add('spec.group', 'must be a domain with at least one dot');
  }
  checkNames(checks, names);
  if (textAt(objectAt(object, 'metadata'), 'name') !== `${textAt(names, 'plural')}.${group}`)
    checks.add('metadata.name', 'must be spec.names.plural and spec.group, with a dot between');
  checks.choice(textAt(spec, 'scope'), 'spec.scope', ['Cluster', 'Namespaced']);
  const versions = itemsAt(spec, 'versions', 'spec');
  if (versions.filter(([v]) => v.storage === true).length !== 1)
    checks.add('spec.versions', 'must have exactly one version that is stored');
  checkVersions(checks, versions, true);
}

/** Of a CompositeResourceDefinition: the schema that Crossplane makes a CRD of. */
export function checkCompositeResourceDefinition(checks: Checks, object: JsonObject): void {
  checkVersions(checks, itemsAt(objectAt(object, 'spec'), 'versions', 'spec'), false);
}

function checkNames(checks: Checks, names: JsonObject): void {
  for (const key of ['plural', 'kind'] as const) checks.required(names[key], `spec.names.${key}`);
  for (const key of ['plural', 'singular', 'kind', 'listKind'] as const) {
    const name = textAt(names, key).toLowerCase();
    const kind = key === 'kind' || key === 'listKind';
    if (name !== '') checks.text(kind ? name : textAt(names, key), `spec.names.${key}`, dns1035Label);
  }
  if (textAt(names, 'kind') !== '' && names.kind === names.listKind)
    checks.add('spec.names.listKind', 'must not be the kind');
  for (const key of ['shortNames', 'categories'] as const)
    for (const [i, name] of textsAt(names, key).entries())
      checks.text(name, `spec.names.${key}[${i}]`, dns1035Label);
}

function checkVersions(
  checks: Checks,
  versions: readonly (readonly [JsonObject, string])[],
  own: boolean,
): void {
  for (const [version, at] of versions) {
    checks.text(version.name ?? '', `${at}.name`, dns1035Label);
    const path = `${at}.schema.openAPIV3Schema`;
    const schema = objectAt(version, 'schema').openAPIV3Schema;
    if (!isObject(schema)) {
      if (own) checks.add(path, 'is required');
      continue;
    }
    const before = checks.issues.length;
    if (own && schema.type !== 'object') checks.add(`${path}.type`, 'must be "object" at the root');
    checkNode(checks, schema, path, 0);
    if (own) checkExtras(checks, version, at);
    // As the apiserver: rules are compiled only where the schema itself is right.
    if (checks.issues.length > before) continue;
    for (const { path: where, message, remedy } of checkRules(schema as StructuralSchema, path))
      checks.add(where, message, remedy);
  }
  checks.unique(
    versions.map(([v]) => v.name),
    (i) => `${versions[i]?.[1]}.name`,
  );
}

/** What makes a schema structural: every value has a type, and nothing else decides what is kept. */
function checkNode(checks: Checks, node: JsonObject, path: string, depth: number): void {
  if (depth > MAX_DEPTH) return;
  const either = node['x-kubernetes-int-or-string'] === true;
  const open = node['x-kubernetes-preserve-unknown-fields'];
  const type = textAt(node, 'type');
  if (type === '' && !either && open !== true) checks.add(`${path}.type`, 'is required', 'set type');
  checks.oneOf(type, `${path}.type`, TYPES);
  if (either && type !== '') checks.add(`${path}.type`, 'must not stand beside x-kubernetes-int-or-string');
  if (open === false) checks.add(`${path}.x-kubernetes-preserve-unknown-fields`, 'must be true or not there');
  for (const key of ['$ref', 'definitions', 'dependencies', 'patternProperties'] as const)
    if (node[key] !== undefined) checks.add(keyPath(path, key), 'is not supported');
  if (node.uniqueItems === true)
    checks.add(`${path}.uniqueItems`, 'must not be true', 'use x-kubernetes-list-type: set');
  if (typeof node.pattern === 'string' && testRe2(node.pattern, '') === undefined)
    checks.add(`${path}.pattern`, 'is no regular expression of RE2');
  checkChildren(checks, node, path, depth);
  checkListType(checks, node, path);
  for (const [rule, at] of itemsAt(node, 'x-kubernetes-validations', path))
    checks.required(textAt(rule, 'rule').trim(), `${at}.rule`);
}

function checkChildren(checks: Checks, node: JsonObject, path: string, depth: number): void {
  const { properties, items, additionalProperties: values } = node;
  if (node.type === 'array' && !isObject(items)) checks.add(`${path}.items`, 'is required');
  if (isObject(items)) checkNode(checks, items, `${path}.items`, depth + 1);
  if (values === false) checks.add(`${path}.additionalProperties`, 'must not be false');
  if (values !== undefined && properties !== undefined)
    checks.add(`${path}.additionalProperties`, 'must not stand beside properties');
  if (isObject(values)) checkNode(checks, values, `${path}.additionalProperties`, depth + 1);
  if (!isObject(properties)) return;
  for (const [name, property] of Object.entries(properties)) {
    const at = keyPath(`${path}.properties`, name);
    const ofObject = depth === 0 && /^(apiVersion|kind|metadata)$/.test(name);
    if (!isObject(property)) checks.add(at, 'must be a schema');
    else if (!ofObject) checkNode(checks, property, at, depth + 1);
  }
}

function checkListType(checks: Checks, node: JsonObject, path: string): void {
  const type = node['x-kubernetes-list-type'];
  const keys = textsAt(node, 'x-kubernetes-list-map-keys');
  const at = keyPath(path, 'x-kubernetes-list-map-keys');
  if (type !== undefined) checks.choice(type, keyPath(path, 'x-kubernetes-list-type'), LIST_TYPES);
  if (type !== undefined && node.type !== 'array')
    checks.add(`${path}.type`, 'must be "array" beside a list type');
  if (type !== 'map') {
    if (keys.length > 0) checks.add(at, 'asks for x-kubernetes-list-type: map');
    return;
  }
  if (keys.length === 0) checks.add(at, 'is required of a list of type map');
  const items = objectAt(node, 'items');
  const properties = objectAt(items, 'properties');
  checks.unique(keys, (i) => `${at}[${i}]`);
  for (const [i, key] of keys.entries()) {
    const property = objectAt(properties, key);
    if (!Object.hasOwn(properties, key)) checks.add(`${at}[${i}]`, 'must be a property of the items');
    else if (!textsAt(items, 'required').includes(key) && property.default === undefined)
      checks.add(`${at}[${i}]`, 'must be required in the items, or have a default');
    else if (property.type === 'object' || property.type === 'array')
      checks.add(`${at}[${i}]`, 'must be of a plain type');
  }
}

function checkExtras(checks: Checks, version: JsonObject, path: string): void {
  for (const [column, at] of itemsAt(version, 'additionalPrinterColumns', path)) {
    checks.required(column.name, `${at}.name`);
    checks.choice(textAt(column, 'type'), `${at}.type`, COLUMN_TYPES);
    const where = textAt(column, 'jsonPath');
    if (checks.required(where, `${at}.jsonPath`) && !where.startsWith('.'))
      checks.add(`${at}.jsonPath`, 'must begin with a dot');
  }
  const { scale } = objectAt(version, 'subresources');
  if (!isObject(scale)) return;
  const at = `${path}.subresources.scale`;
  const paths = [
    ['specReplicasPath', '.spec.'],
    ['statusReplicasPath', '.status.'],
    ['labelSelectorPath', '.s'],
  ] as const;
  for (const [key, start] of paths) {
    const text = textAt(scale, key);
    if (text === '' && key === 'labelSelectorPath') continue;
    if (checks.required(text, `${at}.${key}`) && !text.startsWith(start))
      checks.add(`${at}.${key}`, `must begin with ${start}`);
  }
}
