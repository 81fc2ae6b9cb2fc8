import type { Json, JsonObject } from '../internal/json.ts';
import { markConditions, RESPONSIVE } from './conditions.ts';
import { applyXrdDefaults } from './defaults.ts';
import { event, type RenderEvent } from './events.ts';
import type { RenderInput } from './input.ts';
import { crossplaneField, type Layout, withCrossplaneField } from './layout.ts';
import { renderUid } from './names.ts';
import {
  annotationOf,
  apiVersionOf,
  COMPOSITE_LABEL,
  defined,
  kindOf,
  labelOf,
  nameOf,
  namespaceOf,
  objectAt,
  RECONCILE_REQUESTED_ANNOTATION,
  textAt,
  uidOf,
  withMetadata,
} from './objects.ts';

/** An XR in the middle of a reconcile. */
export interface LiveXr {
  /** As the reconcile has it, and functions see it. */
  readonly xr: JsonObject;
  /** As the API server has it: what was not written yet is not there. */
  readonly stored: JsonObject;
  readonly events: readonly RenderEvent[];
}

/** The XR as a reconcile finds it: with a uid, and references to what was observed. */
export function found(input: RenderInput, layout: Layout): LiveXr {
  const given = input.xrd === undefined ? input.composite : applyXrdDefaults(input.composite, input.xrd);
  const named = withMetadata(given, {
    uid: uidOf(given) === '' ? renderUid(given) : uidOf(given),
    resourceVersion: '999',
  });
  const { observed = [] } = input;
  const refs = observed.map((o) => reference(o, named));
  const stored = refs.length === 0 ? named : withCrossplaneField(named, 'resourceRefs', refs, layout);
  return { xr: markConditions(stored, [RESPONSIVE]), stored, events: [] };
}

/** Notes that somebody asked for this reconcile. */
export function handleRequest({ xr, stored, events }: LiveXr): LiveXr {
  const token = annotationOf(xr, RECONCILE_REQUESTED_ANNOTATION);
  if (token === '' || textAt(xr, 'status', 'lastHandledReconcileAt') === token) return { xr, stored, events };
  const status = { ...objectAt(xr, 'status'), lastHandledReconcileAt: token };
  const handling = event('Normal', 'ReconcileRequestHandled', 'Handling reconcile request');
  return { xr: { ...xr, status }, stored, events: [...events, handling] };
}

const REFERENCE = ['apiVersion', 'fieldPath', 'kind', 'name', 'namespace', 'resourceVersion', 'uid'];

/** Selects the Composition, then gives the XR its label; only a new label is written at once. */
export function select({ xr, stored, events }: LiveXr, composition: string, layout: Layout): LiveXr {
  const before = crossplaneField(xr, 'compositionRef', layout);
  const same = REFERENCE.every((key) => textAt(before, key) === (key === 'name' ? composition : ''));
  const chosen = event('Normal', 'SelectComposition', `Successfully selected composition: ${composition}`);
  const selected = withCrossplaneField(xr, 'compositionRef', { name: composition }, layout);
  const said = before !== undefined && same ? events : [...events, chosen];
  if (labelOf(xr, COMPOSITE_LABEL) !== '') return { xr: selected, stored, events: said };
  const labels = { ...objectAt(xr, 'metadata', 'labels'), [COMPOSITE_LABEL]: nameOf(xr) };
  const labelled = withMetadata(selected, { labels });
  return { xr: labelled, stored: labelled, events: said };
}

/** A reference as the XR holds it; that of a namespaced XR has no namespace. */
export function reference(object: JsonObject, xr: JsonObject): JsonObject {
  const namespace = namespaceOf(xr) === '' ? namespaceOf(object) : '';
  return defined({
    apiVersion: apiVersionOf(object),
    kind: kindOf(object),
    name: nameOf(object),
    namespace: namespace === '' ? undefined : namespace,
  });
}

/** The XR as it comes back once its references and the desired status are applied: identity, references, status. */
export function appliedXr(
  xr: JsonObject,
  refs: readonly Json[],
  layout: Layout,
  status: JsonObject,
): JsonObject {
  const identity = defined({
    apiVersion: xr.apiVersion,
    kind: xr.kind,
    metadata: defined({ name: nameOf(xr), namespace: namespaceOf(xr) || undefined }),
    status,
  });
  return withCrossplaneField(identity, 'resourceRefs', refs, layout);
}
