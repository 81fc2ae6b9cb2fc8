// Generated from config.schema.json by `bp generate`: edit that file.
import { type Schema, schema } from '@openova/blueprints';

/**
 * The config of cert-manager as compose sees it: defaults are applied.
 */
export interface Config {
  /**
   * Contact for the ACME account.
   */
  readonly email: string;
  /**
   * Controller pods.
   * @default 1
   */
  readonly replicas: number;
  /**
   * Directory of the ACME server.
   * @default "https://acme-v02.api.letsencrypt.org/directory"
   */
  readonly acmeServer: string;
  readonly dns01: {
    /**
     * Make the issuer letsencrypt-dns01-prod, which can sign wildcards.
     * @default true
     */
    readonly enabled: boolean;
    /**
     * Authoritative server that takes RFC 2136 updates.
     * @default "powerdns.powerdns.svc.cluster.local:53"
     */
    readonly nameserver: string;
    /**
     * Name of the TSIG key.
     * @default "cert-manager"
     */
    readonly tsigKeyName: string;
    /**
     * Secret in the namespace whose key secret is the TSIG key. It may come later: the issuer turns ready when it is there.
     * @default "cert-manager-tsig"
     */
    readonly tsigSecretName: string;
  };
  readonly http01: {
    /**
     * Make the issuer letsencrypt-http01-prod, which answers through the cluster's Gateway.
     * @default true
     */
    readonly enabled: boolean;
  };
  /**
   * Leave the CRDs, and so every certificate, in place when this is removed.
   * @default true
   */
  readonly keepCrds: boolean;
  readonly monitoring: {
    /**
     * Serve metrics and compose a ServiceMonitor.
     * @default false
     */
    readonly serviceMonitorEnabled: boolean;
  };
}

/**
 * The config of cert-manager as a user writes it under spec.config.
 */
export interface ConfigInput {
  /**
   * Contact for the ACME account.
   */
  readonly email: string;
  /**
   * Controller pods.
   * @default 1
   */
  readonly replicas?: number;
  /**
   * Directory of the ACME server.
   * @default "https://acme-v02.api.letsencrypt.org/directory"
   */
  readonly acmeServer?: string;
  readonly dns01?: {
    /**
     * Make the issuer letsencrypt-dns01-prod, which can sign wildcards.
     * @default true
     */
    readonly enabled?: boolean;
    /**
     * Authoritative server that takes RFC 2136 updates.
     * @default "powerdns.powerdns.svc.cluster.local:53"
     */
    readonly nameserver?: string;
    /**
     * Name of the TSIG key.
     * @default "cert-manager"
     */
    readonly tsigKeyName?: string;
    /**
     * Secret in the namespace whose key secret is the TSIG key. It may come later: the issuer turns ready when it is there.
     * @default "cert-manager-tsig"
     */
    readonly tsigSecretName?: string;
  };
  readonly http01?: {
    /**
     * Make the issuer letsencrypt-http01-prod, which answers through the cluster's Gateway.
     * @default true
     */
    readonly enabled?: boolean;
  };
  /**
   * Leave the CRDs, and so every certificate, in place when this is removed.
   * @default true
   */
  readonly keepCrds?: boolean;
  readonly monitoring?: {
    /**
     * Serve metrics and compose a ServiceMonitor.
     * @default false
     */
    readonly serviceMonitorEnabled?: boolean;
  };
}

export const config: Schema<Config, ConfigInput> = schema<Config, ConfigInput>({
  "type": "object",
  "required": [
    "email"
  ],
  "properties": {
    "email": {
      "type": "string",
      "format": "email",
      "maxLength": 254,
      "description": "Contact for the ACME account."
    },
    "replicas": {
      "type": "integer",
      "minimum": 1,
      "maximum": 5,
      "default": 1,
      "description": "Controller pods."
    },
    "acmeServer": {
      "type": "string",
      "maxLength": 512,
      "pattern": "^https://[^ ]+$",
      "default": "https://acme-v02.api.letsencrypt.org/directory",
      "description": "Directory of the ACME server."
    },
    "dns01": {
      "type": "object",
      "properties": {
        "enabled": {
          "type": "boolean",
          "default": true,
          "description": "Make the issuer letsencrypt-dns01-prod, which can sign wildcards."
        },
        "nameserver": {
          "type": "string",
          "minLength": 1,
          "maxLength": 255,
          "default": "powerdns.powerdns.svc.cluster.local:53",
          "description": "Authoritative server that takes RFC 2136 updates."
        },
        "tsigKeyName": {
          "type": "string",
          "minLength": 1,
          "maxLength": 255,
          "default": "cert-manager",
          "description": "Name of the TSIG key."
        },
        "tsigSecretName": {
          "type": "string",
          "maxLength": 253,
          "pattern": "^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$",
          "default": "cert-manager-tsig",
          "description": "Secret in the namespace whose key secret is the TSIG key. It may come later: the issuer turns ready when it is there."
        }
      }
    },
    "http01": {
      "type": "object",
      "properties": {
        "enabled": {
          "type": "boolean",
          "default": true,
          "description": "Make the issuer letsencrypt-http01-prod, which answers through the cluster's Gateway."
        }
      }
    },
    "keepCrds": {
      "type": "boolean",
      "default": true,
      "description": "Leave the CRDs, and so every certificate, in place when this is removed."
    },
    "monitoring": {
      "type": "object",
      "properties": {
        "serviceMonitorEnabled": {
          "type": "boolean",
          "default": false,
          "description": "Serve metrics and compose a ServiceMonitor."
        }
      }
    }
  }
});
