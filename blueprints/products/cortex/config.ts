// Generated from config.schema.json by `bp generate`: edit that file.
import { type Schema, schema } from '@openova/blueprints';

/**
 * The config of cortex as compose sees it: defaults are applied.
 */
export interface Config {
  /**
   * Organization that it belongs to.
   */
  readonly organization: string;
  /**
   * Domain of its endpoints, such as chat.<domain>. Without one: <name>.<domain of the cluster>.
   */
  readonly domain?: string;
  readonly gpu: {
    /**
     * Serve models on this cluster; off: they are served elsewhere.
     * @default true
     */
    readonly enabled: boolean;
    /**
     * Label of the GPU nodes.
     * @default "gpu"
     */
    readonly nodePool: string;
  };
  /**
   * Default language model.
   * @default "qwen3-32b"
   */
  readonly llmModel: string;
  /**
   * Embedding model.
   * @default "bge-m3"
   */
  readonly embeddingModel: string;
  /**
   * Size of a vector.
   * @default 1024
   */
  readonly vectorDim: number;
  /**
   * Let idle models scale to zero, through Knative.
   * @default false
   */
  readonly scaleToZero: boolean;
  readonly graph: {
    /**
     * Knowledge graph (Neo4j).
     * @default false
     */
    readonly enabled: boolean;
  };
  readonly guardrails: {
    /**
     * AI safety (NeMo Guardrails).
     * @default false
     */
    readonly enabled: boolean;
  };
  readonly monitoring: {
    /**
     * Switch every member's metrics on.
     * @default false
     */
    readonly enabled: boolean;
  };
}

/**
 * The config of cortex as a user writes it under spec.config.
 */
export interface ConfigInput {
  /**
   * Organization that it belongs to.
   */
  readonly organization: string;
  /**
   * Domain of its endpoints, such as chat.<domain>. Without one: <name>.<domain of the cluster>.
   */
  readonly domain?: string;
  readonly gpu?: {
    /**
     * Serve models on this cluster; off: they are served elsewhere.
     * @default true
     */
    readonly enabled?: boolean;
    /**
     * Label of the GPU nodes.
     * @default "gpu"
     */
    readonly nodePool?: string;
  };
  /**
   * Default language model.
   * @default "qwen3-32b"
   */
  readonly llmModel?: string;
  /**
   * Embedding model.
   * @default "bge-m3"
   */
  readonly embeddingModel?: string;
  /**
   * Size of a vector.
   * @default 1024
   */
  readonly vectorDim?: number;
  /**
   * Let idle models scale to zero, through Knative.
   * @default false
   */
  readonly scaleToZero?: boolean;
  readonly graph?: {
    /**
     * Knowledge graph (Neo4j).
     * @default false
     */
    readonly enabled?: boolean;
  };
  readonly guardrails?: {
    /**
     * AI safety (NeMo Guardrails).
     * @default false
     */
    readonly enabled?: boolean;
  };
  readonly monitoring?: {
    /**
     * Switch every member's metrics on.
     * @default false
     */
    readonly enabled?: boolean;
  };
}

export const config: Schema<Config, ConfigInput> = schema<Config, ConfigInput>({
  "type": "object",
  "required": [
    "organization"
  ],
  "properties": {
    "organization": {
      "type": "string",
      "minLength": 3,
      "maxLength": 32,
      "pattern": "^[a-z][a-z0-9-]{2,31}$",
      "description": "Organization that it belongs to."
    },
    "domain": {
      "type": "string",
      "maxLength": 241,
      "pattern": "^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$",
      "description": "Domain of its endpoints, such as chat.<domain>. Without one: <name>.<domain of the cluster>."
    },
    "gpu": {
      "type": "object",
      "properties": {
        "enabled": {
          "type": "boolean",
          "default": true,
          "description": "Serve models on this cluster; off: they are served elsewhere."
        },
        "nodePool": {
          "type": "string",
          "minLength": 1,
          "maxLength": 63,
          "default": "gpu",
          "description": "Label of the GPU nodes."
        }
      }
    },
    "llmModel": {
      "type": "string",
      "minLength": 1,
      "maxLength": 128,
      "default": "qwen3-32b",
      "description": "Default language model."
    },
    "embeddingModel": {
      "type": "string",
      "minLength": 1,
      "maxLength": 128,
      "default": "bge-m3",
      "description": "Embedding model."
    },
    "vectorDim": {
      "type": "integer",
      "minimum": 1,
      "maximum": 65536,
      "default": 1024,
      "description": "Size of a vector."
    },
    "scaleToZero": {
      "type": "boolean",
      "default": false,
      "description": "Let idle models scale to zero, through Knative."
    },
    "graph": {
      "type": "object",
      "properties": {
        "enabled": {
          "type": "boolean",
          "default": false,
          "description": "Knowledge graph (Neo4j)."
        }
      }
    },
    "guardrails": {
      "type": "object",
      "properties": {
        "enabled": {
          "type": "boolean",
          "default": false,
          "description": "AI safety (NeMo Guardrails)."
        }
      }
    },
    "monitoring": {
      "type": "object",
      "properties": {
        "enabled": {
          "type": "boolean",
          "default": false,
          "description": "Switch every member's metrics on."
        }
      }
    }
  }
});
