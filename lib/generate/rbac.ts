import type { Blueprint } from '../blueprint/define.ts';
import { isToolkitError } from '../errors.ts';
import { isObject, type JsonObject } from '../internal/json.ts';
import { findKind } from '../kinds/registry.ts';
import { COMPOSE_API_VERSION } from '../model/names.ts';
import { type Assembly, settleXr } from './settled.ts';
import { configVariants } from './variants.ts';

const VERBS = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete'];

/** A kind that a Blueprint composes. */
export interface ComposedKind {
  readonly apiVersion: string;
  readonly kind: string;
}

/**
 * Every kind that an example of the Blueprint composes under any toggle of its config; what it nests is left to
 * the nested Blueprint's own role. Renders each variant, so it costs some hundred milliseconds.
 */
export async function composedKinds(
  blueprint: Blueprint,
  examples: Iterable<JsonObject>,
  assembly: Assembly,
): Promise<readonly ComposedKind[]> {
  const found = new Map<string, ComposedKind>();
  // Nested XRs stay single objects: their own kinds are granted by their own packages.
  const alone: Assembly = { ...assembly, blueprints: new Map([[blueprint.name, blueprint]]) };
  for (const example of examples) {
    const spec = (example.spec ?? {}) as JsonObject;
    const base = isObject(spec.config) ? spec.config : {};
    for (const config of configVariants(blueprint.config.json, base)) {
      for (const kind of await kindsOf(blueprint, { ...example, spec: { ...spec, config } }, alone)) {
        found.set(`${kind.apiVersion} ${kind.kind}`, kind);
      }
    }
  }
  return [...found.keys()].sort().flatMap((key) => found.get(key) ?? []);
}

async function kindsOf(
  blueprint: Blueprint,
  xr: JsonObject,
  assembly: Assembly,
): Promise<readonly ComposedKind[]> {
  try {
    const result = await settleXr(assembly, blueprint, xr);
    return result.objects
      .filter((o) => o.kind !== blueprint.kind || o.apiVersion !== COMPOSE_API_VERSION)
      .map((o) => ({ apiVersion: String(o.apiVersion), kind: String(o.kind) }));
  } catch (error) {
    // A variant that the schema refuses composes nothing.
    if (isToolkitError(error) && error.code === 'invalid') return [];
    throw error;
  }
}

/**
 * The ClusterRole that lets Crossplane apply what the Blueprint composes. A Configuration cannot carry it: it
 * travels beside the package and is applied first. Undefined where there is nothing to grant: what composes other
 * Blueprints alone has its rights from Crossplane's own RBAC manager.
 */
export function generateRbac(blueprint: Blueprint, kinds: readonly ComposedKind[]): JsonObject | undefined {
  const byGroup = new Map<string, Set<string>>();
  const add = (group: string, resource: string): void => {
    const set = byGroup.get(group) ?? new Set<string>();
    byGroup.set(group, set.add(resource));
  };
  for (const { apiVersion, kind } of kinds) {
    // Rights on XRs come from Crossplane's own RBAC manager.
    if (apiVersion === COMPOSE_API_VERSION) continue;
    const info = findKind(apiVersion, kind);
    const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
    if (group === 'protection.crossplane.io') continue;
    add(group, info?.plural ?? `${kind.toLowerCase()}s`);
  }
  for (const { apiGroup, resources } of blueprint.facts.rbac ?? [])
    for (const r of resources) add(apiGroup, r);
  if (byGroup.size === 0) return undefined;
  const groups = [...byGroup].sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: {
      name: `crossplane:${blueprint.artifact}`,
      labels: {
        'rbac.crossplane.io/aggregate-to-crossplane': 'true',
        'openova.io/blueprint': blueprint.artifact,
      },
    },
    rules: groups.map(([group, resources]) => ({
      apiGroups: [group],
      resources: [...resources].sort(),
      // Nobody may grant rights that he lacks, unless he may say so (Kubernetes' escalation check).
      verbs: group === 'rbac.authorization.k8s.io' ? [...VERBS, 'bind', 'escalate'] : VERBS,
    })),
  };
}
