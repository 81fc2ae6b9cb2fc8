import type { Blueprint } from '../blueprint/define.ts';
import { exampleXr } from '../generate/example.ts';
import { canonicalJson, isObject, type Json, type JsonObject } from '../internal/json.ts';
import { validateObject } from '../project/validate-object.ts';
import { type ConfigSchema, loadConfigSchema } from '../schema/index.ts';
import { type Cell, matrixOf } from './matrix.ts';
import { type Random, seeded } from './random.ts';
import { anyValue, edgeValues, requiredPart } from './values.ts';

/** One XR to be proven. */
export interface ProveCase {
  readonly xr: JsonObject;
  /** Where its config comes from: the example or what is required, one border value, or chance. */
  readonly kind: 'base' | 'edge' | 'random';
}

export interface CaseOptions {
  readonly seed: number;
  /** At least so many, where the schema has so many different ones. */
  readonly cases: number;
  readonly examples: ReadonlyMap<string, JsonObject>;
}

export interface CaseSet {
  readonly cases: readonly ProveCase[];
  /** Generated configs that break the Blueprint's own conditions: no user could write them either. */
  readonly refused: number;
}

const WASTE = 6; // random configs tried for each one wanted, since conditions refuse some

/**
 * The XRs to prove a Blueprint with: every size in every placement as it is, every border value of every field in every
 * size, then chance until there are enough. The same seed gives the same ones.
 */
export function generateCases(blueprint: Blueprint, options: CaseOptions): CaseSet {
  const schema = loadConfigSchema(blueprint.config.json, `config schema of "${blueprint.name}"`);
  const random = seeded(options.seed);
  const cells = matrixOf(blueprint);
  const set = new Cases(blueprint, options.examples);
  for (const cell of cells) set.add(cell, set.baseOf(cell.size), 'base');
  addEdges(set, schema, cells, random);
  for (let tries = 0; set.list.length < options.cases && tries < options.cases * WASTE; tries++) {
    const config = anyValue(schema, random);
    if (isObject(config)) set.add(random.pick(cells), merge(set.required, config), 'random');
  }
  return { cases: set.list, refused: set.refused };
}

function addEdges(set: Cases, schema: ConfigSchema, cells: readonly Cell[], random: Random): void {
  const full = anyFull(schema, random);
  let turn = 0;
  for (const { path, schema: at } of fields(schema)) {
    for (const value of edgeValues(at, random)) {
      for (const size of new Set(cells.map((c) => c.size))) {
        const own = cells.filter((c) => c.size === size);
        const cell = own[turn++ % own.length];
        if (cell === undefined) continue;
        // A value may need others beside it: then it is tried among all of them.
        const alone = set.add(cell, setAt(set.baseOf(size), path, value), 'edge');
        if (!alone && full !== undefined) set.add(cell, setAt(full, path, value), 'edge');
      }
    }
  }
}

class Cases {
  readonly list: ProveCase[] = [];
  refused = 0;
  readonly required: JsonObject;
  readonly #blueprint: Blueprint;
  readonly #examples: ReadonlyMap<string, JsonObject>;
  readonly #seen = new Set<string>();

  constructor(blueprint: Blueprint, examples: ReadonlyMap<string, JsonObject>) {
    this.#blueprint = blueprint;
    this.#examples = examples;
    this.required = requiredPart(loadConfigSchema(blueprint.config.json));
  }

  /** What an author wrote for that size, or what must be written. */
  baseOf(size: string): JsonObject {
    const example = this.#examples.get(size)?.spec;
    const config = isObject(example) ? example.config : undefined;
    return isObject(config) ? config : this.required;
  }

  /** False when nobody could write such an XR. */
  add(cell: Cell, config: JsonObject, kind: ProveCase['kind']): boolean {
    const xr = xrOf(this.#blueprint, this.#examples, cell, config);
    const key = canonicalJson(xr.spec ?? {});
    if (this.#seen.has(key)) return true;
    this.#seen.add(key);
    if (validateObject(xr, [this.#blueprint]).issues.length > 0) {
      this.refused++;
      return false;
    }
    this.list.push({ xr, kind });
    return true;
  }
}

/** An XR with the name, namespace and choices of the example of its size. */
function xrOf(
  blueprint: Blueprint,
  examples: ReadonlyMap<string, JsonObject>,
  { size, placement }: Cell,
  config: JsonObject,
): JsonObject {
  const example = examples.get(size) ?? exampleXr(blueprint, size);
  const { config: _, placement: __, ...rest } = isObject(example.spec) ? example.spec : {};
  const spec = {
    ...rest,
    size,
    ...(placement && { placement }),
    ...(Object.keys(config).length > 0 && { config }),
  };
  return { ...example, spec };
}

/** Every field of a config, objects with their own fields included; what stands in lists comes with the list. */
function* fields(
  schema: ConfigSchema,
  path: readonly string[] = [],
): Generator<{ readonly path: readonly string[]; readonly schema: ConfigSchema }> {
  if (path.length > 0) yield { path, schema };
  for (const [key, child] of Object.entries(schema.properties ?? {})) yield* fields(child, [...path, key]);
}

/** Every field set, as a ground for values that need others. */
function anyFull(schema: ConfigSchema, random: Random): JsonObject | undefined {
  const always: Random = { ...random, chance: (p) => p >= 0.5 };
  const config = anyValue(schema, always);
  return isObject(config) ? config : undefined;
}

function setAt(config: JsonObject, path: readonly string[], value: Json): JsonObject {
  const [key, ...rest] = path;
  if (key === undefined) return config;
  const inner = Object.hasOwn(config, key) ? config[key] : undefined;
  return { ...config, [key]: rest.length === 0 ? value : setAt(isObject(inner) ? inner : {}, rest, value) };
}

function merge(below: JsonObject, above: JsonObject): JsonObject {
  return { ...below, ...above };
}
