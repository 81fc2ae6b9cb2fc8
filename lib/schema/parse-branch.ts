import { equalJson, isObject, type JsonObject } from '../internal/json.ts';
import type { ConfigSchema, MutableSchema } from './config-schema-types.ts';
import { ANNOTATIONS, CONDITIONS, KEYWORDS, UNSUPPORTED } from './keywords.ts';
import { inside, MAX_SCHEMA_NODES, type ParseContext, type Place, refuse, resolve } from './parse-context.ts';
import { parseLimits } from './parse-limits.ts';

/** Conditions of a node, judged against what the node itself declares. */
export function parseConditions(
  raw: JsonObject,
  node: ConfigSchema,
  at: Place,
  ctx: ParseContext,
  always: boolean,
  out: MutableSchema,
): void {
  const found = CONDITIONS.filter((key) => raw[key] !== undefined);
  if (found.length === 0) return;
  if (node.nullable || node.type === undefined) {
    refuse(
      ctx,
      `${at.path}.${found[0]}`,
      'a condition on a value that may be null or of several types: Kubernetes skips it for null',
      'drop null, or the condition',
    );
    return;
  }
  for (const key of ['allOf', 'anyOf', 'oneOf'] as const) {
    const list = raw[key];
    if (list === undefined) continue;
    if (!Array.isArray(list) || list.length === 0) {
      refuse(ctx, `${at.path}.${key}`, `${key} must be a list of schemas`, 'list at least one');
      continue;
    }
    out[key] = list.map((item, i) =>
      parseBranch(item, node, inside(at, key, i), ctx, always && key === 'allOf'),
    );
  }
  if (raw.not !== undefined) out.not = parseBranch(raw.not, node, inside(at, 'not'), ctx, false);
  parseIf(raw, node, at, ctx, out);
  const extra = parseDependencies(raw, node, at, ctx);
  if (extra.length > 0) out.allOf = [...(out.allOf ?? []), ...extra];
}

function parseIf(
  raw: JsonObject,
  node: ConfigSchema,
  at: Place,
  ctx: ParseContext,
  out: MutableSchema,
): void {
  if (raw.if === undefined) {
    const alone = ['then', 'else'].find((key) => raw[key] !== undefined);
    if (alone !== undefined)
      refuse(ctx, `${at.path}.${alone}`, `"${alone}" without "if" does nothing`, 'add if');
    return;
  }
  if (raw.then === undefined && raw.else === undefined) {
    refuse(ctx, `${at.path}.if`, '"if" without "then" or "else" does nothing', 'add then or else');
    return;
  }
  for (const key of ['if', 'then', 'else'] as const) {
    if (raw[key] !== undefined) out[key] = parseBranch(raw[key], node, inside(at, key), ctx, false);
  }
}

/** `dependencies`, `dependentRequired` and `dependentSchemas`, each as if/then. */
function parseDependencies(
  raw: JsonObject,
  node: ConfigSchema,
  at: Place,
  ctx: ParseContext,
): ConfigSchema[] {
  const out: ConfigSchema[] = [];
  for (const keyword of ['dependencies', 'dependentRequired', 'dependentSchemas'] as const) {
    const map = raw[keyword];
    if (map === undefined) continue;
    if (!isObject(map) || node.type !== 'object') {
      refuse(
        ctx,
        `${at.path}.${keyword}`,
        `${keyword} must be an object on an object schema`,
        'write {name: [names]}',
      );
      continue;
    }
    for (const [name, needs] of Object.entries(map)) {
      const place = inside(at, keyword, name);
      const required = requiredNames([name], node, place, ctx);
      const consequence = Array.isArray(needs)
        ? { required: requiredNames(needs, node, place, ctx) }
        : parseBranch(needs, node, place, ctx, false);
      // biome-ignore lint/suspicious/noThenProperty: the JSON Schema keyword, in data that is never awaited
      out.push({ if: { required }, then: consequence });
    }
  }
  return out;
}

/** Checks a `required` list: strings, once each, each a declared property unless the object takes any key. */
export function requiredNames(list: unknown, node: ConfigSchema, at: Place, ctx: ParseContext): string[] {
  if (
    !Array.isArray(list) ||
    !list.every((name) => typeof name === 'string') ||
    new Set(list).size < list.length
  ) {
    refuse(ctx, at.path, 'required must list property names, once each', 'correct the list');
    return [];
  }
  if (node.additionalProperties === false) {
    for (const name of list) {
      if (!Object.hasOwn(node.properties ?? {}, name)) {
        refuse(
          ctx,
          at.path,
          `required key "${name}" has no property`,
          `declare "${name}" under properties, or leave it out of required`,
        );
      }
    }
  }
  return list;
}

const ON_NODE_ONLY: ReadonlySet<string> = new Set(['default', 'nullable', 'uniqueItems']);

