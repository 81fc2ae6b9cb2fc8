import type { JsonObject } from '../internal/json.ts';
import type { PredicateBuilder } from '../model/predicate.ts';
import type { UpgradeRules } from '../model/versions.ts';
import type { Schema } from '../schema/schema.ts';
import type { ClusterFacts } from './cluster.ts';
import type { Observed } from './observed.ts';
import type { OutputField, OutputValues } from './output.ts';
import type { BlueprintScope } from './scope.ts';
import type { Upstream } from './upstream.ts';

/** Cluster: composes something cluster-scoped. Namespaced: lives inside one namespace or vcluster. */
export type BlueprintScopeKind = 'Cluster' | 'Namespaced';

/** Modes of the platform: disaster recovery is a placement, never an environment type. */
export type PlacementMode = 'single-region' | 'active-active' | 'active-hotstandby';

/** What the marketplace shows. */
export interface Card {
  readonly title: string;
  readonly summary: string;
  readonly category: string;
  /** Product family: GUARDIAN, FABRIC, CORTEX … */
  readonly family?: string;
  /** File inside `card/`. */
  readonly icon?: string;
  readonly tags?: readonly string[];
  /** SPDX expression of what is installed. */
  readonly license?: string;
  readonly documentation?: string;
  readonly screenshots?: readonly string[];
}

/** How long a credential of a kind may live. */
export interface RotationRule {
  readonly kind: 'database-credentials' | 'api-token' | 'oauth-client-secret' | 'signing-key' | 'tls-cert';
  readonly name: string;
  /** `1h`, `90d` */
  readonly ttl: string;
}

/** Phantom link to another Blueprint's types; holds nothing at run time. */
export interface BlueprintApi<I, O> {
  readonly input?: I;
  readonly outputs?: O;
}

/** A Blueprint that this one builds on. Its key in `depends` is the alias. */
export interface DependencySpec<C> {
  /** Short name of the Blueprint. @default the alias in kebab-case */
  readonly blueprint?: string;
  /** Range of versions that will do, such as `^1.2`. */
  readonly version: string;
  /** Types of its outputs: `api: apiOf<typeof cnpg>()`. @default untyped outputs */
  readonly api?: BlueprintApi<unknown, unknown>;
  /** Needed only if this holds; then the dependency is `T | undefined` in `compose`. @default always */
  readonly when?: PredicateBuilder<C>;
  /** Values handed to it when it is installed for us. */
  readonly values?: JsonObject;
}

/** A Blueprint that a product composes as a nested XR. Its key in `members` is the member's name. */
export interface MemberSpec<C> extends DependencySpec<C> {
  /** Members that must be ready first. */
  readonly after?: readonly string[];
}

type OutputsOf<D> = D extends { readonly api: BlueprintApi<never, infer O> | BlueprintApi<unknown, infer O> }
  ? O
  : JsonObject;
type InputOf<D> = D extends { readonly api: BlueprintApi<infer I, infer _O> } ? I : JsonObject;
type IfAlways<D, T> = D extends { readonly when: (...args: never[]) => unknown } ? T | undefined : T;

/** A dependency as `compose` sees it. */
export interface Dependency<O> {
  /** False when no Blueprint of that name is in the catalogue: it is reported, and nothing waits for it. */
  readonly available: boolean;
  /** Its XR is there and Ready. */
  readonly ready: boolean;
  /** Name and namespace of the XR that was chosen, once it is found. */
  readonly name: string | undefined;
  readonly namespace: string | undefined;
  /** What it has published so far; empty before it is ready. */
  readonly outputs: Partial<O>;
}

/** What a product hands down to a member. */
export interface MemberValues<I> {
  readonly config?: I;
  /** @default the product's size, where the member has one of that name */
  readonly size?: string;
  /** Only for a namespaced member. @default the product's namespace */
  readonly namespace?: string;
  /** Which XR it shall use for an alias of its own `depends`. */
  readonly dependencies?: Readonly<Record<string, string>>;
}

/** A member as `compose` sees it. It is composed because it is declared; `configure` only hands values down. */
export interface Member<I, O> extends Dependency<O> {
  configure(values: MemberValues<I>): void;
}

export type Dependencies<D> = { readonly [K in keyof D]: IfAlways<D[K], Dependency<OutputsOf<D[K]>>> };
export type Members<M> = { readonly [K in keyof M]: IfAlways<M[K], Member<InputOf<M[K]>, OutputsOf<M[K]>>> };

