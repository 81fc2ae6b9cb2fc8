import { formatIssues, type Issue, ToolkitError } from '../errors.ts';
import { DEFAULT_TTL_SECONDS } from '../function/defaults.ts';
import type { JsonObject } from '../internal/json.ts';
import { artifactName, kindOfBlueprint, pluralOfKind } from '../model/names.ts';
import { buildPredicate, type Predicate, type PredicateBuilder } from '../model/predicate.ts';
import type { Schema } from '../schema/schema.ts';
import { aliasToName, checkDefinition } from './check-definition.ts';
import { whenIssues } from './check-when.ts';
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

export { DEFAULT_TTL_SECONDS };

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
  refuse(definition.name, checkDefinition(definition));
  const depends = resolveDependencies(definition.depends ?? {});
  const members = resolveDependencies(definition.members ?? {});
  refuse(definition.name, whenIssues({ depends, members }, definition.config.json));
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
    depends,
    members,
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

function refuse(name: unknown, issues: readonly Issue[]): void {
  if (issues.length === 0) return;
  throw new ToolkitError('invalid', `Cannot define Blueprint "${String(name)}":\n${formatIssues(issues)}`);
}

function resolveDependencies<C>(
  specs: Readonly<Record<string, MemberSpec<C>>>,
): readonly ResolvedDependency[] {
  return Object.entries(specs).map(([alias, spec]) => ({
    alias,
    blueprint: spec.blueprint ?? aliasToName(alias),
    version: spec.version,
    when: spec.when === undefined ? undefined : buildPredicate(spec.when as PredicateBuilder<unknown>),
    values: spec.values,
    after: spec.after ?? [],
  }));
}
