import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isObject, type JsonObject } from '../../../../lib/internal/json.ts';
import { parseYaml } from '../../../../lib/internal/yaml.ts';
import { findKind, loadDefinition, loadSchema } from '../../../../lib/kinds/index.ts';
import { type Random, seeded } from '../../../../lib/prove/random.ts';
import type { StructuralSchema } from '../../../../lib/schema/index.ts';
import { mutate } from './mutate.ts';
import { SchemaValues } from './schema-values.ts';

/** One object for the two judges. */
export interface Case {
  readonly object: JsonObject;
  /** Undefined: as valid as its schema can tell. */
  readonly mutation: string | undefined;
}

export const NAMESPACE = 'judged';
const DENSITIES = [0, 0.05, 0.2, 0.35];
const TEMPLATES = join(import.meta.dirname, 'templates.yaml');

/** A kind and how to make objects of it. */
interface Maker {
  readonly schema: StructuralSchema;
  readonly make: (random: Random) => JsonObject;
}

export interface CaseOptions {
  readonly count: number;
  readonly seed: number;
  /** The CRDs whose kinds are to be made. */
  readonly crds: readonly JsonObject[];
  /** XRs, each with the schema of its XRD. */
  readonly xrs: readonly { readonly xr: JsonObject; readonly schema: StructuralSchema }[];
}

/** Of ten pairs, so many are of Kubernetes' own kinds, of CRDs, and XRs. */
const SHARES = { own: 5, defined: 4, xrs: 1 };

/**
 * `count` objects in pairs: one as valid as its schema can tell, one of the same kind mutated. The same seed gives the
 * same ones. Kubernetes' own kinds and XRs come from written objects, the kinds of CRDs from their schemas.
 */
export function generateCases(options: CaseOptions): readonly Case[] {
  const random = seeded(options.seed);
  const families = [
    new Family(templateMakers(), SHARES.own),
    new Family(options.crds.map(crdMaker), SHARES.defined),
    new Family(
      options.xrs.map(({ xr, schema }) => ({ schema, make: (r) => thinned(xr, r) })),
      SHARES.xrs,
    ),
  ];
  const turns = families.flatMap((family) => Array.from({ length: family.share }, () => family));
  return Array.from({ length: options.count / 2 }, (_, i): readonly Case[] => {
    const maker = (turns[i % turns.length] as Family).next();
    const values = new SchemaValues(random, 0.2, resolve);
    const mutated = mutate(named(maker.make(random), 2 * i + 1), maker.schema, values, random);
    return [{ object: named(maker.make(random), 2 * i), mutation: undefined }, mutated];
  }).flat();
}

/** Makers that take turns. */
class Family {
  readonly share: number;
  readonly #makers: readonly Maker[];
  #turn = 0;

  constructor(makers: readonly Maker[], share: number) {
    this.#makers = makers;
    this.share = makers.length === 0 ? 0 : share;
  }

  next(): Maker {
    return this.#makers[this.#turn++ % this.#makers.length] as Maker;
  }
}

const resolve = (name: string): StructuralSchema | undefined => loadDefinition(name);

function named(object: JsonObject, i: number): JsonObject {
  const metadata = isObject(object.metadata) ? object.metadata : {};
  const info = findKind(String(object.apiVersion), String(object.kind));
  const namespaced = info === undefined || info.scope === 'Namespaced';
  return {
    ...object,
    metadata: { name: `case-${i}`, ...metadata, ...(namespaced ? { namespace: NAMESPACE } : {}) },
  };
}

function templateMakers(): readonly Maker[] {
  const objects = parseYaml(readFileSync(TEMPLATES, 'utf8'), TEMPLATES).filter(isObject);
  return objects.map((object) => {
    const info = findKind(String(object.apiVersion), String(object.kind));
    if (info === undefined) throw new Error(`the template of ${String(object.kind)} is of no known kind`);
    const schema = loadSchema(info) as StructuralSchema;
    return { schema, make: (random) => thinned(object, random) };
  });
}

/** With a label of its own, so that no two objects of a template are the same. */
function thinned(object: JsonObject, random: Random): JsonObject {
  const { metadata } = object;
  const more = { [random.pick(['team', 'example.com/tier', 'a.b'])]: random.pick(['a', 'B-1', 'x_y', '']) };
  const { labels } = isObject(metadata) ? metadata : {};
  const kept = isObject(labels) ? labels : {};
  return { ...object, metadata: { ...(isObject(metadata) ? metadata : {}), labels: { ...kept, ...more } } };
}

interface CrdSpec {
  readonly group: string;
  readonly names: { readonly kind: string };
  readonly versions: readonly {
    readonly name: string;
    readonly schema: { readonly openAPIV3Schema: StructuralSchema };
  }[];
}

function crdMaker(crd: JsonObject): Maker {
  const { group, names, versions } = crd.spec as JsonObject & CrdSpec;
  const [version] = versions;
  if (version === undefined) throw new Error(`${names.kind} has no version`);
  const schema = version.schema.openAPIV3Schema;
  const { status: _, metadata: __, ...properties } = schema.properties ?? {};
  const own = { ...schema, properties, required: (schema.required ?? []).filter((key) => key !== 'status') };
  return {
    schema: own,
    make(random) {
      const values = new SchemaValues(random, random.pick(DENSITIES), resolve);
      const made = values.object(own, 0);
      const body =
        properties.spec === undefined || made.spec !== undefined
          ? made
          : { ...made, spec: values.value(properties.spec, 1) };
      return { ...body, apiVersion: `${group}/${version.name}`, kind: names.kind };
    },
  };
}
