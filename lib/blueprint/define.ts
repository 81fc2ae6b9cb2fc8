import { formatIssues, type Issue, ToolkitError } from '../errors.ts';
import type { JsonObject } from '../internal/json.ts';
import { artifactName, blueprintNameProblem, kindOfBlueprint, pluralOfKind } from '../model/names.ts';
import { buildPredicate, type Predicate, type PredicateBuilder } from '../model/predicate.ts';
import { rangeProblem, versionProblem } from '../model/versions.ts';
import type { Schema } from '../schema/schema.ts';
import type { OutputValues } from './output.ts';
import type {
  BlueprintApi,
  BlueprintDefinition,
  ComposeContext,
  ComposeResult,
  DependencySpec,
  MemberSpec,
  OutputFields,
  PlacementMode,
} from './types.ts';
import type { Upstream } from './upstream.ts';

/** A dependency or member with its defaults filled in. */
export interface ResolvedDependency {
  readonly alias: string;
  readonly blueprint: string;
  readonly version: string;
  readonly when: Predicate | undefined;
  readonly values: JsonObject | undefined;
  /** Members only: what must be ready first. */
  readonly after: readonly string[];
}

/** The erased context: the types that an author sees are those of `ComposeContext`. */
export type AnyComposeContext = ComposeContext<
  unknown,
  JsonObject,
  JsonObject,
  string,
  PlacementMode,
  Upstream
>;
type AnyCompose = (context: AnyComposeContext) => ComposeResult<OutputFields, OutputFields> | undefined;

/** A Blueprint, ready to be composed, generated from, built and served. `I` is its config, `O` its outputs. */
export interface Blueprint<I = unknown, O = unknown> {
  readonly $type?: BlueprintApi<I, O>;
  readonly name: string;
  readonly version: string;
  readonly artifact: string;
  readonly kind: string;
  readonly plural: string;
  readonly scope: 'Cluster' | 'Namespaced';
  readonly config: Schema<unknown, unknown>;
  readonly depends: readonly ResolvedDependency[];
  readonly members: readonly ResolvedDependency[];
  readonly sizes: ReadonlyMap<string, JsonObject>;
  readonly defaultSize: string;
  readonly values: JsonObject;
  readonly upstream: Upstream;
  readonly outputs: OutputFields;
  readonly status: OutputFields;
  readonly ttlSeconds: number;
  /** Namespace of a cluster-scoped Blueprint's namespaced objects. */
  readonly namespace: string;
  readonly createNamespace: boolean;
  readonly facts: Pick<
    BlueprintDefinition<
      unknown,
      unknown,
      unknown,
      unknown,
      string,
      PlacementMode,
      Upstream,
      OutputFields,
      OutputFields
    >,
    'card' | 'visibility' | 'owner' | 'placement' | 'upgrades' | 'rotation' | 'observability' | 'rbac'
  >;
  readonly compose: AnyCompose;
}

/** Default `ttl`: a safety net, since Crossplane calls when something changed (architecture §4). */
export const DEFAULT_TTL_SECONDS = 600;
const MIN_TTL_SECONDS = 10;

/**
 * Defines a Blueprint. Everything is typed from this one literal: `config` in `compose` is the schema's type with
 * defaults applied, a dependency with `when` is `T | undefined`, `size` and `placement.mode` are the declared names.
 * @throws ToolkitError `invalid` listing every static fault with its path
 */
export function defineBlueprint<
  C,
  I,
  const D extends Readonly<Record<string, DependencySpec<C>>>,
  const M extends Readonly<Record<string, MemberSpec<C>>>,
  N extends string,
  P extends PlacementMode,
  O extends OutputFields,
  S extends OutputFields,
  U extends Upstream = undefined,
