import { ToolkitError } from '../errors.ts';
import { artifactName, packageObjectName } from '../model/names.ts';

/** Name of the function package that serves every Blueprint. */
export const HOST_PACKAGE = 'function-blueprints';
/** Versions of the host that a package accepts. */
export const HOST_RANGE = '>=1.0.0 <2';

/** Where packages live, as `dependsOn` and Compositions name it: `ghcr.io/openova-io`. */
export interface Coordinates {
  readonly prefix: string;
  /** Repository of the function host, where it is another's: `ghcr.io/openova-io/function-blueprints`. @default beside the packages */
  readonly host?: string;
}

/** The project's setting. `--registry` only says where to push; a mirror is an ImageConfig `rewriteImage`. */
export const DEFAULT_COORDINATES: Coordinates = { prefix: 'ghcr.io/openova-io' };

/** `ghcr.io/openova-io` + `cnpg` → `ghcr.io/openova-io/bp-cnpg` */
export function blueprintPackage(coordinates: Coordinates, blueprint: string): string {
  return `${coordinates.prefix}/${artifactName(blueprint)}`;
}

export function hostPackage(coordinates: Coordinates): string {
  return coordinates.host ?? `${coordinates.prefix}/${HOST_PACKAGE}`;
}

/** Name under which Crossplane installs the host as a dependency; Compositions have to name it. */
export function hostFunctionName(coordinates: Coordinates): string {
  return packageObjectName(hostPackage(coordinates));
}

const MAX_PREFIX = 200; // leaves a repository name within the 255 characters that registries allow

/** Checks a prefix such as `ghcr.io/openova-io`. @throws ToolkitError `invalid` */
export function parseCoordinates(prefix: string): Coordinates {
  // Bounded first: the pattern's cost grows with the square of the length.
  const trimmed = prefix.length > MAX_PREFIX ? '' : prefix.replace(/\/+$/, '');
  if (!/^[a-z0-9.-]+\.[a-z0-9.-]+(?::\d+)?(?:\/[a-z0-9]+(?:[._-][a-z0-9]+)*)+$/.test(trimmed)) {
    throw new ToolkitError(
      'invalid',
      `Cannot use coordinates "${prefix.slice(0, MAX_PREFIX)}": write a registry host with a dot and a path`,
      {
        remedy: 'for example ghcr.io/openova-io',
      },
    );
  }
  return { prefix: trimmed };
}

/**
 * Two repositories whose packages Crossplane would install under one name run the wrong function in silence
 * (crossplane#7818). @throws ToolkitError `conflict` naming both
 */
export function refuseCollisions(repositories: readonly string[]): void {
  const seen = new Map<string, string>();
  for (const repository of repositories) {
    const name = packageObjectName(repository);
    const other = seen.get(name);
    if (other !== undefined && other !== repository) {
      throw new ToolkitError(
        'conflict',
        `Cannot publish "${repository}" beside "${other}": Crossplane would install both as "${name}"`,
      );
    }
    seen.set(name, repository);
  }
}
