import { catalogueOf } from '../blueprint/catalogue.ts';
import { type Blueprint, defineBlueprint } from '../blueprint/define.ts';
import type { BlueprintDefinition } from '../blueprint/types.ts';
import { DEFAULT_COORDINATES } from '../generate/coordinates.ts';
import type { Assembly } from '../generate/settled.ts';
import type { JsonObject } from '../internal/json.ts';
import { schema } from '../schema/index.ts';

// A Blueprint in one line, for the tests of proving and comparing.

type Definition = BlueprintDefinition<
  JsonObject,
  JsonObject,
  Record<never, never>,
  Record<never, never>,
  string,
  'single-region' | 'active-hotstandby',
  undefined,
  Record<never, never>,
  Record<never, never>
>;

/** A namespaced Blueprint `shop` with the given properties as its config. */
export function shop(
  properties: JsonObject,
  compose: Definition['compose'],
  more: Partial<Omit<Definition, 'compose' | 'config'>> & { readonly schema?: JsonObject } = {},
): Blueprint {
  const { schema: root = {}, ...rest } = more;
  return defineBlueprint({
    name: 'shop',
    version: '1.0.0',
    scope: 'Namespaced',
    card: { title: 'Shop', summary: 'Sells things.', category: 'test' },
    config: schema<JsonObject>({ type: 'object', properties, ...root }),
    placement: { modes: ['single-region', 'active-hotstandby'], default: 'single-region' },
    sizes: { small: {}, large: {} },
    ...rest,
    compose,
  });
}

/** A project of exactly these Blueprints. */
export function assembly(...blueprints: readonly Blueprint[]): Assembly {
  return {
    blueprints: new Map(blueprints.map((b) => [b.name, b])),
    catalogue: catalogueOf(blueprints),
    coordinates: DEFAULT_COORDINATES,
  };
}
