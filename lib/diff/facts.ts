import type { Blueprint } from '../blueprint/define.ts';
import type { JsonObject } from '../internal/json.ts';
import type { UpgradeRules } from '../model/versions.ts';
import { type ConfigSchema, loadConfigSchema } from '../schema/index.ts';

/** A Blueprint that another one needs. */
export interface NeededBlueprint {
  readonly alias: string;
  readonly blueprint: string;
  readonly version: string;
  /** Needed under some configs only. */
  readonly conditional: boolean;
}

/** What can be said of a version without running it: what its users and their tools rely on. */
export interface BlueprintFacts {
  readonly name: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly scope: string;
  readonly config: ConfigSchema;
  readonly values: JsonObject;
  readonly sizes: ReadonlyMap<string, JsonObject>;
  /** The size of an XR that names none; undefined where it is not known. */
  readonly defaultSize: string | undefined;
  readonly placement: {
    readonly modes: readonly string[];
    readonly default: string | undefined;
    readonly minRegions: number;
    readonly maxRegions: number;
  };
  readonly depends: readonly NeededBlueprint[];
  /** Schema of each output and extra status field, as far as it is known. */
  readonly outputs: ReadonlyMap<string, JsonObject>;
  readonly status: ReadonlyMap<string, JsonObject>;
  readonly upgrades: UpgradeRules | undefined;
}

export const MAX_REGIONS_ANY = 5;

/** The facts of a Blueprint that is loaded. */
export function factsOf(blueprint: Blueprint): BlueprintFacts {
  const { placement, upgrades } = blueprint.facts;
  const fields = (all: Blueprint['outputs']) =>
    new Map(Object.entries(all).map(([name, f]) => [name, f.schema]));
  return {
    name: blueprint.name,
    version: blueprint.version,
    kind: blueprint.kind,
    plural: blueprint.plural,
    scope: blueprint.scope,
    config: loadConfigSchema(blueprint.config.json, `config schema of "${blueprint.name}"`),
    values: blueprint.values,
    sizes: blueprint.sizes,
    defaultSize: blueprint.defaultSize,
    placement: {
      modes: placement.modes,
      default: placement.default,
      minRegions: placement.minRegions ?? 1,
      maxRegions: placement.maxRegions ?? MAX_REGIONS_ANY,
    },
    depends: blueprint.depends.map(({ alias, blueprint: name, version, when }) => ({
      alias,
      blueprint: name,
      version,
      conditional: when !== undefined,
    })),
    outputs: fields(blueprint.outputs),
    status: fields(blueprint.status),
    upgrades,
  };
}
