import type { FunctionRequest, ResourceSelector, ResourceView } from '../function/protocol.ts';
import { isObject, type JsonObject } from '../internal/json.ts';
import { COMPOSE_API_VERSION } from '../model/names.ts';
import { evaluatePredicate } from '../model/predicate.ts';
import { satisfies } from '../model/versions.ts';
import type { Catalogue, CatalogueEntry } from './catalogue.ts';
import type { ResolvedDependency } from './define.ts';
import { readinessOf } from './readiness.ts';
import type { Dependency } from './types.ts';
import type { Xr } from './xr.ts';

/** One dependency of this XR, as found. */
export interface FoundDependency extends Dependency<JsonObject> {
  readonly spec: ResolvedDependency;
  readonly entry: CatalogueEntry | undefined;
  /** Why it is not ready, or not available. */
  readonly message: string | undefined;
}

/** Requirement under which a dependency's XRs are asked for. */
export function dependencyRequirement(alias: string): string {
  return `dependency/${alias}`;
}

/** Which dependencies this XR has: conditional ones whose predicate fails are left out. */
export function activeDependencies(
  specs: readonly ResolvedDependency[],
  config: unknown,
  xr: Xr,
  namespace: string,
): readonly ResolvedDependency[] {
  const application = { name: xr.name, namespace };
  return specs.filter((s) => s.when === undefined || evaluatePredicate(s.when, { config, application }));
}

/** Selectors for the XRs that may serve as a dependency; the same on every call, or the loop never settles. */
export function dependencySelectors(
  active: readonly ResolvedDependency[],
  xr: Xr,
  catalogue: Catalogue,
): Readonly<Record<string, ResourceSelector>> {
  const out: Record<string, ResourceSelector> = {};
  for (const spec of active) {
    const entry = catalogue.get(spec.blueprint);
    if (entry === undefined) continue;
    out[dependencyRequirement(spec.alias)] = selector(entry, xr.dependencies[spec.alias], xr.namespace);
  }
  return out;
}

function selector(
  entry: CatalogueEntry,
  chosen: string | undefined,
  namespace: string | undefined,
): ResourceSelector {
  const base = { apiVersion: COMPOSE_API_VERSION, kind: entry.kind };
  if (chosen === undefined)
    return { ...base, ...(entry.scope === 'Namespaced' && namespace !== undefined ? { namespace } : {}) };
  const slash = chosen.indexOf('/');
  const name = slash === -1 ? chosen : chosen.slice(slash + 1);
  if (entry.scope === 'Cluster') return { ...base, matchName: name };
  const at = slash === -1 ? namespace : chosen.slice(0, slash);
  return { ...base, matchName: name, ...(at === undefined ? {} : { namespace: at }) };
}

/** Looks every active dependency up in what Crossplane resolved. */
export function findDependencies(
  active: readonly ResolvedDependency[],
  xr: Xr,
  request: FunctionRequest,
  catalogue: Catalogue,
): readonly FoundDependency[] {
  return active.map((spec) => {
    const entry = catalogue.get(spec.blueprint);
    const none = { spec, entry, ready: false, name: undefined, namespace: undefined, outputs: {} };
    if (entry === undefined) {
      return { ...none, available: false, message: `no Blueprint "${spec.blueprint}" in this catalogue` };
    }
    const candidates = request.requiredResources.get(dependencyRequirement(spec.alias));
    if (candidates === undefined)
      return { ...none, available: true, message: `${entry.kind} has not been looked up yet` };
    const chosen = choose(candidates, spec, entry.kind, xr.dependencies[spec.alias]);
    if (typeof chosen === 'string') return { ...none, available: true, message: chosen };
    return { spec, entry, available: true, ...judge(chosen, spec, entry) };
  });
}

/** The only one, or the one named after its Blueprint; otherwise the reader has to choose. */
function choose(
  candidates: readonly ResourceView[],
  spec: ResolvedDependency,
  kind: string,
  wanted: string | undefined,
): ResourceView | string {
  if (candidates.length === 1 && candidates[0] !== undefined) return candidates[0];
  if (candidates.length === 0) return `there is no ${kind}${wanted === undefined ? '' : ` "${wanted}"`} yet`;
  const named = candidates.filter((c) => c.get('metadata', 'name') === spec.blueprint);
  if (named.length === 1 && named[0] !== undefined) return named[0];
  const names = candidates.slice(0, 5).map(nameOf).join(', ');
  return `there are ${candidates.length} of ${kind} (${names}): choose one in spec.dependencies.${spec.alias}`;
}

function nameOf(view: ResourceView): string {
  const path = [view.get('metadata', 'namespace'), view.get('metadata', 'name')];
  return path.filter((part) => typeof part === 'string').join('/');
}

function judge(
  view: ResourceView,
  spec: ResolvedDependency,
  entry: CatalogueEntry,
): Pick<FoundDependency, 'ready' | 'name' | 'namespace' | 'outputs' | 'message'> {
  const name = asText(view.get('metadata', 'name'));
  const namespace = asText(view.get('metadata', 'namespace'));
  const outputs = view.get('status', 'outputs');
  const found = { name, namespace, outputs: isObject(outputs) ? outputs : {} };
  const label = `${entry.kind} "${nameOf(view)}"`;
  const version = asText(view.get('status', 'installed', 'version'));
  if (version !== undefined && !satisfies(version, spec.version)) {
    return { ...found, ready: false, message: `${label} is ${version}, but ${spec.version} is needed` };
  }
  const readiness = readinessOf(COMPOSE_API_VERSION, entry.kind, (...path) => view.get(...path));
  return readiness.ready
    ? { ...found, ready: true, message: undefined }
    : { ...found, ready: false, message: `${label}: ${readiness.message}` };
}

function asText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
