// Generated from config.schema.json by `bp generate`: edit that file.
import { type Schema, schema } from '@openova/blueprints';

/**
 * The config of kserve as compose sees it: defaults are applied.
 */
export interface Config {
  /**
   * How models run: as Deployments, or as Knative services that scale to zero.
   * @default "Standard"
   */
  readonly deploymentMode: 'Standard' | 'Knative';
  /**
   * Domain of inference endpoints. Without one: models.<domain of the cluster>.
   */
  readonly domain?: string;
  /**
   * Install the serving runtimes that upstream maintains.
   * @default true
   */
  readonly runtimes: boolean;
  readonly resources: {
    /**
     * CPU request and limit of the controller.
     * @default "100m"
     */
    readonly cpu: string;
    /**
     * Memory request and limit of the controller.
     * @default "300Mi"
     */
    readonly memory: string;
  };
  readonly monitoring: {
    /**
     * Let model pods aggregate and announce their metrics.
     * @default false
     */
    readonly metricAggregation: boolean;
  };
}

/**
 * The config of kserve as a user writes it under spec.config.
 */
export interface ConfigInput {
  /**
   * How models run: as Deployments, or as Knative services that scale to zero.
   * @default "Standard"
   */
  readonly deploymentMode?: 'Standard' | 'Knative';
  /**
   * Domain of inference endpoints. Without one: models.<domain of the cluster>.
   */
  readonly domain?: string;
  /**
   * Install the serving runtimes that upstream maintains.
   * @default true
   */
  readonly runtimes?: boolean;
  readonly resources?: {
    /**
     * CPU request and limit of the controller.
     * @default "100m"
     */
    readonly cpu?: string;
    /**
     * Memory request and limit of the controller.
     * @default "300Mi"
     */
    readonly memory?: string;
  };
  readonly monitoring?: {
    /**
     * Let model pods aggregate and announce their metrics.
     * @default false
     */
    readonly metricAggregation?: boolean;
  };
}

export const config: Schema<Config, ConfigInput> = schema<Config, ConfigInput>({
  "type": "object",
  "properties": {
    "deploymentMode": {
      "type": "string",
      "enum": [
        "Standard",
        "Knative"
      ],
      "default": "Standard",
      "description": "How models run: as Deployments, or as Knative services that scale to zero."
    },
    "domain": {
      "type": "string",
      "maxLength": 253,
      "pattern": "^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$",
      "description": "Domain of inference endpoints. Without one: models.<domain of the cluster>."
    },
    "runtimes": {
      "type": "boolean",
      "default": true,
      "description": "Install the serving runtimes that upstream maintains."
    },
    "resources": {
      "type": "object",
      "properties": {
        "cpu": {
          "type": "string",
          "pattern": "^[0-9]+m?$",
          "maxLength": 16,
          "default": "100m",
          "description": "CPU request and limit of the controller."
        },
        "memory": {
          "type": "string",
          "pattern": "^[0-9]+(Mi|Gi)$",
          "maxLength": 16,
          "default": "300Mi",
          "description": "Memory request and limit of the controller."
        }
      }
    },
    "monitoring": {
      "type": "object",
      "properties": {
        "metricAggregation": {
          "type": "boolean",
          "default": false,
          "description": "Let model pods aggregate and announce their metrics."
        }
      }
    }
  }
});
