import type { StateView } from '../function/protocol.ts';
import { getPath } from '../internal/json.ts';
import type { FoundDependency } from './dependencies.ts';
import { dependenciesOf } from './ordering.ts';
import { customRule, type Readiness, readinessOf } from './readiness.ts';
import type { SynthesizedObject } from './synth.ts';

/** A synthesized object with its verdict. */
export interface OrderedObject {
  readonly object: SynthesizedObject;
  readonly observed: boolean;
  /** Not shown to Crossplane yet. What exists is never withheld: that would delete it. */
  readonly withheld: boolean;
  readonly readiness: Readiness;
  /** What its author declared that it comes after. */
  readonly dependencies: readonly SynthesizedObject[];
}

export interface OrderOptions {
  /** A dependency is not ready: nothing new may appear. */
  readonly blocked: boolean;
  readonly dependencies: readonly FoundDependency[];
}

/** Judges readiness of every object and decides which ones may be shown. */
export function orderObjects(
  objects: readonly SynthesizedObject[],
  observed: StateView,
  options: OrderOptions,
): readonly OrderedObject[] {
  const byConstruct = new Map(objects.map((o) => [o.construct, o]));
  const edges = dependenciesOf(objects.map((o) => o.construct));
  const readiness = new Map(objects.map((o) => [o, judge(o, observed)]));
  const namespaces = new Map(objects.filter((o) => isNamespace(o)).map((o) => [o.construct.name, o]));
  return objects.map((object) => {
    const view = observed.resources.get(object.name);
    const dependencies = (edges.get(object.construct) ?? []).flatMap((c) => byConstruct.get(c) ?? []);
    const home = namespaces.get(String(getPath(object.manifest, ['metadata', 'namespace'])));
    const before = home === undefined ? dependencies : [home, ...dependencies];
    const own = readiness.get(object) ?? { ready: false, message: 'is not there yet' };
    if (view !== undefined) return { object, observed: true, withheld: false, readiness: own, dependencies };
    const reason = waitsFor(before, readiness, options);
    if (reason === undefined)
      return { object, observed: false, withheld: false, readiness: own, dependencies };
    return {
      object,
      observed: false,
      withheld: true,
      readiness: { ready: false, message: reason },
      dependencies,
    };
  });
}

function isNamespace(o: SynthesizedObject): boolean {
  return o.construct.kind === 'Namespace' && o.construct.apiVersion === 'v1';
}

function judge(object: SynthesizedObject, observed: StateView): Readiness {
  const view = observed.resources.get(object.name);
  if (view === undefined) return { ready: false, message: 'is not there yet' };
  const read = (...path: readonly (string | number)[]) => view.get(...path);
  const custom = customRule(object.construct);
  return custom === undefined
    ? readinessOf(object.construct.apiVersion, object.construct.kind, read)
    : custom(read);
}

function waitsFor(
  before: readonly SynthesizedObject[],
  readiness: ReadonlyMap<SynthesizedObject, Readiness>,
  options: OrderOptions,
): string | undefined {
  if (options.blocked) {
    const names = options.dependencies.filter((d) => d.available && !d.ready).map((d) => d.spec.alias);
    return `waits for dependency ${names.join(', ')}`;
  }
  const unready = before.filter((o) => readiness.get(o)?.ready !== true);
  return unready.length === 0
    ? undefined
    : `waits for ${[...new Set(unready.map((o) => o.name))].join(', ')}`;
}
