import type { JsonObject } from '../internal/json.ts';
import { COMPOSE_GROUP } from '../model/names.ts';
import { kindOf, listAt, namespaceOf, textAt } from '../render/objects.ts';
import type { Severity } from './rule.ts';
import { REFERENCE_RULES } from './rules/index.ts';

/** A reference of an object that leads nowhere. */
export interface LooseReference {
  readonly rule: string;
  readonly severity: Severity;
  readonly object: JsonObject;
  /** Inside the object; `.` for all of it. */
  readonly path: string;
  readonly message: string;
  readonly remedy?: string;
}

/** Kinds that hold schemas or templates of objects, whose names are nobody's. */
const TEMPLATES = /^(?:CustomResourceDefinition|CompositeResourceDefinition|Composition(?:Revision)?)$/;
/** Namespaces that every cluster of the platform has. */
const FLUX = 'flux-system';
const THERE_ALREADY = [FLUX, 'crossplane-system'];
/** A Blueprint is told to compose it; of files there may be more. */
const MORE_FILES = 'give the file that makes it as well, or say in lint.json why it is not here';
const REMEDIES: Readonly<Record<string, string>> = {
  'reference-unmade': MORE_FILES,
  'namespace-unmade': MORE_FILES,
  'backend-unmade': MORE_FILES,
  'source-unmade': MORE_FILES,
  'service-selects-nothing': 'select by the labels of the pod template, or give the file that makes the pods',
};
/** Of a Blueprint these are errors. An apiserver takes such objects, and what they want may come from elsewhere. */
const SEVERITY: Severity = 'warning';
const KUSTOMIZE = /^kustomize\.config\.k8s\.io\//;

/**
 * Judges objects that are applied together by the rules on references: Services that select nothing, Secrets that nobody
 * makes, namespaces that do not exist. A set that Kustomize completes from elsewhere is not whole, and so not judged.
 */
export function looseReferences(objects: readonly JsonObject[]): readonly LooseReference[] {
  if (objects.some(bringsMore)) return [];
  const judged = objects.filter((o) => !TEMPLATES.test(kindOf(o)) && !isKustomize(o));
  const namespaces = [...THERE_ALREADY, ...judged.filter(isXr).map(namespaceOf)];
  const together = [...judged, ...objects.flatMap(generated), ...namespaces.map(namespace)];
  const seen = new Set<string>();
  const found: LooseReference[] = [];
  for (const { id, check } of REFERENCE_RULES) {
    for (const { message, remedy = '', at } of check({ renderings: [{ xr: {}, objects: together }] })) {
      const { object, field } = at ?? {};
      if (object === undefined || !judged.includes(object)) continue;
      const path = field === undefined || field === '' ? '.' : field;
      const key = JSON.stringify([id, judged.indexOf(object), path, message]);
      if (seen.has(key) || isSharedSource(object, path)) continue;
      seen.add(key);
      const wayOut = remedy.startsWith('did you mean') ? remedy : REMEDIES[id];
      found.push({ rule: id, severity: SEVERITY, object, path, message, ...(wayOut && { remedy: wayOut }) });
    }
  }
  return found;
}

/** Sources in Flux's own namespace come with the bootstrap of the cluster. */
function isSharedSource(object: JsonObject, path: string): boolean {
  if (!/(?:sourceRef|chartRef)$/.test(path)) return false;
  return (textAt(object, ...path.split('.'), 'namespace') || namespaceOf(object)) === FLUX;
}

/** Instructions for Kustomize; no object of a cluster. */
export const isKustomize = (object: JsonObject): boolean => KUSTOMIZE.test(textAt(object, 'apiVersion'));

/** Bases, components and remote resources are not among the files; files of the same directory are. */
function bringsMore(object: JsonObject): boolean {
  if (!isKustomize(object)) return false;
  const { resources = [], bases = [], components = [], helmCharts = [] } = object;
  const files = (Array.isArray(resources) ? resources : []) as readonly unknown[];
  const others = [bases, components, helmCharts].some((list) => Array.isArray(list) && list.length > 0);
  return others || files.some((file) => typeof file !== 'string' || !/^(?:\.\/)?[^/]+\.ya?ml$/.test(file));
}

/** ConfigMaps and Secrets that Kustomize makes. */
function generated(object: JsonObject): readonly JsonObject[] {
  if (!isKustomize(object)) return [];
  const made = (kind: string, list: string): readonly JsonObject[] =>
    listAt(object, list).map((g) => ({
      apiVersion: 'v1',
      kind,
      metadata: { name: textAt(g, 'name'), namespace: textAt(g, 'namespace') },
    }));
  return [...made('Secret', 'secretGenerator'), ...made('ConfigMap', 'configMapGenerator')];
}

/** Where an XR stands is its user's choice, and the Application's namespace is there before it. */
const isXr = (object: JsonObject): boolean => textAt(object, 'apiVersion').startsWith(`${COMPOSE_GROUP}/`);

const namespace = (name: string): JsonObject => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
