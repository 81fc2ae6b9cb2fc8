import { type Blueprint, catalogueOf } from '../blueprint/index.ts';
import { DEFAULT_COORDINATES } from '../generate/coordinates.ts';
import type { JsonObject } from '../internal/json.ts';
import type { Proof } from '../prove/index.ts';

export interface ProveMatrixOptions {
  /** The other Blueprints that exist: what it nests is composed as well, what it builds on is there and ready. */
  readonly catalogue?: readonly Blueprint[];
  /** The example XR of each size: what is proven starts from them. */
  readonly examples?: ReadonlyMap<string, JsonObject>;
  /** @default 1 */
  readonly seed?: number;
  /** @default 500 */
  readonly cases?: number;
}

/**
 * What `bp test` does, as a part of your own tests: every size in every placement, every border value of the config
 * and chance; each rendered, judged, settled and rendered again.
 * @example expect((await proveMatrix(valkey, { catalogue: [externalSecrets] })).faults).toEqual([])
 */
export async function proveMatrix(blueprint: Blueprint, options: ProveMatrixOptions = {}): Promise<Proof> {
  const { proveBlueprint } = await import('../prove/index.ts');
  const { catalogue = [], ...rest } = options;
  const blueprints = [...new Set([blueprint, ...catalogue])];
  const assembly = {
    blueprints: new Map(blueprints.map((b) => [b.name, b])),
    catalogue: catalogueOf(blueprints),
    coordinates: DEFAULT_COORDINATES,
  };
  return proveBlueprint(assembly, blueprint, rest);
}
