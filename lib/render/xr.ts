import type { Json, JsonObject } from '../internal/json.ts';
import { withConditions, type XrCondition } from './conditions.ts';
import { applyXrdDefaults } from './defaults.ts';
import { event, type RenderEvent } from './events.ts';
import type { RenderInput } from './input.ts';
import { crossplaneField, type Layout, withResourceRefs } from './layout.ts';
import { renderUid } from './names.ts';
import {
  apiVersionOf,
  COMPOSITE_LABEL,
  defined,
  kindOf,
  labelOf,
  nameOf,
  namespaceOf,
  objectAt,
  textAt,
  uidOf,
  withMetadata,
} from './objects.ts';

/** The XR as the pipeline sees it: uid, label, Composition and references set. */
export function prepare(
  input: RenderInput,
  layout: Layout,
  observed: readonly JsonObject[],
): { xr: JsonObject; events: RenderEvent[] } {
  const given = input.xrd === undefined ? input.composite : applyXrdDefaults(input.composite, input.xrd);
  const composition = nameOf(input.composition);
  let xr = withMetadata(given, {
    uid: uidOf(given) === '' ? renderUid(given) : uidOf(given),
    resourceVersion: '999',
    labels: {
      ...objectAt(given, 'metadata', 'labels'),
      [COMPOSITE_LABEL]: labelOf(given, COMPOSITE_LABEL) || nameOf(given),
    },
  });
  if (observed.length > 0)
    xr = withResourceRefs(
      xr,
      observed.map((o) => reference(o, xr)),
      layout,
    );
  const before = textAt(crossplaneField(xr, 'compositionRef', layout), 'name');
  const events: RenderEvent[] = [];
  if (before !== composition) {
    events.push(event('Normal', 'SelectComposition', `Successfully selected composition: ${composition}`));
  }
  return { xr: withCompositionRef(xr, composition, layout), events };
}

function withCompositionRef(xr: JsonObject, name: string, layout: Layout): JsonObject {
  const spec = objectAt(xr, 'spec');
  const compositionRef = { name };
  if (layout === 'legacy') return { ...xr, spec: { ...spec, compositionRef } };
  return { ...xr, spec: { ...spec, crossplane: { ...objectAt(spec, 'crossplane'), compositionRef } } };
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

/** What Crossplane writes into the XR. */
export function written(
  xr: JsonObject,
  refs: readonly Json[],
  layout: Layout,
  status: JsonObject,
  conditions: readonly XrCondition[],
): JsonObject {
  const { generation, name, namespace } = objectAt(xr, 'metadata');
  const identity = defined({
    apiVersion: xr.apiVersion,
    kind: xr.kind,
    metadata: defined({ generation, name, namespace }),
    status,
  });
  return withMetadata(withConditions(withResourceRefs(identity, refs, layout), conditions), {
    generation: undefined,
  });
}
