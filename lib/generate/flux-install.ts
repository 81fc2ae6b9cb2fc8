import type { Blueprint } from '../blueprint/define.ts';
import type { JsonObject } from '../internal/json.ts';
import { COMPOSE_GROUP } from '../model/names.ts';

/** Namespace of Flux's own objects, and of those that install from an artifact. */
export const FLUX_NAMESPACE = 'flux-system';

/**
 * What Flux builds from `crossplane/`: the rights, if it needs any, and the package. Without this file it would take every object there,
 * and refuse them all for the kind of the example XR, which exists only once the package is installed. How the host
 * runs (`runtime.yaml`) is one for all Blueprints, so it is not among them.
 */
export function packageKustomization({ rbac }: { readonly rbac: boolean }): JsonObject {
  return {
    apiVersion: 'kustomize.config.k8s.io/v1beta1',
    kind: 'Kustomization',
    resources: [...(rbac ? ['rbac.yaml'] : []), 'configuration.yaml'],
  };
}

/**
 * The Flux Kustomization that installs the package: ready when Crossplane says that it is healthy and the kind is
 * served, so that XRs stand in Kustomizations that depend on it. `crossplane/flux.yaml`.
 */
export function generateFluxInstall({ artifact, plural }: Blueprint): JsonObject {
  const configuration = { apiVersion: 'pkg.crossplane.io/v1', kind: 'Configuration' };
  const definition = { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition' };
  return {
    apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
    kind: 'Kustomization',
    metadata: { name: artifact, namespace: FLUX_NAMESPACE },
    spec: {
      interval: '10m',
      retryInterval: '1m',
      path: './crossplane',
      // Without its Configuration a cluster loses the kind, and every XR of it: that is for a person to do.
      prune: false,
      sourceRef: { kind: 'OCIRepository', name: artifact },
      healthChecks: [
        { ...configuration, name: artifact },
        { ...definition, name: `${plural}.${COMPOSE_GROUP}` },
      ],
      healthCheckExprs: [
        {
          ...configuration,
          current:
            "['Installed', 'Healthy'].all(t, status.conditions.exists(c, c.type == t && c.status == 'True'))",
        },
      ],
    },
  };
}
