import { CLUSTER_CONFIG_NAME } from '../blueprint/cluster.ts';
import { type Blueprint, catalogueOf } from '../blueprint/index.ts';
import { ToolkitError } from '../errors.ts';
import { DEFAULT_COORDINATES } from '../generate/coordinates.ts';
import { settleInput } from '../generate/settled.ts';
import { plainObject } from '../generate/settled-steps.ts';
import { isObject, type JsonObject } from '../internal/json.ts';
import { formatYaml } from '../internal/yaml.ts';
import { kindOf, listAt, nameOf, objectAt, objectKey } from '../render/objects.ts';
import { dependencyOrder } from '../render/order.ts';
import { type SettleOptions, type SettleResult, settle } from '../render/settle.ts';

export interface RenderBlueprintOptions extends SettleOptions {
  /** The other Blueprints that exist: what it nests is composed as well, what it builds on is there and ready. */
  readonly catalogue?: readonly Blueprint[];
  /** Facts of the cluster, as in the EnvironmentConfig `catalyst-cluster`. @default the stated fallbacks */
  readonly cluster?: JsonObject;
  /** Whether the XRs that it depends on are there. @default ready */
  readonly dependencies?: 'ready' | 'absent';
  /** What the XR composed before, for instance `result.objects` of an earlier render. */
  readonly observed?: readonly JsonObject[];
}

/** An XR after it came to rest in a simulated cluster. */
export interface RenderedBlueprint {
  readonly ready: boolean;
  /** `status` of the XR. */
  readonly status: JsonObject;
  /** The conditions of the XR by type. */
  readonly conditions: ReadonlyMap<string, JsonObject>;
  /** What was composed, nested XRs and their objects included, as a person would write it, in the order of `steps`. */
  readonly objects: readonly JsonObject[];
  /** The order in which objects appeared: each step waited for the ones before it. As `Kind/name`, sorted. */
  readonly steps: readonly (readonly string[])[];
  /** The objects as YAML, for a golden file; without Usages, whose names are hashes. */
  readonly yaml: string;
  /** Blueprints that took part. */
  readonly blueprints: readonly Blueprint[];
  /** Everything else that `settle` knows. */
  readonly result: SettleResult;
  /** The objects of a kind; with a name, those of that name. */
  find(kind: string, name?: string): readonly JsonObject[];
  /** The one object of a kind (and name). @throws ToolkitError `not-found` listing what there is instead */
  get(kind: string, name?: string): JsonObject;
}

/**
 * Renders an XR as Crossplane would, round by round, until nothing changes; objects become ready between the rounds.
 * @throws ToolkitError `compose` when an XR could not be reconciled
 * @example
 * const { ready, get } = await renderBlueprint(valkey, xr, { catalogue: [externalSecrets] });
 * expect(get('HelmRelease').spec).toMatchObject({ releaseName: 'cache' });
 */
export async function renderBlueprint(
  blueprint: Blueprint,
  xr: JsonObject,
  options: RenderBlueprintOptions = {},
): Promise<RenderedBlueprint> {
  const { catalogue = [], cluster, dependencies = 'ready', observed, ...settleOptions } = options;
  const blueprints = [...new Set([blueprint, ...catalogue])];
  const assembly = {
    blueprints: new Map(blueprints.map((b) => [b.name, b])),
    catalogue: catalogueOf(blueprints),
    coordinates: DEFAULT_COORDINATES,
  };
  const input = settleInput(assembly, blueprint, xr);
  const required = [
    ...(dependencies === 'ready' ? (input.required ?? []) : []),
    ...(cluster === undefined ? [] : [environmentConfig(cluster)]),
  ];
  const result = await settle({ ...input, required, ...(observed && { observed }) }, settleOptions);
  return rendered(result, xr, blueprints);
}

function environmentConfig(data: JsonObject): JsonObject {
  return {
    apiVersion: 'apiextensions.crossplane.io/v1beta1',
    kind: 'EnvironmentConfig',
    metadata: { name: CLUSTER_CONFIG_NAME },
    data,
  };
}

function rendered(result: SettleResult, xr: JsonObject, blueprints: readonly Blueprint[]): RenderedBlueprint {
  for (const { composite, failure } of result.reconciles.values()) {
    if (failure === undefined) continue;
    const what = `${kindOf(composite)} "${nameOf(composite)}"`;
    throw new ToolkitError('compose', `Cannot render ${what}: ${failure.message}`);
  }
  const root = objectKey(xr);
  const objects = byAppearance(result)
    .filter((o) => objectKey(o) !== root)
    .map(withoutReferences);
  const find = (kind: string, name?: string): readonly JsonObject[] =>
    objects.filter((o) => kindOf(o) === kind && (name === undefined || nameOf(o) === name));
  const status = objectAt(
    result.objects.find((o) => objectKey(o) === root),
    'status',
  );
  return {
    ready: result.ready,
    status,
    conditions: new Map(listAt(status, 'conditions').map((c) => [String(c.type), c])),
    objects,
    steps: steps(result, root),
    yaml: formatYaml(...objects.filter((o) => !/Usage$/.test(kindOf(o)))),
    blueprints,
    result,
    find,
    get: (kind, name) => {
      const [first, ...more] = find(kind, name);
      if (first !== undefined && more.length === 0) return first;
      const wanted = name === undefined ? kind : `${kind}/${name}`;
      throw new ToolkitError(
        'not-found',
        `Cannot get "${wanted}": ${more.length + (first ? 1 : 0)} are composed`,
        {
          remedy: `there are ${objects.map(label).join(', ')}`,
        },
      );
    },
  };
}

/** What is there in the end, by the round in which it came, then by what names what. */
function byAppearance(result: SettleResult): readonly JsonObject[] {
  const rounds = result.rounds.map(
    ({ changes }) => new Set(changes.filter((c) => c.what === 'created').map((c) => objectKey(c.object))),
  );
  const came = (o: JsonObject): number => rounds.findIndex((created) => created.has(objectKey(o)));
  const sorted = dependencyOrder(result.objects, (o) => o);
  return sorted.toSorted((a, b) => came(a) - came(b));
}

const label = (object: JsonObject): string => `${kindOf(object)}/${nameOf(object)}`;

/** What stands under `spec.crossplane` of a nested XR is Crossplane's own book-keeping. */
function withoutReferences(object: JsonObject): JsonObject {
  const plain = plainObject(object);
  const { crossplane: _, ...spec } = objectAt(plain, 'spec');
  return isObject(plain.spec) && plain.spec.crossplane !== undefined ? { ...plain, spec } : plain;
}

function steps(result: SettleResult, root: string): readonly (readonly string[])[] {
  return result.rounds
    .map(({ changes }) =>
      changes.filter((c) => c.what === 'created' && objectKey(c.object) !== root).map((c) => label(c.object)),
    )
    .filter((created) => created.length > 0)
    .map((created) => created.sort());
}