>(definition: BlueprintDefinition<C, I, D, M, N, P, U, O, S>): Blueprint<I, OutputValues<O>> {
  const issues = checkDefinition(definition);
  if (issues.length > 0) {
    throw new ToolkitError(
      'invalid',
      `Cannot define Blueprint "${String(definition.name)}":\n${formatIssues(issues)}`,
    );
  }
  const kind = definition.kind ?? kindOfBlueprint(definition.name);
  const namespace = definition.namespace ?? definition.name;
  const { card, visibility, owner, placement, upgrades, rotation, observability, rbac } = definition;
  return Object.freeze({
    name: definition.name,
    version: definition.version,
    artifact: artifactName(definition.name),
    kind,
    plural: definition.plural ?? pluralOfKind(kind),
    scope: definition.scope,
    config: definition.config,
    depends: resolveDependencies(definition.depends ?? {}),
    members: resolveDependencies(definition.members ?? {}),
    sizes: new Map(Object.entries(definition.sizes) as [string, JsonObject][]),
    defaultSize: Object.keys(definition.sizes)[0] ?? '',
    values: (definition.values ?? {}) as JsonObject,
    upstream: definition.upstream,
    outputs: definition.outputs ?? {},
    status: definition.status ?? {},
    ttlSeconds: definition.ttlSeconds ?? DEFAULT_TTL_SECONDS,
    namespace,
    createNamespace: definition.createNamespace ?? !['kube-system', 'default'].includes(namespace),
    facts: {
      card,
      placement,
      ...(visibility === undefined ? {} : { visibility }),
      ...(owner === undefined ? {} : { owner }),
      ...(upgrades === undefined ? {} : { upgrades }),
      ...(rotation === undefined ? {} : { rotation }),
      ...(observability === undefined ? {} : { observability }),
      ...(rbac === undefined ? {} : { rbac }),
    },
    // The author's compose sees its own types; the host builds that very context from the same definition.
    compose: (context: AnyComposeContext) =>
      definition.compose(context as ComposeContext<never, never, never, never, never, never>),
  });
}

/** Types of another Blueprint, without its code: `api: apiOf<typeof cnpg>()`. */
export function apiOf<B extends Blueprint<never, unknown> | Blueprint>(): B extends Blueprint<
  infer I,
  infer O
>
  ? BlueprintApi<I, O>
  : never {
  return {} as B extends Blueprint<infer I, infer O> ? BlueprintApi<I, O> : never;
}

function kebab(alias: string): string {
  return alias.replace(/([a-z0-9])([A-Z])/g, '$1-$2').toLowerCase();
}

function resolveDependencies<C>(
  specs: Readonly<Record<string, MemberSpec<C>>>,
): readonly ResolvedDependency[] {
  return Object.entries(specs).map(([alias, spec]) => ({
    alias,
    blueprint: spec.blueprint ?? kebab(alias),
    version: spec.version,
    when: spec.when === undefined ? undefined : buildPredicate(spec.when as PredicateBuilder<unknown>),
    values: spec.values,
    after: spec.after ?? [],
  }));
}

interface CheckedDefinition {
  readonly name: string;
  readonly version: string;
  readonly kind?: string;
  readonly plural?: string;
  readonly namespace?: string;
  readonly ttlSeconds?: number;
  readonly sizes: object;
  readonly placement: {
    readonly modes: readonly string[];
    readonly default: string;
    readonly minRegions?: number;
    readonly maxRegions?: number;
  };
  readonly depends?: Readonly<Record<string, { readonly blueprint?: string; readonly version: string }>>;
  readonly members?: Readonly<
    Record<
      string,
      { readonly blueprint?: string; readonly version: string; readonly after?: readonly string[] }
    >
  >;
  readonly upgrades?: { readonly from?: readonly string[]; readonly blocks?: readonly string[] };
  readonly rotation?: readonly { readonly ttl: string }[];
}

