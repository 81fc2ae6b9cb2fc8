import { isObject, type Json, type JsonObject } from '../../../../lib/internal/json.ts';
import type { Random } from '../../../../lib/prove/random.ts';
import type { StructuralSchema } from '../../../../lib/schema/index.ts';
import type { SchemaValues } from './schema-values.ts';

export interface Mutated {
  readonly object: JsonObject;
  /** What was done where: `unknown field: spec.template.spec`. */
  readonly mutation: string;
}

type Step = string | number;
interface Spot {
  readonly path: readonly Step[];
  readonly value: Json;
  readonly schema: StructuralSchema | undefined;
}

const JUNK_TEXTS = [
  ...['', 'Nonsense', 'UPPER', 'a b', '-lead', 'trail-', 'under_score', 'x.y.z', '1.5x', 'a/b/c', '/', '..'],
  ...[
    '*',
    'ä',
    'a'.repeat(64),
    'a'.repeat(254),
    'http://',
    '10.0.0.1',
    '10.0.0.0/33',
    '200%',
    '-5',
    '0',
    '1e3',
  ],
  ...['100m', '1Ti', 'kubernetes.io/x', 'a,b', '$(X)', 'true', 'null', '*/5 * * * *', 'Always', 'v1'],
];
const JUNK_NUMBERS = [-1, 0, 1, 101, 255, 65536, 70000, 2 ** 31, 2 ** 53, 1.5, -(2 ** 40)];
const JUNK_KEYS = ['UPPER', 'a b', '-x', 'a/b/c', '', 'example.com/ok', 'x'.repeat(64), 'kubernetes.io/arch'];

/** One random change that may or may not make the object invalid: that is for the two judges to say. */
export function mutate(
  object: JsonObject,
  schema: StructuralSchema,
  values: SchemaValues,
  random: Random,
): Mutated {
  const spots = [...walk(object, schema, [], values)].filter(
    ({ path }) => path.length > 0 && path[0] !== 'apiVersion' && path[0] !== 'kind',
  );
  for (;;) {
    const mutation = random.pick(MUTATIONS);
    const spot = random.pick(spots);
    const changed = mutation.change(spot, random, values);
    if (changed === undefined) continue;
    const mutated = setAt(object, spot.path, changed.value) as JsonObject;
    if (
      !isObject(mutated.metadata) ||
      typeof mutated.metadata.name !== 'string' ||
      mutated.metadata.name === ''
    )
      continue; // the name is in the request's path too
    if (mutated.metadata.namespace !== (object.metadata as JsonObject).namespace) continue;
    return { object: mutated, mutation: `${mutation.name}: ${spot.path.join('.')} ${changed.note ?? ''}` };
  }
}

/** Of ObjectMeta: the apiserver's own, and no author's. */
const SERVER_FIELDS: ReadonlySet<string> = new Set([
  ...['managedFields', 'resourceVersion', 'uid', 'selfLink', 'generation', 'creationTimestamp'],
  ...['deletionTimestamp', 'deletionGracePeriodSeconds', 'generateName'],
]);

interface Change {
  /** Undefined removes it. */
  readonly value: Json | undefined;
  readonly note?: string;
}

interface Mutation {
  readonly name: string;
  change(spot: Spot, random: Random, values: SchemaValues): Change | undefined;
}

const noted = (value: Json): Change => ({ value, note: JSON.stringify(value).slice(0, 60) });