/** One subschema of a condition: constraints only. */
function parseBranch(
  raw: unknown,
  node: ConfigSchema,
  at: Place,
  ctx: ParseContext,
  always: boolean,
): ConfigSchema {
  const found = resolve(raw, at, ctx);
  ctx.nodes += 1;
  if (found === undefined || ctx.nodes > MAX_SCHEMA_NODES) return {};
  const out: MutableSchema = {};
  checkBranchKeywords(found.raw, node, found.at, ctx, always);
  parseLimits(found.raw, node.type, found.at, ctx, out, true);
  if (node.type === 'object') parseObjectBranch(found.raw, node, found.at, ctx, always, out);
  if (found.raw.items !== undefined && node.items !== undefined) {
    out.items = parseBranch(found.raw.items, node.items, inside(found.at, 'items'), ctx, always);
  }
  parseConditions(found.raw, node, found.at, ctx, always, out);
  return out;
}

function checkBranchKeywords(
  raw: JsonObject,
  node: ConfigSchema,
  at: Place,
  ctx: ParseContext,
  always: boolean,
): void {
  const type = node.type;
  const structural = new Set(KEYWORDS[type ?? 'any']);
  for (const key of Object.keys(raw)) {
    const path = `${at.path}.${key}`;
    const remedy = UNSUPPORTED.get(key);
    if (remedy !== undefined) refuse(ctx, path, `"${key}" cannot be held by Kubernetes`, remedy);
    else if (ON_NODE_ONLY.has(key) || key.startsWith('x-kubernetes-')) {
      // An allOf part whose property was taken over whole says the same as the property itself.
      const same = always && equalJson(raw[key], (node as Readonly<Record<string, unknown>>)[key]);
      if (!same)
        refuse(
          ctx,
          path,
          `"${key}" inside a condition has no effect in Kubernetes`,
          'move it to the property itself',
        );
    } else if (key === 'type' && raw.type !== type) {
      refuse(
        ctx,
        path,
        `type ${JSON.stringify(raw.type)} in a condition differs from type ${type === undefined ? 'of several kinds' : `"${type}"`} of the value`,
        'a value has one type; use two properties',
      );
    } else if (
      !structural.has(key) &&
      !KEYWORDS.any?.includes(key) &&
      !CONDITIONS.includes(key) &&
      !ANNOTATIONS.has(key) &&
      !key.startsWith('x-')
    ) {
      refuse(ctx, path, `"${key}" does not apply to type ${type ?? 'any'}`, 'remove it, or correct the type');
    }
  }
}

function parseObjectBranch(
  raw: JsonObject,
  node: ConfigSchema,
  at: Place,
  ctx: ParseContext,
  always: boolean,
  out: MutableSchema,
): void {
  const own = isObject(raw.properties) ? Object.entries(raw.properties) : [];
  const properties: [string, ConfigSchema][] = [];
  for (const [name, value] of own) {
    const target = Object.hasOwn(node.properties ?? {}, name) ? node.properties?.[name] : undefined;
    const place = inside(at, 'properties', name);
    if (target === undefined) {
      if (typeof node.additionalProperties === 'object') {
        refuse(
          ctx,
          place.path,
          `a condition on the key "${name}" of a map`,
          'declare the property instead of a map',
        );
      }
      continue;
    }
    const parsed = parseBranch(value, target, place, ctx, always);
    if (Object.keys(parsed).length > 0) properties.push([name, parsed]);
  }
  if (properties.length > 0) out.properties = Object.fromEntries(properties);
  if (raw.required !== undefined)
    out.required = requiredNames(raw.required, node, inside(at, 'required'), ctx);
  if ((out.minProperties ?? out.maxProperties) !== undefined && node.properties !== undefined) {
    refuse(
      ctx,
      at.path,
      'minProperties and maxProperties count keys before defaults are applied',
      'use required',
    );
  }
  closeBranch(
    raw,
    node,
    own.map(([name]) => name),
    at,
    ctx,
    out,
  );
}

/** `additionalProperties: false` in a condition: none of the node's other properties. */
function closeBranch(
  raw: JsonObject,
  node: ConfigSchema,
  own: readonly string[],
  at: Place,
  ctx: ParseContext,
  out: MutableSchema,
): void {
  const more = raw.additionalProperties;
  if (more === undefined || more === true) return;
  const path = `${at.path}.additionalProperties`;
  if (more !== false || node.additionalProperties !== false) {
    refuse(
      ctx,
      path,
      'additionalProperties inside a condition cannot be held by Kubernetes',
      'move it to the object itself',
    );
    return;
  }
  const others = Object.keys(node.properties ?? {}).filter((name) => !own.includes(name));
  if (others.length === 0) return;
  out.allOf = [...(out.allOf ?? []), ...others.map((name) => ({ not: { required: [name] } }))];
}
