import type { Json, JsonObject } from '../../internal/json.ts';
import { type ArtifactDescription, ingredientsOf } from './description.ts';

export const BUILD_TYPE = 'https://openova.io/blueprints/build/v1';

/** How, where and from what an artifact was built. */
export interface BuildDescription {
  /** Who built: the workflow identity, which is the signing certificate's subject. */
  readonly builderId: string;
  /** Git source: `https://github.com/acme/platform` and the commit, which stands nowhere else. */
  readonly source?: { readonly uri: string; readonly revision?: string };
  /** What the caller chose: Blueprint, version, registry. */
  readonly parameters?: JsonObject;
  /** Of this run, such as the CI run's address. */
  readonly invocationId?: string;
  /** RFC 3339. */
  readonly startedOn?: string;
  readonly finishedOn?: string;
}

/** The predicate of a SLSA v1 provenance attestation (`slsaprovenance1`). */
export function slsaPredicate(artifact: ArtifactDescription, build: BuildDescription): JsonObject {
  const { source } = build;
  const sources: JsonObject[] =
    source === undefined
      ? []
      : [
          {
            uri: `git+${source.uri}`,
            ...(source.revision === undefined ? {} : { digest: { gitCommit: source.revision } }),
          },
        ];
  const ingredients = ingredientsOf(artifact).map(
    (item): JsonObject => ({
      uri: item.purl,
      ...(item.hash === undefined ? {} : { digest: { [item.hash.algorithm]: item.hash.hex } }),
    }),
  );
  return {
    buildDefinition: {
      buildType: BUILD_TYPE,
      externalParameters: { name: artifact.name, version: artifact.version, ...build.parameters },
      internalParameters: {},
      resolvedDependencies: [...sources, ...ingredients],
    },
    runDetails: {
      builder: { id: build.builderId },
      metadata: present({
        invocationId: build.invocationId,
        startedOn: build.startedOn,
        finishedOn: build.finishedOn,
      }),
    },
  };
}

function present(fields: Readonly<Record<string, Json | undefined>>): JsonObject {
  const out: Record<string, Json> = {};
  for (const [key, value] of Object.entries(fields)) if (value !== undefined) out[key] = value;
  return out;
}