const MUTATIONS: readonly Mutation[] = [
  {
    name: 'unknown field',
    change: ({ value }, random) =>
      isObject(value)
        ? { value: { ...value, [random.pick(['nope', 'Spec', 'extraField'])]: random.pick([1, 'x', {}]) } }
        : undefined,
  },
  {
    name: 'misspelt field',
    change({ value }, random) {
      if (!isObject(value) || Object.keys(value).length === 0) return undefined;
      const key = random.pick(Object.keys(value));
      const { [key]: moved, ...rest } = value;
      return { value: { ...rest, [`${key.slice(0, -1)}${key.at(-1)}x`]: moved ?? null }, note: key };
    },
  },
  {
    name: 'wrong type',
    change({ value }, random) {
      const others: Json[] = ['text', 5, true, [], {}, ['a'], { a: 'b' }].filter(
        (v) => typeOf(v) !== typeOf(value),
      );
      return noted(random.pick(others));
    },
  },
  { name: 'removed', change: () => ({ value: undefined }) },
  {
    name: 'removed',
    change: ({ path }) => (typeof path.at(-1) === 'string' ? { value: undefined } : undefined),
  },
  ...[0, 1, 2].map(
    (): Mutation => ({
      name: 'other text',
      change: ({ value }, random) => (typeof value === 'string' ? noted(random.pick(JUNK_TEXTS)) : undefined),
    }),
  ),
  ...[0, 1].map(
    (): Mutation => ({
      name: 'other number',
      change: ({ value }, random) =>
        typeof value === 'number' ? noted(random.pick(JUNK_NUMBERS)) : undefined,
    }),
  ),
  {
    name: 'flipped',
    change: ({ value }) => (typeof value === 'boolean' ? noted(!value) : undefined),
  },
  {
    name: 'other scalar',
    change: ({ schema }, random) =>
      schema?.['x-kubernetes-int-or-string'] || schema?.oneOf !== undefined
        ? noted(random.pick(['abc', '200%', '-5%', -1, '5', 'http', '1e400', '-1', 1.5]))
        : undefined,
  },
  {
    name: 'duplicate item',
    change: ({ value }, random) =>
      Array.isArray(value) && value.length > 0
        ? { value: [...value, random.pick(value as Json[])] }
        : undefined,
  },
  {
    name: 'emptied',
    change: ({ value }) =>
      Array.isArray(value) ? { value: [] } : isObject(value) ? { value: {} } : undefined,
  },
  {
    name: 'added key',
    change: ({ value, path }, random) =>
      isObject(value) &&
      /^(labels|annotations|matchLabels|nodeSelector|data|limits|requests|hard|selector)$/.test(
        String(path.at(-1)),
      )
        ? {
            value: {
              ...value,
              [random.pick(JUNK_KEYS)]: random.pick(['ok', 'not ok!', '-', '1', 'x'.repeat(64)]),
            },
          }
        : undefined,
  },
  ...[0, 1].map(
    (): Mutation => ({
      name: 'added field',
      change({ value, schema }, random, values) {
        if (!isObject(value) || schema?.properties === undefined) return undefined;
        const absent = Object.keys(schema.properties).filter(
          (key) => !Object.hasOwn(value, key) && !SERVER_FIELDS.has(key),
        );
        if (absent.length === 0) return undefined;
        const key = random.pick(absent);
        const made = values.value(schema.properties[key] ?? {}, 4);
        return { value: { ...value, [key]: made }, note: `${key}=${JSON.stringify(made).slice(0, 60)}` };
      },
    }),
  ),
  { name: 'null', change: (_, random) => (random.chance(0.4) ? { value: null } : undefined) },
];

function typeOf(value: Json | undefined): string {
  return Array.isArray(value) ? 'array' : value === null ? 'null' : typeof value;
}

function* walk(
  value: Json,
  given: StructuralSchema | undefined,
  path: readonly Step[],
  values: SchemaValues,
): Generator<Spot> {
  const schema = given === undefined ? undefined : values.deref(given);
  yield { path, value, schema };
  if (Array.isArray(value)) {
    for (const [i, item] of value.entries()) yield* walk(item as Json, schema?.items, [...path, i], values);
  } else if (isObject(value)) {
    const more = schema?.additionalProperties;
    for (const [key, item] of Object.entries(value)) {
      const child = schema?.properties?.[key] ?? (typeof more === 'object' ? more : undefined);
      yield* walk(item as Json, child, [...path, key], values);
    }
  }
}

function setAt(value: Json, path: readonly Step[], to: Json | undefined): Json {
  const [step, ...rest] = path;
  if (step === undefined) return to ?? null;
  if (Array.isArray(value)) {
    const list = [...value] as Json[];
    if (rest.length === 0 && to === undefined) list.splice(Number(step), 1);
    else list[Number(step)] = setAt(list[Number(step)] ?? null, rest, to);
    return list;
  }
  const object: Record<string, Json> = { ...(value as JsonObject) };
  if (rest.length === 0 && to === undefined) delete object[step];
  else object[step] = setAt(object[step] ?? null, rest, to);
  return object;
}
