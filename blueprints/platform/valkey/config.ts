// Generated from config.schema.json by `bp generate`: edit that file.
import { type Schema, schema } from '@openova/blueprints';

/**
 * The config of valkey as compose sees it: defaults are applied.
 */
export interface Config {
  /**
   * One node, or a primary with read replicas.
   * @default "standalone"
   */
  readonly architecture: 'standalone' | 'replication';
  /**
   * Read replicas beside the primary; counts for replication.
   * @default 2
   */
  readonly replicas: number;
  /**
   * Volume of each node.
   * @default "1Gi"
   */
  readonly storage: string;
  readonly auth: {
    /**
     * Ask for a password.
     * @default true
     */
    readonly enabled: boolean;
    /**
     * Path in the secret store with the properties default and replication. Without one: valkey/<namespace>/<name>.
     */
    readonly secretPath?: string;
  };
  /**
   * Memory request and limit of each node.
   * @default "256Mi"
   */
  readonly memory: string;
  /**
   * Names of Applications of this namespace that may connect; without one, every pod of the namespace may.
   */
  readonly restrictedTo?: string[];
  readonly monitoring: {
    /**
     * Run the exporter and compose a PodMonitor.
     * @default false
     */
    readonly podMonitorEnabled: boolean;
  };
}

/**
 * The config of valkey as a user writes it under spec.config.
 */
export interface ConfigInput {
  /**
   * One node, or a primary with read replicas.
   * @default "standalone"
   */
  readonly architecture?: 'standalone' | 'replication';
  /**
   * Read replicas beside the primary; counts for replication.
   * @default 2
   */
  readonly replicas?: number;
  /**
   * Volume of each node.
   * @default "1Gi"
   */
  readonly storage?: string;
  readonly auth?: {
    /**
     * Ask for a password.
     * @default true
     */
    readonly enabled?: boolean;
    /**
     * Path in the secret store with the properties default and replication. Without one: valkey/<namespace>/<name>.
     */
    readonly secretPath?: string;
  };
  /**
   * Memory request and limit of each node.
   * @default "256Mi"
   */
  readonly memory?: string;
  /**
   * Names of Applications of this namespace that may connect; without one, every pod of the namespace may.
   */
  readonly restrictedTo?: string[];
  readonly monitoring?: {
    /**
     * Run the exporter and compose a PodMonitor.
     * @default false
     */
    readonly podMonitorEnabled?: boolean;
  };
}

export const config: Schema<Config, ConfigInput> = schema<Config, ConfigInput>({
  "type": "object",
  "properties": {
    "architecture": {
      "type": "string",
      "enum": [
        "standalone",
        "replication"
      ],
      "default": "standalone",
      "description": "One node, or a primary with read replicas."
    },
    "replicas": {
      "type": "integer",
      "minimum": 1,
      "maximum": 9,
      "default": 2,
      "description": "Read replicas beside the primary; counts for replication."
    },
    "storage": {
      "type": "string",
      "pattern": "^[0-9]+(Mi|Gi)$",
      "maxLength": 16,
      "default": "1Gi",
      "description": "Volume of each node."
    },
    "auth": {
      "type": "object",
      "properties": {
        "enabled": {
          "type": "boolean",
          "default": true,
          "description": "Ask for a password."
        },
        "secretPath": {
          "type": "string",
          "minLength": 1,
          "maxLength": 253,
          "description": "Path in the secret store with the properties default and replication. Without one: valkey/<namespace>/<name>."
        }
      }
    },
    "memory": {
      "type": "string",
      "pattern": "^[0-9]+(Mi|Gi)$",
      "maxLength": 16,
      "default": "256Mi",
      "description": "Memory request and limit of each node."
    },
    "restrictedTo": {
      "type": "array",
      "maxItems": 16,
      "items": {
        "type": "string",
        "maxLength": 63,
        "pattern": "^[a-z0-9]([a-z0-9-]*[a-z0-9])?$"
      },
      "description": "Names of Applications of this namespace that may connect; without one, every pod of the namespace may."
    },
    "monitoring": {
      "type": "object",
      "properties": {
        "podMonitorEnabled": {
          "type": "boolean",
          "default": false,
          "description": "Run the exporter and compose a PodMonitor."
        }
      }
    }
  }
});
