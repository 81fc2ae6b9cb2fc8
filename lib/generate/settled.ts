import { boundedCompose } from '../blueprint/bounded-compose.ts';
import type { Catalogue } from '../blueprint/catalogue.ts';
import type { Blueprint } from '../blueprint/define.ts';
import { isClusterScoped } from '../blueprint/synth.ts';
import type { JsonObject } from '../internal/json.ts';
import { COMPOSE_API_VERSION } from '../model/names.ts';
import type { PipelineFunction } from '../render/function.ts';
import { inProcessFunction } from '../render/in-process.ts';
import { type CompositionOf, type SettleInput, type SettleResult, settle } from '../render/settle.ts';
import { generateComposition } from './composition.ts';
import { type Coordinates, hostFunctionName } from './coordinates.ts';
import { generateXrd } from './xrd.ts';

/** The Blueprints that take part in a render: the one rendered, and whatever it nests or builds on. */
export interface Assembly {
  readonly blueprints: ReadonlyMap<string, Blueprint>;
  readonly catalogue: Catalogue;
  readonly coordinates: Coordinates;
}

/** The host as a pipeline function, in process: routed by the step's input. */
export function hostFunction(assembly: Assembly): PipelineFunction {
  const functions = new Map(
    [...assembly.blueprints].map(([name, b]) => [
      name,
      inProcessFunction(boundedCompose(b, { catalogue: assembly.catalogue })),
    ]),
  );
  return {
    call(request, signal) {
      const name = request.input?.blueprint;
      const found = typeof name === 'string' ? functions.get(name) : undefined;
      if (found !== undefined) return found.call(request, signal);
      const message = `no Blueprint "${String(name)}" here: there are ${[...functions.keys()].join(', ')}`;
      return inProcessFunction(() => ({ results: [{ severity: 'fatal', message }] })).call(request, signal);
    },
  };
}

/** XRs of what a Blueprint depends on, ready, so that it composes all that it would on a finished platform. */
function dependencyXrs(blueprint: Blueprint, xr: JsonObject, catalogue: Catalogue): readonly JsonObject[] {
  const metadata = xr.metadata as JsonObject | undefined;
  const chosen = ((xr.spec as JsonObject | undefined)?.dependencies ?? {}) as JsonObject;
  return blueprint.depends.flatMap((d) => {
    const entry = catalogue.get(d.blueprint);
    if (entry === undefined) return [];
    const name = String(chosen[d.alias] ?? d.blueprint).replace(/^.*\//, '');
    const namespace = entry.scope === 'Namespaced' ? { namespace: metadata?.namespace ?? 'default' } : {};
    return [
      {
        apiVersion: COMPOSE_API_VERSION,
        kind: entry.kind,
        metadata: { name, ...namespace },
        status: {
          installed: { version: entry.version },
          conditions: [
            { type: 'Synced', status: 'True', reason: 'ReconcileSuccess' },
            { type: 'Ready', status: 'True', reason: 'Available' },
          ],
        },
      },
    ];
  });
}

/** What `settle` needs to know of an XR: its dependencies are ready, and what it nests is composed as well. */
export function settleInput(assembly: Assembly, blueprint: Blueprint, xr: JsonObject): SettleInput {
  const { coordinates, catalogue, blueprints } = assembly;
  const byKind = new Map([...blueprints.values()].map((b) => [b.kind, b]));
  const compositionOf = (b: Blueprint): CompositionOf => ({
    composition: generateComposition(b, { coordinates }),
    xrd: generateXrd(b),
  });
  const required = [...blueprints.values()].flatMap((b) => dependencyXrs(b, xr, catalogue));
  const unique = new Map(required.map((o) => [JSON.stringify([o.kind, o.metadata]), o]));
  return {
    composite: xr,
    ...compositionOf(blueprint),
    functions: new Map([[hostFunctionName(coordinates), hostFunction(assembly)]]),
    required: [...unique.values()],
    scopeOf: (apiVersion, kind) => scopeIn(catalogue, apiVersion, kind),
    compositionFor: (apiVersion, kind) => {
      const nested = apiVersion === COMPOSE_API_VERSION ? byKind.get(kind) : undefined;
      return nested === undefined ? undefined : compositionOf(nested);
    },
  };
}

/** Whether a kind is cluster-scoped, if the toolkit or the catalogue knows it. */
export function scopeIn(
  catalogue: Catalogue,
  apiVersion: string,
  kind: string,
): 'Cluster' | 'Namespaced' | undefined {
  const cluster = isClusterScoped(apiVersion, kind, catalogue);
  return cluster === undefined ? undefined : cluster ? 'Cluster' : 'Namespaced';
}

/** Renders an XR and what it nests against a simulated cluster until it settles, its dependencies being ready. */
export function settleXr(assembly: Assembly, blueprint: Blueprint, xr: JsonObject): Promise<SettleResult> {
  return settle(settleInput(assembly, blueprint, xr));
}
