import type { JsonObject } from '../internal/json.ts';
import { isObject } from '../internal/json.ts';
import { ApiResource, type ApiResourceProps } from '../kinds/resource.ts';
import { COMPOSE_API_VERSION, objectName } from '../model/names.ts';
import { mergeConfig } from '../schema/index.ts';
import type { Catalogue, CatalogueEntry } from './catalogue.ts';
import { aliasToName } from './check-definition.ts';
import type { ResolvedDependency } from './define.ts';
import type { Observed } from './observed.ts';
import { readinessOf } from './readiness.ts';
import type { BlueprintScope } from './scope.ts';
import type { Member, MemberValues } from './types.ts';

export interface MemberContext {
  readonly scope: BlueprintScope;
  readonly namespace: string;
  readonly size: string;
  readonly placement: { readonly mode: string; readonly regions: readonly string[] };
  readonly observed: Observed;
  readonly catalogue: Catalogue;
}

/** A member of this XR: a handle for `compose`, and what becomes of it afterwards. */
export interface ActiveMember {
  readonly spec: ResolvedDependency;
  readonly entry: CatalogueEntry | undefined;
  readonly handle: Member<JsonObject, JsonObject>;
  /** What the author handed down. */
  readonly values: () => MemberValues<JsonObject>;
}

/** Handles for the active members, before the author's compose runs. */
export function memberHandles(
  active: readonly ResolvedDependency[],
  context: MemberContext,
): readonly ActiveMember[] {
  return active.map((spec) => {
    const entry = context.catalogue.get(spec.blueprint);
    let values: MemberValues<JsonObject> = {};
    const path = aliasToName(spec.alias);
    const read = (...p: readonly (string | number)[]) => context.observed.get(path, ...p);
    const outputs = read('status', 'outputs');
    const there = entry !== undefined && context.observed.has(path);
    const handle: Member<JsonObject, JsonObject> = {
      available: entry !== undefined,
      ready: there && readinessOf(COMPOSE_API_VERSION, entry.kind, read).ready,
      name: entry === undefined ? undefined : memberName(context.scope, path),
      namespace: entry?.scope === 'Namespaced' ? context.namespace : undefined,
      outputs: isObject(outputs) ? outputs : {},
      configure: (given) => {
        const config = mergeConfig(values.config ?? {}, given.config ?? {}) as JsonObject;
        values = { ...values, ...given, ...(Object.keys(config).length === 0 ? {} : { config }) };
      },
    };
    return { spec, entry, handle, values: () => values };
  });
}

function memberName(scope: BlueprintScope, path: string): string {
  return objectName([scope.application, path], `member "${path}"`);
}

/** Composes the members as nested XRs, in the declared order; those without a Blueprint are left out. */
export function composeMembers(members: readonly ActiveMember[], context: MemberContext): void {
  const built = new Map<string, ApiResource>();
  for (const member of members) {
    if (member.entry === undefined) continue;
    built.set(member.spec.alias, nestedXr(member, member.entry, context));
  }
  const specs = new Map(members.map(({ spec }) => [spec.alias, spec]));
  for (const { spec } of members) {
    const object = built.get(spec.alias);
    const before = composedBefore(spec.alias, specs, built);
    if (object !== undefined && before.length > 0) object.node.addDependency(...before);
  }
}

/** What a member comes after: one that is left out hands on what it would have come after itself. */
function composedBefore(
  alias: string,
  specs: ReadonlyMap<string, ResolvedDependency>,
  built: ReadonlyMap<string, ApiResource>,
): readonly ApiResource[] {
  const before = (specs.get(alias)?.after ?? []).flatMap((other) => {
    const object = built.get(other);
    return object === undefined ? composedBefore(other, specs, built) : [object];
  });
  return [...new Set(before)];
}

function nestedXr(member: ActiveMember, entry: CatalogueEntry, context: MemberContext): ApiResource {
  const values = member.values();
  const size = values.size ?? (entry.sizes.includes(context.size) ? context.size : undefined);
  const { mode, regions } = context.placement;
  const placement = entry.placements.includes(mode)
    ? { mode, ...(regions.length === 0 ? {} : { regions }) }
    : undefined;
  const path = aliasToName(member.spec.alias);
  const config = mergeConfig(member.spec.values ?? {}, values.config ?? {}) as JsonObject;
  return new ApiResource(context.scope, path, { apiVersion: COMPOSE_API_VERSION, kind: entry.kind }, {
    metadata: {
      name: memberName(context.scope, path),
      ...(entry.scope === 'Namespaced' ? { namespace: values.namespace ?? context.namespace } : {}),
    },
    spec: {
      ...(Object.keys(config).length === 0 ? {} : { config }),
      ...(size === undefined ? {} : { size }),
      ...(placement === undefined ? {} : { placement }),
      ...(values.dependencies === undefined ? {} : { dependencies: values.dependencies }),
    },
  } as ApiResourceProps);
}
