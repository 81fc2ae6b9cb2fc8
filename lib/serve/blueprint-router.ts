import type { Catalogue } from '../blueprint/catalogue.ts';
import { composeFunction } from '../blueprint/compose.ts';
import type { Blueprint } from '../blueprint/define.ts';
import { createRouter, type Handler, type Router, type Served } from '../function/host/router.ts';

export interface BlueprintRouterOptions {
  /** What members and dependencies are looked up in. */
  readonly catalogue: Catalogue;
  /** Resource functions, named by `function:` in a step's input. @default none */
  readonly functions?: Iterable<Handler>;
}

const MAX_DEVELOPMENT_VERSIONS = 64; // per router; an author publishes one per edit
const MAX_QUOTED = 100; // characters of a version that a peer chose

/**
 * Routes a step's input to the Blueprints of a host. A Blueprint answers to its own version and to development
 * versions of it (`1.0.0-dev.…`): while one edits, the host carries the newest source. Any other version is refused.
 */
export function blueprintRouter(blueprints: Iterable<Blueprint>, options: BlueprintRouterOptions): Router {
  const { catalogue, functions = [] } = options;
  const carried = new Map([...blueprints].map((b) => [b.name, b]));
  const served = (blueprint: Blueprint): Served => ({
    name: blueprint.name,
    version: blueprint.version,
    compose: composeFunction(blueprint, { catalogue }),
  });
  const exact = createRouter([...[...carried.values()].map(served), ...functions]);
  const development = new Map<string, Served>();
  return {
    resolve(input) {
      const blueprint = input.kind === 'blueprint' ? carried.get(input.name) : undefined;
      const { version } = input;
      if (blueprint === undefined || version === blueprint.version) return exact.resolve(input);
      if (!isDevelopmentOf(version, blueprint.version)) return refuse(blueprint, version);
      const key = `${blueprint.name} ${version}`;
      const known = development.get(key);
      if (known !== undefined) return known;
      // It says of itself what the Composition calls it, so that `status.installed` agrees with the package.
      const made = served({ ...blueprint, version });
      if (development.size >= MAX_DEVELOPMENT_VERSIONS) development.clear();
      development.set(key, made);
      return made;
    },
  };
}

function isDevelopmentOf(version: string, declared: string): boolean {
  const base = declared.endsWith('-dev') ? declared : `${declared}-dev`;
  return version.startsWith(`${base}.`) && /^[0-9A-Za-z.-]{1,100}$/.test(version);
}

function refuse(blueprint: Blueprint, version: string): { readonly fatal: string } {
  return {
    fatal:
      `Cannot compose: the Composition asks for "${blueprint.name}" ${version.slice(0, MAX_QUOTED)}, ` +
      `and this host carries ${blueprint.version} (install the host that belongs to it, or that version of the package)`,
  };
}
