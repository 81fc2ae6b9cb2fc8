import type { Json, JsonObject } from '../internal/json.ts';
import { ComposeError, quote } from './compose-error.ts';
import { event, type RenderEvent } from './events.ts';
import type { RunResource } from './model.ts';
import { childName, nameProblem } from './names.ts';
import {
  apiVersionOf,
  CLAIM_NAME_LABEL,
  CLAIM_NAMESPACE_LABEL,
  COMPOSITE_LABEL,
  controlledBy,
  controllerOf,
  kindOf,
  labelOf,
  listAt,
  nameOf,
  namespaceOf,
  objectAt,
  objectKey,
  RESOURCE_NAME_ANNOTATION,
  textAt,
  uidOf,
  withMetadata,
} from './objects.ts';

/** Whether a kind lives in a namespace; undefined when nobody knows. */
export type ScopeOf = (apiVersion: string, kind: string) => 'Namespaced' | 'Cluster' | undefined;

/**
 * A desired resource as Crossplane would apply it: scope checked, labelled, owned and named.
 * `events` takes a warning when its namespace is overridden.
 * @throws ComposeError in Crossplane's words
 */
export function finishComposed(
  xr: JsonObject,
  name: string,
  desired: RunResource,
  observed: JsonObject | undefined,
  ports: { readonly scopeOf: ScopeOf; readonly events: RenderEvent[] },
): JsonObject {
  const kept = observed === undefined ? desired.object : keepIdentity(desired.object, observed);
  checkKind(name, kept);
  const scoped = applyScope(xr, name, kept, ports);
  const prefix = labelOf(xr, COMPOSITE_LABEL);
  const unnamed = nameOf(scoped) === '' && textAt(scoped, 'metadata', 'generateName') === '';
  const labels = {
    ...objectAt(scoped, 'metadata', 'labels'),
    [COMPOSITE_LABEL]: prefix,
    ...claimLabels(xr),
  };
  const object = withMetadata(scoped, {
    ...(unnamed && { generateName: `${prefix}-` }),
    annotations: { ...objectAt(scoped, 'metadata', 'annotations'), [RESOURCE_NAME_ANNOTATION]: name },
    labels,
    ownerReferences: ownerReferences(xr, name, scoped),
  });
  return named(xr, name, object);
}

function checkKind(name: string, object: JsonObject): void {
  if (apiVersionOf(object) !== '' && kindOf(object) !== '') return;
  throw new ComposeError(`cannot apply composed resource ${quote(name)}: apiVersion and kind are required`);
}

function keepIdentity(desired: JsonObject, observed: JsonObject): JsonObject {
  const old = objectAt(observed, 'metadata');
  return withMetadata(desired, { namespace: old.namespace, name: old.name, generateName: old.generateName });
}

function applyScope(
  xr: JsonObject,
  name: string,
  object: JsonObject,
  { scopeOf, events }: { readonly scopeOf: ScopeOf; readonly events: RenderEvent[] },
): JsonObject {
  const namespace = namespaceOf(xr);
  if (namespace === '') return object;
  if (scopeOf(apiVersionOf(object), kindOf(object)) === 'Cluster') {
    throw new ComposeError(
      `cannot apply cluster scoped composed resource ${quote(name)} (a ${kindOf(object)} named ${nameOf(object)}) for a namespaced composite resource.`,
    );
  }
  const asked = namespaceOf(object);
  if (asked !== '' && asked !== namespace) {
    const what = `cannot create composed resource ${quote(name)} in namespace ${quote(asked)}, using XR namespace ${quote(namespace)} instead`;
    events.push(event('Warning', 'NamespaceOverridden', what));
  }
  return withMetadata(object, { namespace });
}

function claimLabels(xr: JsonObject): JsonObject {
  const [name, namespace] = [labelOf(xr, CLAIM_NAME_LABEL), labelOf(xr, CLAIM_NAMESPACE_LABEL)];
  if (name === '' || namespace === '') return {};
  return { [CLAIM_NAME_LABEL]: name, [CLAIM_NAMESPACE_LABEL]: namespace };
}

function ownerReferences(xr: JsonObject, name: string, object: JsonObject): readonly Json[] {
  const other = controllerOf(object);
  if (other !== undefined && other.uid !== uidOf(xr)) {
    throw new ComposeError(
      `cannot render metadata for composed resource ${quote(name)}: cannot set controller reference: ${nameOf(object)} is already controlled by ${String(other.kind)} ${String(other.name)} (UID ${String(other.uid)})`,
    );
  }
  const own = controlledBy(xr);
  const refs = listAt(object, 'metadata', 'ownerReferences');
  if (!refs.some((ref) => ref.uid === own.uid)) return [...refs, own];
  return refs.map((ref) => (ref.uid === own.uid ? own : ref));
}

function named(xr: JsonObject, name: string, object: JsonObject): JsonObject {
  const given = nameOf(object);
  if (given === '') {
    return withMetadata(object, {
      name: childName(textAt(object, 'metadata', 'generateName'), uidOf(xr), name),
    });
  }
  const problem = nameProblem(given, apiVersionOf(object), kindOf(object));
  if (problem === undefined) return object;
  throw new ComposeError(
    `cannot apply composed resource ${quote(name)} because it has an invalid name ${quote(given)}. Must be a valid RFC 1123 subdomain name.`,
  );
}

/** Two entries of the desired state that would be one object in the cluster: the second would overwrite the first. */
export function duplicateObjects(
  composed: ReadonlyMap<string, JsonObject>,
): ReadonlyMap<string, readonly string[]> {
  const seen = new Map<string, string[]>();
  for (const [name, object] of composed) {
    const key = objectKey(object);
    const names = seen.get(key);
    if (names === undefined) seen.set(key, [name]);
    else names.push(name);
  }
  return new Map([...seen].filter(([, names]) => names.length > 1));
}
