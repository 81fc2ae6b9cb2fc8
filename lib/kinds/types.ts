/**
 * A value in a place that a kind leaves open (chart values, a patch). Plain data, refused otherwise when the
 * manifest is made; `object` is there so that interfaces fit, which no index signature would let in.
 */
export type OpenValue = string | number | boolean | object | null | undefined;

/** An object whose keys the kind does not know: Helm values, a provider's configuration. */
export interface OpenObject {
  readonly [key: string]: OpenValue;
}

/** An object that has no fields; its presence says it all (`selfSigned: {}`). */
export interface EmptyObject {
  readonly [key: string]: never;
}

/** Metadata as an author writes it; what the apiserver sets is left out. */
export interface ObjectMeta {
  /** @default - made from the construct's path */
  readonly name?: string | undefined;
  /** Prefix that the apiserver completes; has no effect beside `name`. */
  readonly generateName?: string | undefined;
  /** @default - the chart's namespace */
  readonly namespace?: string | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
  readonly finalizers?: readonly string[] | undefined;
  readonly ownerReferences?: readonly OwnerReference[] | undefined;
}

/** An object of the same namespace, or a cluster-scoped one, whose deletion takes this one along. */
export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean | undefined;
  readonly blockOwnerDeletion?: boolean | undefined;
}
