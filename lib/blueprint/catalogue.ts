import type { Blueprint } from './define.ts';

/** What a Blueprint must know of another one to compose or await its XR. */
export interface CatalogueEntry {
  readonly name: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly scope: 'Cluster' | 'Namespaced';
  readonly sizes: readonly string[];
  readonly placements: readonly string[];
  /** Where its package is, if not beside the others of the project: `ghcr.io/openova-io/bp-valkey`. */
  readonly repository?: string;
}

/** The Blueprints that exist for a build or a host, by short name. Others are left out and reported. */
export type Catalogue = ReadonlyMap<string, CatalogueEntry>;

/** The entry of one Blueprint. */
export function catalogueEntry(blueprint: Blueprint): CatalogueEntry {
  return {
    name: blueprint.name,
    version: blueprint.version,
    kind: blueprint.kind,
    plural: blueprint.plural,
    scope: blueprint.scope,
    sizes: [...blueprint.sizes.keys()],
    placements: [...blueprint.facts.placement.modes],
  };
}

/** A catalogue of exactly these Blueprints. */
export function catalogueOf(blueprints: Iterable<Blueprint>): Catalogue {
  return new Map([...blueprints].map((b) => [b.name, catalogueEntry(b)]));
}
