// Generated from config.schema.json by `bp generate`: edit that file.
import { type Schema, schema } from '@openova/blueprints';

/**
 * The config of keycloak as compose sees it: defaults are applied.
 */
export interface Config {
  /**
   * Public host name. Without one: auth.<domain of the cluster>.
   */
  readonly hostname?: string;
  /**
   * One small Keycloak per Organization, or one for the whole Sovereign. Set once: a change is a migration.
   * @default "per-organization"
   */
  readonly topology: 'per-organization' | 'shared-sovereign';
  /**
   * Keycloak pods.
   * @default 1
   */
  readonly replicas: number;
  /**
   * First administrator; acts only while the master realm is empty.
   * @default "admin"
   */
  readonly adminUser: string;
  /**
   * Path in the secret store with the administrator's password. Without one: keycloak/<namespace>/<name>/admin.
   */
  readonly adminSecretPath?: string;
  readonly database: {
    /**
     * embedded: a PostgreSQL cluster of its own, made by bp-cnpg. external: one that is there already.
     * @default "embedded"
     */
    readonly mode: 'embedded' | 'external';
    /**
     * PostgreSQL nodes of the embedded cluster.
     * @default 1
     */
    readonly instances: number;
    /**
     * Volume of each embedded node.
     * @default "5Gi"
     */
    readonly storage: string;
    /**
     * Where the external database is; needed for mode external.
     */
    readonly external?: {
      /**
       * Host name of the server.
       */
      readonly host: string;
      /**
       * Port of the server.
       * @default 5432
       */
      readonly port: number;
      /**
       * Name of the database.
       * @default "keycloak"
       */
      readonly database: string;
      /**
       * Path in the secret store with username and password.
       */
      readonly secretPath: string;
    };
  };
  readonly route: {
    /**
     * Publish it through the cluster's Gateway.
     * @default true
     */
    readonly enabled: boolean;
  };
  readonly resources: {
    /**
     * CPU request of a pod.
     * @default "250m"
     */
    readonly cpu: string;
    /**
     * Memory request and limit of a pod.
     * @default "1Gi"
     */
    readonly memory: string;
  };
  readonly monitoring: {
    /**
     * Compose a ServiceMonitor.
     * @default false
     */
    readonly serviceMonitorEnabled: boolean;
  };
}

/**
 * The config of keycloak as a user writes it under spec.config.
 */
export interface ConfigInput {
  /**
   * Public host name. Without one: auth.<domain of the cluster>.
   */
  readonly hostname?: string;
  /**
   * One small Keycloak per Organization, or one for the whole Sovereign. Set once: a change is a migration.
   * @default "per-organization"
   */
  readonly topology?: 'per-organization' | 'shared-sovereign';
  /**
   * Keycloak pods.
   * @default 1
   */
  readonly replicas?: number;
  /**
   * First administrator; acts only while the master realm is empty.
   * @default "admin"
   */
  readonly adminUser?: string;
  /**
   * Path in the secret store with the administrator's password. Without one: keycloak/<namespace>/<name>/admin.
   */
  readonly adminSecretPath?: string;
  readonly database?: {
    /**
     * embedded: a PostgreSQL cluster of its own, made by bp-cnpg. external: one that is there already.
     * @default "embedded"
     */
    readonly mode?: 'embedded' | 'external';
    /**
     * PostgreSQL nodes of the embedded cluster.
     * @default 1
     */
    readonly instances?: number;
    /**
     * Volume of each embedded node.
     * @default "5Gi"
     */
    readonly storage?: string;
    /**
     * Where the external database is; needed for mode external.
     */
    readonly external?: {
      /**
       * Host name of the server.
       */
      readonly host: string;
      /**
       * Port of the server.
       * @default 5432
       */
      readonly port?: number;
      /**
       * Name of the database.
       * @default "keycloak"
       */
      readonly database?: string;
      /**
       * Path in the secret store with username and password.
       */
      readonly secretPath: string;
    };
  };
  readonly route?: {
    /**
     * Publish it through the cluster's Gateway.
     * @default true
     */
    readonly enabled?: boolean;
  };
  readonly resources?: {
    /**
     * CPU request of a pod.
     * @default "250m"
     */
    readonly cpu?: string;
    /**
     * Memory request and limit of a pod.
     * @default "1Gi"
     */
    readonly memory?: string;
  };
  readonly monitoring?: {
    /**
     * Compose a ServiceMonitor.
     * @default false
     */
    readonly serviceMonitorEnabled?: boolean;
  };
}

