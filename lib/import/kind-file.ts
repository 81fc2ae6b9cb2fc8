/** Where a schema was taken from: enough to fetch it again and to give credit. */
export interface Origin {
  readonly module: string;
  readonly version: string;
  readonly path: string;
  readonly licence: string;
}

/** The part of JSON Schema that a CRD or the published OpenAPI may hold, without prose. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly format?: string;
  readonly pattern?: string;
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly nullable?: boolean;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly additionalProperties?: Schema | boolean;
  readonly 'x-kubernetes-int-or-string'?: boolean;
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean;
  readonly 'x-kubernetes-embedded-resource'?: boolean;
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
  readonly [keyword: string]: unknown;
}

/** One file under `schemas/kinds/<group>/<version>/<Kind>.json`. */
export interface KindFile {
  readonly origin: Origin;
  /** The file in `lib/kinds` that exports the construct. */
  readonly door: string;
  readonly docs: string;
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly scope: 'Namespaced' | 'Cluster';
  /** What the structure does not say as upstream does, and why. */
  readonly notes?: readonly string[];
  readonly schema: Schema;
}

/** `schemas/kinds/definitions.json`: the core definitions that `k8s:` references name. */
export interface DefinitionsFile {
  readonly origin: Origin;
  readonly definitions: Readonly<Record<string, Schema>>;
}

export const K8S_REF = 'k8s:';

/** `apps/v1`, or `v1` for the core group. */
export function apiVersionOf(file: Pick<KindFile, 'group' | 'version'>): string {
  return file.group === '' ? file.version : `${file.group}/${file.version}`;
}

/** Path below `schemas/kinds`; the core group, which has no name, is `core`. */
export function pathOf(file: Pick<KindFile, 'group' | 'version' | 'kind'>): string {
  return `${file.group === '' ? 'core' : file.group}/${file.version}/${file.kind}.json`;
}
