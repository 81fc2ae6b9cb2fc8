import { ToolkitError } from '../errors.ts';
import { isObject, type Json, type JsonObject } from '../internal/json.ts';
import { apiVersionOf, groupVersion, kindOf, listAt, objectAt, textAt } from './objects.ts';

/** Where an XR keeps Crossplane's own fields: `spec.crossplane`, or `spec` for a legacy XRD. */
export type Layout = 'modern' | 'legacy';

/**
 * The layout of an XR after its XRD; without one it is modern, as in Crossplane's own engine.
 * @throws ToolkitError `invalid` when the XRD is not the XR's
 */
export function layoutOf(xr: JsonObject, xrd: JsonObject | undefined): Layout {
  if (xrd === undefined) return 'modern';
  const { group } = groupVersion(apiVersionOf(xr));
  const names = objectAt(xrd, 'spec', 'names');
  if (textAt(xrd, 'spec', 'group') !== group || names.kind !== kindOf(xr)) {
    throw new ToolkitError(
      'invalid',
      `Cannot render ${kindOf(xr)}.${group}: the XRD is for ${String(names.kind)}.${textAt(xrd, 'spec', 'group')}`,
    );
  }
  const scope = textAt(xrd, 'spec', 'scope');
  if (scope !== '') return scope === 'LegacyCluster' ? 'legacy' : 'modern';
  return apiVersionOf(xrd) === 'apiextensions.crossplane.io/v1' ? 'legacy' : 'modern';
}

/** The references to composed resources that an XR carries. */
export function resourceRefs(xr: JsonObject, layout: Layout): readonly JsonObject[] {
  return layout === 'modern'
    ? listAt(xr, 'spec', 'crossplane', 'resourceRefs')
    : listAt(xr, 'spec', 'resourceRefs');
}

/** The XR with another value in one of Crossplane's fields. */
export function withCrossplaneField(
  xr: JsonObject,
  key: 'resourceRefs' | 'compositionRef',
  value: Json,
  layout: Layout,
): JsonObject {
  const spec = objectAt(xr, 'spec');
  if (layout === 'legacy') return { ...xr, spec: { ...spec, [key]: value } };
  return { ...xr, spec: { ...spec, crossplane: { ...objectAt(spec, 'crossplane'), [key]: value } } };
}

/** A field of Crossplane's in the XR: `compositionRef`, `compositionSelector`, … */
export function crossplaneField(xr: JsonObject, key: string, layout: Layout): JsonObject | undefined {
  const spec = objectAt(xr, 'spec');
  const value = (layout === 'modern' ? objectAt(spec, 'crossplane') : spec)[key];
  return isObject(value) ? value : undefined;
}
