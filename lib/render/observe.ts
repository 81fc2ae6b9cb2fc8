import { ToolkitError } from '../errors.ts';
import type { JsonObject } from '../internal/json.ts';
import { ComposeError, quote } from './compose-error.ts';
import type { RunResource } from './model.ts';
import {
  annotationOf,
  controllerOf,
  describe,
  namespaceOf,
  RESOURCE_NAME_ANNOTATION,
  uidOf,
} from './objects.ts';

/**
 * Observed composed resources by their name in the Composition.
 * @throws ComposeError for one without that annotation
 * @throws ToolkitError `invalid` for one controlled by another, or in another namespace than its namespaced XR
 */
export function observeComposed(
  xr: JsonObject,
  observed: readonly JsonObject[],
): ReadonlyMap<string, RunResource> {
  const out = new Map<string, RunResource>();
  for (const object of observed) {
    const controller = controllerOf(object);
    if (controller !== undefined && controller.uid !== uidOf(xr)) {
      throw new ToolkitError(
        'invalid',
        `Cannot render: observed resource ${describe(object)} is controlled by ${String(controller.kind)} ${String(controller.name)}, not by the composite resource`,
        { remedy: 'give the XR its real metadata.uid, or take the owner reference out' },
      );
    }
    const namespace = namespaceOf(xr);
    if (namespace !== '' && namespaceOf(object) !== '' && namespaceOf(object) !== namespace) {
      throw new ToolkitError(
        'invalid',
        `Cannot render: observed resource ${describe(object)} is not in the composite resource's namespace ${quote(namespace)}`,
      );
    }
    const name = annotationOf(object, RESOURCE_NAME_ANNOTATION);
    if (name === '') {
      throw new ComposeError(
        `cannot get existing composed resources: encountered composed resource without required ${quote(RESOURCE_NAME_ANNOTATION)} annotation`,
      );
    }
    out.set(name, { object, ready: 'unspecified' });
  }
  return out;
}
