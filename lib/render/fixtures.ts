import type { ComposeFunction, FunctionResponse } from '../function/protocol.ts';
import type { JsonObject } from '../internal/json.ts';
import type { PipelineFunction } from './function.ts';
import { inProcessFunction } from './in-process.ts';
import type { RenderInput } from './input.ts';

// Small builders that the tests of this folder share.

export const UID = '75e4a668-035f-4ce8-8c45-f4d3ac850155';

export function xr(over: { metadata?: JsonObject; spec?: JsonObject; status?: JsonObject } = {}): JsonObject {
  return {
    apiVersion: 'example.org/v1',
    kind: 'App',
    metadata: { name: 'shop', uid: UID, ...over.metadata },
    spec: over.spec ?? {},
    ...(over.status && { status: over.status }),
  };
}

export function composition(...steps: readonly JsonObject[]): JsonObject {
  return {
    apiVersion: 'apiextensions.crossplane.io/v1',
    kind: 'Composition',
    metadata: { name: 'app' },
    spec: {
      compositeTypeRef: { apiVersion: 'example.org/v1', kind: 'App' },
      mode: 'Pipeline',
      pipeline: steps.length > 0 ? steps : [step('one')],
    },
  };
}

export function step(name: string, more: JsonObject = {}): JsonObject {
  return { step: name, functionRef: { name }, ...more };
}

export function configMap(name?: string, more: JsonObject = {}): JsonObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: name === undefined ? {} : { name }, ...more };
}

/** A composed resource as a cluster would hold it after an earlier reconcile of `xr()`. */
export function existing(resource: string, name: string, metadata: JsonObject = {}): JsonObject {
  return configMap(name, {
    metadata: {
      name,
      annotations: { 'crossplane.io/composition-resource-name': resource },
      ownerReferences: [
        { apiVersion: 'example.org/v1', kind: 'App', name: 'shop', uid: UID, controller: true },
      ],
      ...metadata,
    },
  });
}

export function resources(
  entries: Record<string, JsonObject>,
  ready?: 'true' | 'false',
): NonNullable<FunctionResponse['resources']> {
  return new Map(
    Object.entries(entries).map(([name, object]) => [name, { object, ...(ready && { ready }) }]),
  );
}

/** Input with one in-process function per name. */
export function input(
  functions: Record<string, ComposeFunction | FunctionResponse | PipelineFunction>,
  more: Partial<RenderInput> = {},
): RenderInput {
  const named = Object.entries(functions).map(([name, fn]): [string, PipelineFunction] => {
    if (typeof fn === 'function') return [name, inProcessFunction(fn)];
    return [name, 'call' in fn ? fn : inProcessFunction(() => fn)];
  });
  return {
    composite: xr(),
    composition: composition(...named.map(([name]) => step(name))),
    functions: new Map(named),
    ...more,
  };
}
