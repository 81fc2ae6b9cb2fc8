import { CLUSTER_CONFIG_NAME, CLUSTER_REQUIREMENT } from '../blueprint/cluster.ts';
import type { Blueprint } from '../blueprint/define.ts';
import type { JsonObject } from '../internal/json.ts';
import {
  COMPOSE_API_VERSION,
  STEP_INPUT_API_VERSION,
  STEP_INPUT_KIND,
  VERSION_LABEL,
} from '../model/names.ts';
import { blueprintPackage, type Coordinates, hostFunctionName } from './coordinates.ts';
import { xrdName } from './xrd.ts';

export interface CompositionOptions {
  readonly coordinates: Coordinates;
  /** Version that is built, where it differs from the declared one (a development build). */
  readonly version?: string;
  /** Digest of the bundle layer, from which the host can load this very version. */
  readonly bundle?: string;
}

/** The Composition: one step, served by the function host, routed by its input. */
export function generateComposition(blueprint: Blueprint, options: CompositionOptions): JsonObject {
  const version = options.version ?? blueprint.version;
  const repository = blueprintPackage(options.coordinates, blueprint.name);
  return {
    apiVersion: 'apiextensions.crossplane.io/v1',
    kind: 'Composition',
    metadata: {
      name: xrdName(blueprint),
      labels: { 'compose.openova.io/blueprint': blueprint.artifact, [VERSION_LABEL]: version },
    },
    spec: {
      compositeTypeRef: { apiVersion: COMPOSE_API_VERSION, kind: blueprint.kind },
      mode: 'Pipeline',
      pipeline: [
        {
          step: 'compose',
          functionRef: { name: hostFunctionName(options.coordinates) },
          input: {
            apiVersion: STEP_INPUT_API_VERSION,
            kind: STEP_INPUT_KIND,
            blueprint: blueprint.name,
            version,
            ...(options.bundle === undefined ? {} : { bundle: { repository, digest: options.bundle } }),
          },
          requirements: {
            requiredResources: [
              {
                requirementName: CLUSTER_REQUIREMENT,
                apiVersion: 'apiextensions.crossplane.io/v1beta1',
                kind: 'EnvironmentConfig',
                name: CLUSTER_CONFIG_NAME,
              },
            ],
          },
        },
      ],
    },
  };
}
