import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../../internal/ports.ts';
import type { IssuedCertificate } from '../certificates.ts';
import type { ApiClient } from './api-client.ts';

/** How core serves its admission webhooks, the same after every restart. */
export interface CoreWebhooks {
  readonly flags: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Has the apiserver ask core before it deletes what a Usage protects. From then on that needs a running core. */
  register(api: ApiClient): Promise<void>;
}

/** Prepares a port and a serving certificate of its own for them. */
export async function prepareWebhooks(
  directory: string,
  serving: IssuedCertificate & { readonly ca: string },
): Promise<CoreWebhooks> {
  const port = await freePort();
  const certificates = join(directory, 'crossplane-server');
  mkdirSync(certificates, { recursive: true });
  writeFileSync(join(certificates, 'tls.crt'), serving.certificate, { mode: 0o600 });
  writeFileSync(join(certificates, 'tls.key'), serving.privateKey, { mode: 0o600 });
  return {
    flags: ['--enable-webhooks=true', `--webhook-port=${port}`],
    env: { TLS_SERVER_CERTS_DIR: certificates },
    async register(api) {
      await api.apply({
        apiVersion: 'admissionregistration.k8s.io/v1',
        kind: 'ValidatingWebhookConfiguration',
        metadata: { name: 'crossplane-no-usages' },
        webhooks: [
          {
            // `core init` would name a Service, and there is nothing here that could route to it.
            clientConfig: {
              url: `https://127.0.0.1:${port}/validate-no-usages`,
              caBundle: Buffer.from(serving.ca).toString('base64'),
            },
            // The rest is cluster/webhookconfigurations/usage.yaml of Crossplane v2.3.4.
            name: 'nousages.protection.crossplane.io',
            admissionReviewVersions: ['v1'],
            failurePolicy: 'Fail',
            objectSelector: { matchLabels: { 'crossplane.io/in-use': 'true' } },
            rules: [{ apiGroups: ['*'], apiVersions: ['*'], operations: ['DELETE'], resources: ['*'] }],
            sideEffects: 'None',
          },
        ],
      });
    },
  };
}
