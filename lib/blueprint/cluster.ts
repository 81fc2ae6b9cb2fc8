import { isObject, type Json, type JsonObject } from '../internal/json.ts';

/** Name of the EnvironmentConfig that holds what a compose may know of its cluster. */
export const CLUSTER_CONFIG_NAME = 'catalyst-cluster';
/** Name of the requirement under which the Composition asks for it. */
export const CLUSTER_REQUIREMENT = 'catalyst-cluster';

export interface NamespacedName {
  readonly name: string;
  readonly namespace: string;
}

export interface KindedName {
  readonly kind: string;
  readonly name: string;
}

/** Facts about the target cluster: from EnvironmentConfig `catalyst-cluster`, else the fallback named here. */
export interface ClusterFacts {
  /** Four-segment host cluster name. @default hz-fsn-rtz-prod (domain B7) */
  readonly region: string;
  /** Domain under which applications get their host names. @default sovereign.internal */
  readonly domain: string;
  /** FQDN of the Sovereign; undefined until the cluster says so. */
  readonly sovereign: string | undefined;
  /** Gateway that HTTPRoutes attach to. @default gateway-system/public */
  readonly gateway: NamespacedName;
  /** Issuer of certificates. @default ClusterIssuer letsencrypt-dns01-prod, an output of bp-cert-manager */
  readonly issuer: KindedName;
  /** Where secrets are read from. @default ClusterSecretStore vault-region1, an output of bp-external-secrets */
  readonly secretStore: KindedName;
  /** Storage class for volumes. @default undefined: the cluster's default class */
  readonly storageClass: string | undefined;
}

const FALLBACK: ClusterFacts = {
  region: 'hz-fsn-rtz-prod',
  domain: 'sovereign.internal',
  sovereign: undefined,
  gateway: { name: 'public', namespace: 'gateway-system' },
  issuer: { kind: 'ClusterIssuer', name: 'letsencrypt-dns01-prod' },
  secretStore: { kind: 'ClusterSecretStore', name: 'vault-region1' },
  storageClass: undefined,
};

/** Reads the facts from the EnvironmentConfig's `data`; what is absent or of another type falls back. */
export function clusterFacts(data: Json | undefined): ClusterFacts {
  if (!isObject(data)) return FALLBACK;
  return {
    region: text(data, 'region') ?? FALLBACK.region,
    domain: text(data, 'domain') ?? text(data, 'sovereign') ?? FALLBACK.domain,
    sovereign: text(data, 'sovereign'),
    gateway: pair(data.gateway, 'namespace', FALLBACK.gateway),
    issuer: pair(data.issuer, 'kind', FALLBACK.issuer),
    secretStore: pair(data.secretStore, 'kind', FALLBACK.secretStore),
    storageClass: text(data, 'storageClass'),
  };
}

function text(data: JsonObject, key: string): string | undefined {
  const value = Object.hasOwn(data, key) ? data[key] : undefined;
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function pair<K extends 'kind' | 'namespace'>(
  value: Json | undefined,
  key: K,
  fallback: Readonly<Record<K | 'name', string>>,
): Readonly<Record<K | 'name', string>> {
  if (!isObject(value)) return fallback;
  return {
    ...fallback,
    name: text(value, 'name') ?? fallback.name,
    [key]: text(value, key) ?? fallback[key],
  };
}
