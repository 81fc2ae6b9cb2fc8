import type { JsonObject } from '../internal/json.ts';
import { blueprintPackage, type Coordinates } from './coordinates.ts';

/** Name of the DeploymentRuntimeConfig; the host's Function refers to it (docs/operations.md). */
export const RUNTIME_CONFIG_NAME = 'function-blueprints';

/** What a person applies to install the package: `crossplane/configuration.yaml`. */
export function generateConfiguration(
  coordinates: Coordinates,
  artifact: string,
  version: string,
): JsonObject {
  return {
    apiVersion: 'pkg.crossplane.io/v1',
    kind: 'Configuration',
    metadata: { name: artifact },
    spec: { package: `${blueprintPackage(coordinates, artifact)}:${version}` },
  };
}

/**
 * How the host's pod runs: resources, probes, and the mounts that let it load signed bundles (trust policy, pull
 * credentials, CA bundle, a writable cache). Every mount is optional; without the policy no remote bundle is loaded.
 */
export function generateRuntimeConfig(): JsonObject {
  const mounts = [
    { name: 'trust', mountPath: '/etc/blueprints', readOnly: true },
    { name: 'pull', mountPath: '/etc/blueprints-pull', readOnly: true },
    { name: 'ca', mountPath: '/etc/blueprints-ca', readOnly: true },
    { name: 'cache', mountPath: '/var/cache/blueprints' },
    { name: 'tmp', mountPath: '/tmp' },
  ];
  const env = [
    { name: 'BP_TRUST_POLICY', value: '/etc/blueprints/trust.yaml' },
    { name: 'BP_CACHE_DIR', value: '/var/cache/blueprints' },
    { name: 'DOCKER_CONFIG', value: '/etc/blueprints-pull' },
    { name: 'NODE_EXTRA_CA_CERTS', value: '/etc/blueprints-ca/ca.crt' },
  ];
  const probe = (path: string): JsonObject => ({
    httpGet: { path, port: 8080 },
    periodSeconds: 10,
    timeoutSeconds: 2,
  });
  return {
    apiVersion: 'pkg.crossplane.io/v1beta1',
    kind: 'DeploymentRuntimeConfig',
    metadata: { name: RUNTIME_CONFIG_NAME },
    spec: {
      deploymentTemplate: {
        spec: {
          selector: {},
          template: {
            spec: {
              containers: [
                {
                  name: 'package-runtime',
                  env,
                  volumeMounts: mounts,
                  readinessProbe: probe('/readyz'),
                  livenessProbe: { ...probe('/healthz'), failureThreshold: 6 },
                  resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '512Mi' } },
                  securityContext: { readOnlyRootFilesystem: true },
                },
              ],
              volumes: [
                { name: 'trust', configMap: { name: 'blueprints-trust', optional: true } },
                {
                  name: 'pull',
                  secret: {
                    secretName: 'blueprints-pull',
                    optional: true,
                    items: [{ key: '.dockerconfigjson', path: 'config.json' }],
                  },
                },
                { name: 'ca', configMap: { name: 'blueprints-ca', optional: true } },
                { name: 'cache', emptyDir: { sizeLimit: '1Gi' } },
                { name: 'tmp', emptyDir: { medium: 'Memory', sizeLimit: '64Mi' } },
              ],
            },
          },
        },
      },
    },
  };
}
