import { compareBytes, isObject, type JsonObject } from '../internal/json.ts';
import { groupVersion, kindOf, listAt, nameOf, namespaceOf, objectAt, textAt } from './objects.ts';

// What others stand on comes first; kinds that are not named here follow, by reference and by name.
const EARLY = [
  'Namespace',
  'CustomResourceDefinition',
  'PriorityClass',
  'StorageClass',
  'ServiceAccount',
  'ClusterRole',
  'ClusterRoleBinding',
  'Role',
  'RoleBinding',
  'Secret',
  'ConfigMap',
  'PersistentVolumeClaim',
  'HelmRepository',
  'OCIRepository',
  'GitRepository',
];

/** Objects so that whatever another one names (sourceRef, dependsOn, any `{kind, name}`) stands before it. */
export function dependencyOrder<T>(items: readonly T[], objectOf: (item: T) => JsonObject): readonly T[] {
  const sorted = [...items].sort((a, b) => compareObjects(objectOf(a), objectOf(b)));
  const byName = new Map(sorted.map((item) => [keyOf(objectOf(item)), item]));
  const out = new Set<T>();
  const open = new Set<T>();
  const visit = (item: T): void => {
    if (out.has(item) || open.has(item)) return; // a cycle keeps the order of names
    open.add(item);
    for (const key of references(objectOf(item))) {
      const other = byName.get(key);
      if (other !== undefined) visit(other);
    }
    out.add(item);
  };
  for (const item of sorted) visit(item);
  return [...out];
}

function compareObjects(a: JsonObject, b: JsonObject): number {
  const rank = (o: JsonObject): number => {
    const at = EARLY.indexOf(kindOf(o));
    return at < 0 ? EARLY.length : at;
  };
  return rank(a) - rank(b) || compareBytes(`${kindOf(a)}/${nameOf(a)}`, `${kindOf(b)}/${nameOf(b)}`);
}

const keyOf = (o: JsonObject): string => `${kindOf(o)}|${namespaceOf(o)}|${nameOf(o)}`;

/** What an object's spec names: `{kind, name, namespace?}` anywhere in it, and Flux's `dependsOn` of its own kind. */
function references(object: JsonObject): readonly string[] {
  const home = namespaceOf(object);
  const out: string[] = [];
  const add = (kind: string, ref: JsonObject): void => {
    const name = textAt(ref, 'name');
    const namespace = textAt(ref, 'namespace');
    // The named one may be in the same namespace or cluster-scoped.
    for (const ns of namespace === '' ? [home, ''] : [namespace]) out.push(`${kind}|${ns}|${name}`);
  };
  const walk = (value: unknown): void => {
    if (Array.isArray(value)) for (const item of value) walk(item);
    if (!isObject(value)) return;
    if (textAt(value, 'kind') !== '' && textAt(value, 'name') !== '') add(textAt(value, 'kind'), value);
    for (const v of Object.values(value)) walk(v);
  };
  walk(objectAt(object, 'spec'));
  const { group } = groupVersion(textAt(object, 'apiVersion'));
  if (group.endsWith('fluxcd.io')) {
    for (const ref of listAt(object, 'spec', 'dependsOn')) add(kindOf(object), ref);
  }
  return out;
}
