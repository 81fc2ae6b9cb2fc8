// Generated from config.schema.json by `bp generate`: edit that file.
import { type Schema, schema } from '@openova/blueprints';

/**
 * The config of external-secrets as compose sees it: defaults are applied.
 */
export interface Config {
  /**
   * Operator pods.
   * @default 1
   */
  readonly replicas: number;
  readonly store: {
    /**
     * Make the default ClusterSecretStore.
     * @default true
     */
    readonly enabled: boolean;
    /**
     * Its name.
     * @default "vault-region1"
     */
    readonly name: string;
    /**
     * Address of OpenBao.
     * @default "http://openbao.openbao.svc.cluster.local:8200"
     */
    readonly server: string;
    /**
     * Mount of the key-value engine.
     * @default "secret"
     */
    readonly path: string;
    /**
     * Version of the key-value engine.
     * @default "v2"
     */
    readonly version: 'v1' | 'v2';
    /**
     * Certificate authority of an https address that is not signed by a public one.
     */
    readonly ca?: {
      /**
       * Secret in the operator's namespace.
       */
      readonly name: string;
      /**
       * Key of the certificate, as PEM.
       * @default "ca.crt"
       */
      readonly key: string;
    };
    /**
     * Role of OpenBao's Kubernetes auth.
     * @default "external-secrets"
     */
    readonly role: string;
  };
  readonly monitoring: {
    /**
     * Serve metrics and compose a ServiceMonitor.
     * @default false
     */
    readonly serviceMonitorEnabled: boolean;
    /**
     * Let the chart ship its Grafana dashboard.
     * @default false
     */
    readonly grafanaDashboard: boolean;
  };
}

/**
 * The config of external-secrets as a user writes it under spec.config.
 */
export interface ConfigInput {
  /**
   * Operator pods.
   * @default 1
   */
  readonly replicas?: number;
  readonly store?: {
    /**
     * Make the default ClusterSecretStore.
     * @default true
     */
    readonly enabled?: boolean;
    /**
     * Its name.
     * @default "vault-region1"
     */
    readonly name?: string;
    /**
     * Address of OpenBao.
     * @default "http://openbao.openbao.svc.cluster.local:8200"
     */
    readonly server?: string;
    /**
     * Mount of the key-value engine.
     * @default "secret"
     */
    readonly path?: string;
    /**
     * Version of the key-value engine.
     * @default "v2"
     */
    readonly version?: 'v1' | 'v2';
    /**
     * Certificate authority of an https address that is not signed by a public one.
     */
    readonly ca?: {
      /**
       * Secret in the operator's namespace.
       */
      readonly name: string;
      /**
       * Key of the certificate, as PEM.
       * @default "ca.crt"
       */
      readonly key?: string;
    };
    /**
     * Role of OpenBao's Kubernetes auth.
     * @default "external-secrets"
     */
    readonly role?: string;
  };
  readonly monitoring?: {
    /**
     * Serve metrics and compose a ServiceMonitor.
     * @default false
     */
    readonly serviceMonitorEnabled?: boolean;
    /**
     * Let the chart ship its Grafana dashboard.
     * @default false
     */
    readonly grafanaDashboard?: boolean;
  };
}

export const config: Schema<Config, ConfigInput> = schema<Config, ConfigInput>({
  "type": "object",
  "properties": {
    "replicas": {
      "type": "integer",
      "minimum": 1,
      "maximum": 3,
      "default": 1,
      "description": "Operator pods."
    },
    "store": {
      "type": "object",
      "properties": {
        "enabled": {
          "type": "boolean",
          "default": true,
          "description": "Make the default ClusterSecretStore."
        },
        "name": {
          "type": "string",
          "maxLength": 63,
          "pattern": "^[a-z0-9]([a-z0-9-]*[a-z0-9])?$",
          "default": "vault-region1",
          "description": "Its name."
        },
        "server": {
          "type": "string",
          "maxLength": 512,
          "pattern": "^https?://[^ ]+$",
          "default": "http://openbao.openbao.svc.cluster.local:8200",
          "description": "Address of OpenBao."
        },
        "path": {
          "type": "string",
          "minLength": 1,
          "maxLength": 253,
          "default": "secret",
          "description": "Mount of the key-value engine."
        },
        "version": {
          "type": "string",
          "enum": [
            "v1",
            "v2"
          ],
          "default": "v2",
          "description": "Version of the key-value engine."
        },
        "ca": {
          "type": "object",
          "required": [
            "name"
          ],
          "properties": {
            "name": {
              "type": "string",
              "maxLength": 253,
              "pattern": "^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$",
              "description": "Secret in the operator's namespace."
            },
            "key": {
              "type": "string",
              "maxLength": 253,
              "pattern": "^[A-Za-z0-9._-]+$",
              "default": "ca.crt",
              "description": "Key of the certificate, as PEM."
            }
          },
          "description": "Certificate authority of an https address that is not signed by a public one."
        },
        "role": {
          "type": "string",
          "minLength": 1,
          "maxLength": 128,
          "default": "external-secrets",
          "description": "Role of OpenBao's Kubernetes auth."
        }
      }
    },
    "monitoring": {
      "type": "object",
      "properties": {
        "serviceMonitorEnabled": {
          "type": "boolean",
          "default": false,
          "description": "Serve metrics and compose a ServiceMonitor."
        },
        "grafanaDashboard": {
          "type": "boolean",
          "default": false,
          "description": "Let the chart ship its Grafana dashboard."
        }
      }
    }
  }
});
