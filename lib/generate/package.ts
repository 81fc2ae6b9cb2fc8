import type { Catalogue } from '../blueprint/catalogue.ts';
import type { Blueprint } from '../blueprint/define.ts';
import type { JsonObject } from '../internal/json.ts';
import { formatYaml } from '../internal/yaml.ts';
import { intersectRanges, normalizeRange } from '../model/versions.ts';
import { type CompositionOptions, generateComposition } from './composition.ts';
import { blueprintPackage, HOST_RANGE, hostPackage } from './coordinates.ts';
import { generateXrd } from './xrd.ts';

export interface PackageOptions extends CompositionOptions {
  readonly catalogue: Catalogue;
}

/** Oldest core with v2 XRDs and required resources. */
export const CROSSPLANE_RANGE = '>=v2.0.0-0';

/** The Configuration meta object: what the package is and which other APIs it needs. */
export function generateConfigurationMeta(blueprint: Blueprint, options: PackageOptions): JsonObject {
  const { card, owner } = blueprint.facts;
  return {
    apiVersion: 'meta.pkg.crossplane.io/v1',
    kind: 'Configuration',
    metadata: {
      name: blueprint.artifact,
      annotations: {
        'meta.crossplane.io/maintainer': owner === undefined ? 'OpenOva' : `${owner.team} <${owner.contact}>`,
        'meta.crossplane.io/description': card.summary,
        ...(card.license === undefined ? {} : { 'meta.crossplane.io/license': card.license }),
        'meta.crossplane.io/readme': `${card.title}. Composes ${blueprint.kind}.compose.openova.io. Where the same artifact has a crossplane/rbac.yaml, grant that to Crossplane first.`,
      },
    },
    spec: { crossplane: { version: CROSSPLANE_RANGE }, dependsOn: dependsOn(blueprint, options) },
  };
}

/**
 * The host's package, and a Configuration for every declared Blueprint of the catalogue. An edge means that an API
 * is installed, not that anything runs; a conditional one is an edge too, since composing or asking for a kind that
 * is not installed would fail the whole reconcile.
 */
function dependsOn(blueprint: Blueprint, options: PackageOptions): readonly JsonObject[] {
  const edges = new Map<string, string>();
  for (const { blueprint: name, version } of [...blueprint.depends, ...blueprint.members]) {
    const entry = options.catalogue.get(name);
    if (entry === undefined) continue;
    const development = entry.version.includes('-dev');
    const known = edges.get(name);
    // Two aliases of one Blueprint need one version that suits both.
    edges.set(
      name,
      known === undefined
        ? normalizeRange(version, { development })
        : intersectRanges(known, version, { development }),
    );
  }
  const configuration = ([name, version]: readonly [string, string]): JsonObject => ({
    apiVersion: 'pkg.crossplane.io/v1',
    kind: 'Configuration',
    package: options.catalogue.get(name)?.repository ?? blueprintPackage(options.coordinates, name),
    version,
  });
  const host = {
    apiVersion: 'pkg.crossplane.io/v1',
    kind: 'Function',
    package: hostPackage(options.coordinates),
    version: HOST_RANGE,
  };
  return [host, ...[...edges].sort(([a], [b]) => (a < b ? -1 : 1)).map(configuration)];
}

/** `package.yaml`, the one file that Crossplane reads. */
export function generatePackage(blueprint: Blueprint, options: PackageOptions): string {
  return formatYaml(
    generateConfigurationMeta(blueprint, options),
    generateXrd(blueprint),
    generateComposition(blueprint, options),
  );
}
