import type { Blueprint } from '../blueprint/index.ts';
import { REQUIRED_LABELS } from '../blueprint/labels.ts';
import type { Issue } from '../errors.ts';
import { configVariants } from '../generate/variants.ts';
import { isObject, type JsonObject } from '../internal/json.ts';
import { validateObject } from '../project/validate-object.ts';
import { kindOf, labelOf, nameOf, objectAt, objectKey } from '../render/objects.ts';
import { type RenderBlueprintOptions, type RenderedBlueprint, renderBlueprint } from './render-blueprint.ts';

/**
 * What the apiserver and the platform's rules would say of everything that was composed: each object against its kind's
 * schema under strict field validation, a schema for each kind, `app.kubernetes.io/*` on each object, no Secret with
 * a value in it. Empty when all is well.
 */
export function checkRendered(rendered: RenderedBlueprint): readonly Issue[] {
  return rendered.result.objects.flatMap((object) => {
    const { known, issues } = validateObject(object, rendered.blueprints);
    const missing = isRoot(object, rendered)
      ? []
      : REQUIRED_LABELS.filter((key) => labelOf(object, key) === '');
    return [
      ...issues,
      ...(known ? [] : [{ path: 'kind', message: `no schema of ${String(object.apiVersion)} is at hand` }]),
      ...missing.map((key) => ({ path: `metadata.labels["${key}"]`, message: 'is missing' })),
      ...(kindOf(object) === 'Secret' ? [{ path: 'data', message: 'a Secret must not be composed' }] : []),
    ].map((issue) => ({ ...issue, path: `${kindOf(object)}/${nameOf(object)} ${issue.path}` }));
  });
}

function isRoot(object: JsonObject, { result }: RenderedBlueprint): boolean {
  const [root] = result.reconciles.keys();
  return objectKey(object) === root;
}

/** An example under one toggle of its config. */
export interface RenderedVariant {
  readonly xr: JsonObject;
  readonly rendered: RenderedBlueprint;
}

/**
 * Renders an example as it is, with every switch of its config on, and with each boolean and enum value one at a time.
 * A variant that the Blueprint's own schema refuses is left out.
 */
export async function renderVariants(
  blueprint: Blueprint,
  example: JsonObject,
  options: RenderBlueprintOptions = {},
): Promise<readonly RenderedVariant[]> {
  const spec = objectAt(example, 'spec');
  const base = isObject(spec.config) ? spec.config : {};
  const blueprints = [blueprint, ...(options.catalogue ?? [])];
  const out: RenderedVariant[] = [];
  for (const config of configVariants(blueprint.config.json, base)) {
    const xr = { ...example, spec: { ...spec, config } };
    if (validateObject(xr, blueprints).issues.length > 0) continue;
    out.push({ xr, rendered: await renderBlueprint(blueprint, xr, options) });
  }
  return out;
}
