import { ToolkitError } from '../errors.ts';
import type { JsonObject } from '../internal/json.ts';
import type { ScopeOf } from './composed.ts';
import type { PipelineFunction } from './function.ts';
import { crossplaneField, type Layout } from './layout.ts';
import { apiVersionOf, kindOf, labelOf, listAt, nameOf, objectAt, textAt } from './objects.ts';

/** One reconcile: what Crossplane would have before it. */
export interface RenderInput {
  readonly composite: JsonObject;
  readonly composition: JsonObject;
  /** Says how the XR is laid out and what its defaults are. Absent: modern, no defaults. */
  readonly xrd?: JsonObject;
  /** By `functionRef.name`. */
  readonly functions: ReadonlyMap<string, PipelineFunction>;
  /** Composed resources that exist already. */
  readonly observed?: readonly JsonObject[];
  /** Other objects of the cluster that functions may ask for. */
  readonly required?: readonly JsonObject[];
  /** Whole OpenAPI v3 documents. */
  readonly requiredSchemas?: readonly JsonObject[];
  /** Secrets that steps name as credentials; `kind` may be left out. */
  readonly credentials?: readonly JsonObject[];
  /** What the pipeline's context holds before the first step. */
  readonly context?: JsonObject;
  /** @default what `lib/kinds` knows */
  readonly scopeOf?: ScopeOf;
  /**
   * The XR comes back from its API server whole, so that all of Crossplane's conditions say its generation. Crossplane's
   * render engine loses it half way. @default false: as that engine
   */
  readonly keepsGeneration?: boolean;
  readonly signal?: AbortSignal;
}

/**
 * Refuses what `crossplane composition render` refuses before it starts.
 * @throws ToolkitError `invalid` or `not-found`
 */
export function checkInput(input: RenderInput, layout: Layout): void {
  const { composite, composition } = input;
  if (nameOf(composite) === '' || kindOf(composite) === '' || apiVersionOf(composite) === '') {
    throw new ToolkitError('invalid', 'Cannot render: the XR needs apiVersion, kind and metadata.name');
  }
  const ref = objectAt(composition, 'spec', 'compositeTypeRef');
  for (const [field, have] of [
    ['kind', kindOf(composite)],
    ['apiVersion', apiVersionOf(composite)],
  ] as const) {
    if (ref[field] === have) continue;
    throw new ToolkitError(
      'invalid',
      `Cannot render: Composition "${nameOf(composition)}" is for ${field} "${String(ref[field])}", the XR has "${have}"`,
      { place: `spec.compositeTypeRef.${field}` },
    );
  }
  checkSelector(composite, composition, layout);
  checkPipeline(input);
}

function checkSelector(composite: JsonObject, composition: JsonObject, layout: Layout): void {
  const labels = objectAt(crossplaneField(composite, 'compositionSelector', layout), 'matchLabels');
  for (const [key, want] of Object.entries(labels)) {
    if (labelOf(composition, key) === want) continue;
    throw new ToolkitError(
      'invalid',
      `Cannot render: Composition "${nameOf(composition)}" lacks the label ${key}=${String(want)} that the XR selects`,
    );
  }
}

function checkPipeline({ composition, functions }: RenderInput): void {
  const mode = textAt(composition, 'spec', 'mode');
  const steps = listAt(composition, 'spec', 'pipeline');
  if ((mode !== '' && mode !== 'Pipeline') || steps.length === 0) {
    throw new ToolkitError(
      'invalid',
      `Cannot render: Composition "${nameOf(composition)}" has no pipeline of functions (spec.mode Pipeline, spec.pipeline)`,
    );
  }
  const names = steps.map((step) => textAt(step, 'functionRef', 'name'));
  const missing = [...new Set(names.filter((name) => !functions.has(name)))];
  if (missing.length === 0) return;
  throw new ToolkitError('not-found', `Cannot render: no function "${missing.join('", "')}" was given`, {
    remedy: 'name every functionRef of the Composition in the functions file',
  });
}