function checkDefinition(d: CheckedDefinition): Issue[] {
  const issues: Issue[] = [];
  const add = (path: string, message: string | undefined): void => {
    if (message !== undefined) issues.push({ path, message });
  };
  add('name', blueprintNameProblem(d.name));
  add('version', versionProblem(d.version));
  if (d.kind !== undefined && !/^[A-Z][A-Za-z0-9]{0,62}$/.test(d.kind)) add('kind', 'must be PascalCase');
  if (d.plural !== undefined && !/^[a-z][a-z0-9]{0,62}$/.test(d.plural)) add('plural', 'must be lower case');
  if (d.namespace !== undefined && !/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(d.namespace))
    add('namespace', 'must be a DNS label');
  if (d.ttlSeconds !== undefined && !(d.ttlSeconds >= MIN_TTL_SECONDS))
    add('ttlSeconds', `must be ${MIN_TTL_SECONDS} or more`);
  if (Object.keys(d.sizes).length === 0) add('sizes', 'must declare at least one size');
  for (const size of Object.keys(d.sizes))
    if (!/^[a-z][a-z0-9-]{0,30}$/.test(size)) add(`sizes.${size}`, 'must be a lower-case name');
  checkPlacement(d.placement, add);
  checkEdges('depends', d.name, d.depends ?? {}, add);
  checkEdges('members', d.name, d.members ?? {}, add);
  for (const range of [...(d.upgrades?.from ?? []), ...(d.upgrades?.blocks ?? [])])
    add(`upgrades "${range}"`, rangeProblem(range));
  for (const [i, rule] of (d.rotation ?? []).entries())
    if (!/^[0-9]+(s|m|h|d)$/.test(rule.ttl))
      add(`rotation[${i}].ttl`, 'must be a duration such as 1h or 90d');
  return issues;
}

function checkPlacement(
  p: CheckedDefinition['placement'],
  add: (path: string, message: string | undefined) => void,
): void {
  if (p.modes.length === 0) add('placement.modes', 'must name at least one mode');
  if (!p.modes.includes(p.default)) add('placement.default', `must be one of ${p.modes.join(', ')}`);
  const { minRegions = 1, maxRegions = 5 } = p;
  if (minRegions < 1 || maxRegions > 5 || minRegions > maxRegions)
    add('placement', 'minRegions and maxRegions must lie within 1 to 5, in order');
}

function checkEdges(
  at: 'depends' | 'members',
  self: string,
  specs: NonNullable<CheckedDefinition['members']>,
  add: (path: string, message: string | undefined) => void,
): void {
  for (const [alias, spec] of Object.entries(specs)) {
    const path = `${at}.${alias}`;
    if (!/^[a-z][a-zA-Z0-9]{0,40}$/.test(alias)) add(path, 'alias must be a camelCase name');
    const blueprint = spec.blueprint ?? kebab(alias);
    add(`${path}.blueprint`, blueprintNameProblem(blueprint));
    if (blueprint === self) add(`${path}.blueprint`, 'a Blueprint cannot depend on itself');
    add(`${path}.version`, rangeProblem(spec.version));
    for (const other of spec.after ?? [])
      if (!Object.hasOwn(specs, other)) add(`${path}.after`, `"${other}" is not a member`);
  }
  const cycle = findCycle(specs);
  if (cycle !== undefined) add(at, `"after" forms a cycle: ${cycle.join(' → ')}`);
}

function findCycle(specs: NonNullable<CheckedDefinition['members']>): readonly string[] | undefined {
  const done = new Set<string>();
  const visit = (name: string, trail: readonly string[]): readonly string[] | undefined => {
    if (trail.includes(name)) return [...trail.slice(trail.indexOf(name)), name];
    if (done.has(name)) return undefined;
    for (const next of specs[name]?.after ?? []) {
      const found = visit(next, [...trail, name]);
      if (found !== undefined) return found;
    }
    done.add(name);
    return undefined;
  };
  for (const name of Object.keys(specs)) {
    const found = visit(name, []);
    if (found !== undefined) return found;
  }
  return undefined;
}
