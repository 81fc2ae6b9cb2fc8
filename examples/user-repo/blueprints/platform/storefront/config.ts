// Generated from config.schema.json by `bp generate`: edit that file.
import { type Schema, schema } from '@openova/blueprints';

/**
 * The config of storefront as compose sees it: defaults are applied.
 */
export interface Config {
  /**
   * Image of the storefront, with its tag.
   * @default "registry.example.org/acme/storefront:1.4.0"
   */
  readonly image: string;
  /**
   * Pods that serve.
   * @default 1
   */
  readonly replicas: number;
  /**
   * Public host name. Without one: <name>.<domain of the cluster>.
   */
  readonly hostname?: string;
  readonly cache: {
    /**
     * Keep sessions in Valkey, so that a restart loses none.
     * @default true
     */
    readonly enabled: boolean;
  };
}

/**
 * The config of storefront as a user writes it under spec.config.
 */
export interface ConfigInput {
  /**
   * Image of the storefront, with its tag.
   * @default "registry.example.org/acme/storefront:1.4.0"
   */
  readonly image?: string;
  /**
   * Pods that serve.
   * @default 1
   */
  readonly replicas?: number;
  /**
   * Public host name. Without one: <name>.<domain of the cluster>.
   */
  readonly hostname?: string;
  readonly cache?: {
    /**
     * Keep sessions in Valkey, so that a restart loses none.
     * @default true
     */
    readonly enabled?: boolean;
  };
}

export const config: Schema<Config, ConfigInput> = schema<Config, ConfigInput>({
  "type": "object",
  "properties": {
    "image": {
      "type": "string",
      "maxLength": 255,
      "pattern": "^[a-z0-9][a-z0-9./_-]*:[A-Za-z0-9_][A-Za-z0-9_.-]*$",
      "default": "registry.example.org/acme/storefront:1.4.0",
      "description": "Image of the storefront, with its tag."
    },
    "replicas": {
      "type": "integer",
      "minimum": 1,
      "maximum": 10,
      "default": 1,
      "description": "Pods that serve."
    },
    "hostname": {
      "type": "string",
      "maxLength": 253,
      "pattern": "^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$",
      "description": "Public host name. Without one: <name>.<domain of the cluster>."
    },
    "cache": {
      "type": "object",
      "properties": {
        "enabled": {
          "type": "boolean",
          "default": true,
          "description": "Keep sessions in Valkey, so that a restart loses none."
        }
      }
    }
  }
});
