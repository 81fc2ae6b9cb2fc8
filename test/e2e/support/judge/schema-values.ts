import { canonicalJson, isObject, type Json, type JsonObject } from '../../../../lib/internal/json.ts';
import type { Random } from '../../../../lib/prove/random.ts';
import { sampleText } from '../../../../lib/prove/text-sample.ts';
import type { StructuralSchema } from '../../../../lib/schema/index.ts';

const MAX_DEPTH = 9; // levels below which only what is required is written
const TEXTS = ['alpha', 'beta-2', 'gamma', 'https://example.com/x', '10m', '5Gi', 'a.b.c'];
const BY_FORMAT: ReadonlyMap<string, readonly string[]> = new Map([
  ['duration', ['1h', '30s', '5m']],
  ['date-time', ['2024-05-06T07:08:09Z']],
  ['byte', ['aGVsbG8=']],
  ['uri', ['https://example.com/a']],
  ['ipv4', ['10.0.0.1']],
  ['ipv6', ['::1']],
  ['cidr', ['10.0.0.0/8']],
  ['hostname', ['example.com']],
]);

/** Values of structural schemas, as far as these tell what is valid: CEL may refuse them still. */
export class SchemaValues {
  readonly #random: Random;
  readonly #resolve: (name: string) => StructuralSchema | undefined;
  /** How likely an optional field is written. */
  readonly #density: number;

  constructor(random: Random, density: number, resolve: (name: string) => StructuralSchema | undefined) {
    this.#random = random;
    this.#density = density;
    this.#resolve = resolve;
  }

  value(given: StructuralSchema, depth = 0): Json {
    const schema = this.deref(given);
    const random = this.#random;
    if (schema.enum !== undefined && schema.enum.length > 0) return random.pick(schema.enum);
    if (schema['x-kubernetes-int-or-string']) return this.#intOrString(schema);
    switch (schema.type) {
      case 'boolean':
        return random.chance(0.5);
      case 'integer':
      case 'number':
        return this.#number(schema);
      case 'string':
        return this.#text(schema);
      case 'array':
        return this.#list(schema, depth);
      case 'object':
        return this.object(schema, depth);
      default:
        return schema.properties === undefined ? 'text' : this.object(schema, depth);
    }
  }

  deref(schema: StructuralSchema): StructuralSchema {
    if (schema.$ref === undefined) return schema;
    const { $ref, ...beside } = schema;
    return { ...(this.#resolve($ref.replace('k8s:', '')) ?? {}), ...beside };
  }

  object(schema: StructuralSchema, depth: number): JsonObject {
    const out: Record<string, Json> = {};
    if (schema['x-kubernetes-embedded-resource']) {
      Object.assign(out, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'embedded' } });
    }
    const wanted = this.#wanted(schema);
    for (const [key, child] of Object.entries(schema.properties ?? {})) {
      if (Object.hasOwn(out, key)) continue;
      const optional = depth < MAX_DEPTH && this.#random.chance(this.#density);
      if (wanted.has(key) || optional) out[key] = this.value(child, depth + 1);
    }
    const more = schema.additionalProperties;
    if (typeof more === 'object' && (depth < MAX_DEPTH || (schema.minProperties ?? 0) > 0)) {
      const count = Math.max(schema.minProperties ?? 0, this.#random.below(3));
      for (let i = 0; i < count; i++) out[`key-${i}`] = this.value(more, depth + 1);
    }
    return out;
  }

  /** What is required, here or in one of the alternatives. */
  #wanted(schema: StructuralSchema): Set<string> {
    const wanted = new Set(schema.required ?? []);
    const branches = [schema.oneOf, schema.anyOf].filter((b) => b !== undefined && b.length > 0);
    for (const branch of branches) {
      for (const key of this.#random.pick(branch ?? []).required ?? []) wanted.add(key);
    }
    for (const part of schema.allOf ?? []) for (const key of this.#wanted(part)) wanted.add(key);
    const names = Object.keys(schema.properties ?? {});
    for (let i = 0; wanted.size < Math.min(schema.minProperties ?? 0, names.length) && i < 20; i++) {
      wanted.add(this.#random.pick(names));
    }
    return wanted;
  }

  #intOrString(schema: StructuralSchema): Json {
    const text = schema.pattern === undefined ? undefined : this.#text({ ...schema, type: 'string' });
    return text ?? this.#random.pick([1, 2, '50%', '100m']);
  }

  #number(schema: StructuralSchema): number {
    const low = (schema.minimum ?? 0) + (schema.exclusiveMinimum ? 1 : 0);
    const high = Math.max(low, (schema.maximum ?? low + 100) - (schema.exclusiveMaximum ? 1 : 0));
    const value = low + this.#random.below(Math.min(1000, Math.floor(high - low) + 1));
    return schema.multipleOf === undefined ? value : Math.ceil(value / schema.multipleOf) * schema.multipleOf;
  }

  #text(schema: StructuralSchema): string {
    const known = schema.format === undefined ? undefined : BY_FORMAT.get(schema.format);
    if (known !== undefined && schema.pattern === undefined) return this.#random.pick(known);
    const { pattern, minLength, maxLength } = schema;
    if (pattern !== undefined) {
      const text = sampleText({ type: 'string', ...keep({ pattern, minLength, maxLength }) }, this.#random);
      return text ?? '10m';
    }
    const fits = (text: string): boolean =>
      text.length >= (minLength ?? 0) && text.length <= (maxLength ?? 999);
    const texts = TEXTS.filter(fits);
    return texts.length > 0 ? this.#random.pick(texts) : 'a'.repeat(Math.max(minLength ?? 0, 1));
  }

  #list(schema: StructuralSchema, depth: number): Json {
    const least = schema.minItems ?? 0;
    const most = Math.max(least, Math.min(schema.maxItems ?? 2, 2));
    const count = depth > MAX_DEPTH ? least : least + this.#random.below(most - least + 1);
    const unique = schema['x-kubernetes-list-type'] === 'set' || schema['x-kubernetes-list-type'] === 'map';
    const items = Array.from({ length: count }, () => this.value(schema.items ?? {}, depth + 1));
    return unique ? this.#distinct(schema, items) : items;
  }

  #distinct(schema: StructuralSchema, items: readonly Json[]): readonly Json[] {
    const keys = schema['x-kubernetes-list-map-keys'];
    const seen = new Set<string>();
    return items.filter((item) => {
      const of = keys === undefined || !isObject(item) ? item : keys.map((key) => item[key] ?? null);
      const key = canonicalJson(of);
      return !seen.has(key) && seen.add(key);
    });
  }
}

function keep<T extends object>(values: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, v]) => v !== undefined)) as never;
}