export const config: Schema<Config, ConfigInput> = schema<Config, ConfigInput>({
  "type": "object",
  "properties": {
    "hostname": {
      "type": "string",
      "maxLength": 253,
      "pattern": "^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$",
      "description": "Public host name. Without one: auth.<domain of the cluster>.",
      "x-catalyst-ui-hint": "domain-picker"
    },
    "topology": {
      "type": "string",
      "enum": [
        "per-organization",
        "shared-sovereign"
      ],
      "default": "per-organization",
      "description": "One small Keycloak per Organization, or one for the whole Sovereign. Set once: a change is a migration."
    },
    "replicas": {
      "type": "integer",
      "minimum": 1,
      "maximum": 5,
      "default": 1,
      "description": "Keycloak pods."
    },
    "adminUser": {
      "type": "string",
      "maxLength": 64,
      "pattern": "^[A-Za-z0-9][A-Za-z0-9._@-]*$",
      "default": "admin",
      "description": "First administrator; acts only while the master realm is empty."
    },
    "adminSecretPath": {
      "type": "string",
      "minLength": 1,
      "maxLength": 253,
      "description": "Path in the secret store with the administrator's password. Without one: keycloak/<namespace>/<name>/admin."
    },
    "database": {
      "type": "object",
      "properties": {
        "mode": {
          "type": "string",
          "enum": [
            "embedded",
            "external"
          ],
          "default": "embedded",
          "description": "embedded: a PostgreSQL cluster of its own, made by bp-cnpg. external: one that is there already."
        },
        "instances": {
          "type": "integer",
          "minimum": 1,
          "maximum": 5,
          "default": 1,
          "description": "PostgreSQL nodes of the embedded cluster."
        },
        "storage": {
          "type": "string",
          "pattern": "^[0-9]+(Mi|Gi|Ti)$",
          "maxLength": 16,
          "default": "5Gi",
          "description": "Volume of each embedded node."
        },
        "external": {
          "type": "object",
          "required": [
            "host",
            "secretPath"
          ],
          "properties": {
            "host": {
              "type": "string",
              "maxLength": 253,
              "pattern": "^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$",
              "description": "Host name of the server."
            },
            "port": {
              "type": "integer",
              "minimum": 1,
              "maximum": 65535,
              "default": 5432,
              "description": "Port of the server."
            },
            "database": {
              "type": "string",
              "maxLength": 63,
              "pattern": "^[A-Za-z_][A-Za-z0-9_-]*$",
              "default": "keycloak",
              "description": "Name of the database."
            },
            "secretPath": {
              "type": "string",
              "minLength": 1,
              "maxLength": 253,
              "description": "Path in the secret store with username and password."
            }
          },
          "description": "Where the external database is; needed for mode external."
        }
      },
      "if": {
        "required": [
          "mode"
        ],
        "properties": {
          "mode": {
            "const": "external"
          }
        }
      },
      "then": {
        "required": [
          "external"
        ]
      }
    },
    "route": {
      "type": "object",
      "properties": {
        "enabled": {
          "type": "boolean",
          "default": true,
          "description": "Publish it through the cluster's Gateway."
        }
      }
    },
    "resources": {
      "type": "object",
      "properties": {
        "cpu": {
          "type": "string",
          "pattern": "^[0-9]+m?$",
          "maxLength": 16,
          "default": "250m",
          "description": "CPU request of a pod."
        },
        "memory": {
          "type": "string",
          "pattern": "^[0-9]+(Mi|Gi)$",
          "maxLength": 16,
          "default": "1Gi",
          "description": "Memory request and limit of a pod."
        }
      }
    },
    "monitoring": {
      "type": "object",
      "properties": {
        "serviceMonitorEnabled": {
          "type": "boolean",
          "default": false,
          "description": "Compose a ServiceMonitor."
        }
      }
    }
  }
});