export type DeepPartial<T> = T extends readonly unknown[]
  ? T
  : T extends object
    ? { readonly [K in keyof T]?: DeepPartial<T[K]> }
    : T;

/** Everything that `compose` may look at. There is no clock, no randomness, no network and no file system. */
export interface ComposeContext<C, D, M, N extends string, P extends string, U extends Upstream> {
  /** Parent of every construct; a construct's path is the name of what it composes. */
  readonly scope: BlueprintScope;
  /** The installed Blueprint: name and namespace of the XR (the namespace of its objects, if it is cluster-scoped). */
  readonly application: {
    readonly name: string;
    readonly namespace: string;
    readonly labels: Readonly<Record<string, string>>;
  };
  /** Schema defaults < `values` < size < what the user wrote. */
  readonly config: C;
  readonly size: N;
  readonly placement: { readonly mode: P; readonly regions: readonly string[] };
  readonly upstream: U;
  readonly dependencies: Dependencies<D>;
  readonly members: Members<M>;
  /** Facts about the target cluster, with stated fallbacks. */
  readonly cluster: ClusterFacts;
  /** What the cluster holds of what was composed earlier. */
  readonly observed: Observed;
}

export interface ComposeResult<O, S> {
  /** Values of the declared outputs that are known by now. */
  readonly outputs?: Partial<OutputValues<O>>;
  /** Values of the declared extra status fields. */
  readonly status?: Partial<OutputValues<S>>;
}

export type OutputFields = Readonly<Record<string, OutputField<unknown>>>;

/** What an author writes; `defineBlueprint` infers every type from it. */
export interface BlueprintDefinition<
  C,
  I,
  D,
  M,
  N extends string,
  P extends PlacementMode,
  U extends Upstream,
  O extends OutputFields,
  S extends OutputFields,
> {
  /** Short name, kebab-case; the artifact is `bp-<name>`. */
  readonly name: string;
  /** Bare semantic version of this Blueprint. A prerelease `-dev` marks a version in the making. */
  readonly version: string;
  readonly scope: BlueprintScopeKind;
  readonly card: Card;
  /** From the generated `config.ts`. */
  readonly config: Schema<C, I>;
  /** Kind of the XR. @default the name in PascalCase */
  readonly kind?: string;
  /** Plural of the kind; immutable once published. @default lower-case kind + `s` */
  readonly plural?: string;
  /** Where a cluster-scoped Blueprint puts its namespaced objects. @default the Blueprint's name */
  readonly namespace?: string;
  /** Compose that namespace too. @default true, except for `kube-system` and `default` */
  readonly createNamespace?: boolean;
  readonly visibility?: 'listed' | 'unlisted' | 'private';
  readonly owner?: { readonly team: string; readonly contact: string };
  readonly depends?: D & Readonly<Record<string, DependencySpec<NoInfer<C>>>>;
  /** Products only: what is composed as nested XRs. */
  readonly members?: M & Readonly<Record<string, MemberSpec<NoInfer<C>>>>;
  readonly placement: {
    readonly modes: readonly P[];
    readonly default: NoInfer<P>;
    readonly minRegions?: number;
    readonly maxRegions?: number;
  };
  /** Config overrides, over the schema's defaults and below size and user. */
  readonly values?: DeepPartial<NoInfer<I>>;
  /** Sizes by name; each holds config overrides. The first is the default. */
  readonly sizes: Readonly<Record<N, DeepPartial<NoInfer<I>>>>;
  readonly upstream?: U;
  readonly upgrades?: UpgradeRules;
  readonly rotation?: readonly RotationRule[];
  /** What it emits when it is asked to; every toggle in the config stays off by default. */
  readonly observability?: {
    readonly metrics?: 'prometheus';
    readonly logs?: 'stdout';
    readonly traces?: 'otlp';
  };
  readonly outputs?: O;
  /** Status fields beside phase, conditions, outputs, installed and components. */
  readonly status?: S;
  /** Kinds composed by plain constructs that the published ClusterRole must cover beside what examples show. */
  readonly rbac?: readonly { readonly apiGroup: string; readonly resources: readonly string[] }[];
  /** Seconds until Crossplane asks again without a change. @default 600 */
  readonly ttlSeconds?: number;
  compose(context: ComposeContext<C, D, M, N, P, U>): ComposeResult<NoInfer<O>, NoInfer<S>> | undefined;
}
