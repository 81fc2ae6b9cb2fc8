// Generated from config.schema.json by `bp generate`: edit that file.
import { type Schema, schema } from '@openova/blueprints';

/**
 * The config of cnpg as compose sees it: defaults are applied.
 */
export interface Config {
  /**
   * Operator pods; one leads, the others stand by.
   * @default 1
   */
  readonly replicas: number;
  /**
   * Watch every namespace; off: only the operator's own.
   * @default true
   */
  readonly clusterWide: boolean;
  readonly image?: {
    /**
     * Where the operator's image is pulled from, if not from upstream.
     */
    readonly repository?: string;
    /**
     * Names of image pull Secrets in the operator's namespace.
     */
    readonly pullSecrets?: string[];
  };
  readonly resources: {
    /**
     * CPU request of a pod.
     * @default "100m"
     */
    readonly cpu: string;
    /**
     * Memory request and limit of a pod.
     * @default "256Mi"
     */
    readonly memory: string;
  };
  readonly monitoring: {
    /**
     * Compose a PodMonitor for the operator.
     * @default false
     */
    readonly podMonitorEnabled: boolean;
    /**
     * Let the chart ship its Grafana dashboard.
     * @default false
     */
    readonly grafanaDashboard: boolean;
  };
}

/**
 * The config of cnpg as a user writes it under spec.config.
 */
export interface ConfigInput {
  /**
   * Operator pods; one leads, the others stand by.
   * @default 1
   */
  readonly replicas?: number;
  /**
   * Watch every namespace; off: only the operator's own.
   * @default true
   */
  readonly clusterWide?: boolean;
  readonly image?: {
    /**
     * Where the operator's image is pulled from, if not from upstream.
     */
    readonly repository?: string;
    /**
     * Names of image pull Secrets in the operator's namespace.
     */
    readonly pullSecrets?: string[];
  };
  readonly resources?: {
    /**
     * CPU request of a pod.
     * @default "100m"
     */
    readonly cpu?: string;
    /**
     * Memory request and limit of a pod.
     * @default "256Mi"
     */
    readonly memory?: string;
  };
  readonly monitoring?: {
    /**
     * Compose a PodMonitor for the operator.
     * @default false
     */
    readonly podMonitorEnabled?: boolean;
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
      "description": "Operator pods; one leads, the others stand by."
    },
    "clusterWide": {
      "type": "boolean",
      "default": true,
      "description": "Watch every namespace; off: only the operator's own."
    },
    "image": {
      "type": "object",
      "properties": {
        "repository": {
          "type": "string",
          "minLength": 1,
          "maxLength": 255,
          "description": "Where the operator's image is pulled from, if not from upstream."
        },
        "pullSecrets": {
          "type": "array",
          "maxItems": 8,
          "items": {
            "type": "string",
            "minLength": 1,
            "maxLength": 253
          },
          "description": "Names of image pull Secrets in the operator's namespace."
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
          "default": "100m",
          "description": "CPU request of a pod."
        },
        "memory": {
          "type": "string",
          "pattern": "^[0-9]+(Mi|Gi)$",
          "maxLength": 16,
          "default": "256Mi",
          "description": "Memory request and limit of a pod."
        }
      }
    },
    "monitoring": {
      "type": "object",
      "properties": {
        "podMonitorEnabled": {
          "type": "boolean",
          "default": false,
          "description": "Compose a PodMonitor for the operator."
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
