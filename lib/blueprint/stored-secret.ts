import type { Construct } from 'constructs';
import { ExternalSecret } from '../kinds/external-secrets.ts';
import type { SecretKeyRef } from './output.ts';
import { scopeFacts } from './scope-facts.ts';

export interface StoredSecretProps<K extends string> {
  /** Path in the secret store: `org/acme/env/prod/keycloak`. */
  readonly path: string;
  /** Keys of the Secret to make, each with the property to read at the path; `true` reads the one of the same name. */
  readonly keys: Readonly<Record<K, string | true>>;
  /** Name of the Secret. @default the construct's name */
  readonly name?: string;
  /** How often the store is read again. @default 1h */
  readonly refreshInterval?: string;
}

/**
 * A Secret read from the platform's secret store (OpenBao through External Secrets): the only way a credential
 * enters what a Blueprint composes. Hand on `ref(key)`, never a value.
 */
export class StoredSecret<K extends string = string> extends ExternalSecret {
  /** Name of the Secret that will hold the keys. */
  readonly secretName: string;

  constructor(scope: Construct, id: string, props: StoredSecretProps<K>) {
    const { secretStore } = scopeFacts(scope).cluster;
    super(scope, id, {
      spec: {
        refreshInterval: props.refreshInterval ?? '1h',
        secretStoreRef: { kind: storeKind(secretStore.kind), name: secretStore.name },
        target: { creationPolicy: 'Owner', ...(props.name === undefined ? {} : { name: props.name }) },
        data: Object.entries<string | true>(props.keys).map(([secretKey, property]) => ({
          secretKey,
          remoteRef: { key: props.path, property: property === true ? secretKey : property },
        })),
      },
    });
    this.secretName = props.name ?? this.name;
  }

  /** Reference to one of its keys. */
  ref(key: K): SecretKeyRef {
    return { name: this.secretName, key };
  }
}

function storeKind(kind: string): 'SecretStore' | 'ClusterSecretStore' {
  return kind === 'SecretStore' ? 'SecretStore' : 'ClusterSecretStore';
}
