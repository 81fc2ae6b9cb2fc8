import type { Handler } from '../../../lib/function/index.ts';
import { isObject, type JsonObject } from '../../../lib/internal/json.ts';
import { STEP_INPUT_API_VERSION, STEP_INPUT_KIND } from '../../../lib/model/names.ts';

const GROUP = 'herald.example.org';
const NAME = `heralds.${GROUP}`;

export const HERALD_API_VERSION: string = `${GROUP}/v1`;

/** A function that says what its XR asks for: one result of each severity in `spec.say`, and a condition. */
export const herald: Handler = {
  kind: 'function',
  name: 'herald',
  version: '1.0.0',
  compose(request) {
    const say = request.observed.composite?.get('spec', 'say');
    return {
      results: Array.isArray(say)
        ? say.filter(isObject).map(({ severity, reason, message }) => ({
            severity: severity === 'fatal' || severity === 'warning' ? severity : 'normal',
            message: String(message),
            ...(typeof reason === 'string' ? { reason } : {}),
          }))
        : [],
      conditions: [{ type: 'Heard', status: 'True', reason: 'Said', message: 'all of it' }],
    };
  },
};

/** XRD and Composition of kind `Herald`, namespaced, whose one step is that function. */
export function heraldApi(functionName: string): readonly JsonObject[] {
  const open = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  const spec = { type: 'object', properties: { say: { type: 'array', items: open } } };
  return [
    {
      apiVersion: 'apiextensions.crossplane.io/v2',
      kind: 'CompositeResourceDefinition',
      metadata: { name: NAME },
      spec: {
        group: GROUP,
        scope: 'Namespaced',
        names: { kind: 'Herald', plural: 'heralds' },
        versions: [
          {
            name: 'v1',
            served: true,
            referenceable: true,
            schema: { openAPIV3Schema: { type: 'object', properties: { spec } } },
          },
        ],
      },
    },
    {
      apiVersion: 'apiextensions.crossplane.io/v1',
      kind: 'Composition',
      metadata: { name: NAME },
      spec: {
        compositeTypeRef: { apiVersion: HERALD_API_VERSION, kind: 'Herald' },
        mode: 'Pipeline',
        pipeline: [
          {
            step: 'speak',
            functionRef: { name: functionName },
            input: {
              apiVersion: STEP_INPUT_API_VERSION,
              kind: STEP_INPUT_KIND,
              function: herald.name,
              version: herald.version,
            },
          },
        ],
      },
    },
  ];
}
