import { isObject, type Json, type JsonObject } from '../internal/json.ts';
import type { ConfigSchema, ConfigType, MutableSchema } from './config-schema-types.ts';
import { didYouMean } from './did-you-mean.ts';
import { type Hoisted, hoist, inferType } from './hoist.ts';
import { ANNOTATIONS, CONDITIONS, KEYWORDS, UNSUPPORTED } from './keywords.ts';
import { parseConditions, requiredNames } from './parse-branch.ts';
import { exhausted, inside, type ParseContext, type Place, refuse, resolve, warn } from './parse-context.ts';
import { MAX_OCCURRENCES, parseLimits, parseTexts, warnForm } from './parse-limits.ts';

const TYPES: ReadonlySet<unknown> = new Set(['object', 'array', 'string', 'integer', 'number', 'boolean']);
const MAX_NAME_LENGTH = 128; // characters of a property name
const MAX_PROPERTIES = 200; // of one object

/** Parses a schema that declares a value: its type, its limits, what is under it and its conditions. */
export function parseNode(value: unknown, place: Place, ctx: ParseContext): ConfigSchema {
  ctx.nodes += 1;
  if (exhausted(ctx)) return {};
  const found = resolve(value, place, ctx);
  if (found === undefined) return {};
  const { raw, at } = found;
  const out: MutableSchema = {};
  warnForm(raw, at, ctx);
  parseTexts(raw, at, ctx, out);
  if (raw.default !== undefined) out.default = raw.default;
  if (isIntOrString(raw)) return parseIntOrString(raw, at, ctx, out);
  if (raw.type === undefined && isOpen(raw)) return parseAny(raw, at, ctx, out);
  parseType(raw, at, ctx, out);
  checkKeywords(raw, out.type, at, ctx);
  if (out.type === undefined) return out;
  parseLimits(raw, out.type, at, ctx, out, false);
  if (out.nullable && out.enum !== undefined) {
    refuse(
      ctx,
      `${at.path}.enum`,
      'an enum beside null: Kubernetes never matches null against an enum',
      'leave the property out instead of setting null',
    );
  }
  const hoisted = hoist(raw, at, ctx);
  if (out.type === 'array') parseArray(raw, hoisted, at, ctx, out);
  if (out.type === 'object') parseObject(raw, hoisted, at, ctx, out);
  parseConditions(raw, { ...out }, at, ctx, true, out);
  return out;
}

function isOpen(raw: JsonObject): boolean {
  return raw['x-kubernetes-preserve-unknown-fields'] === true;
}

function isIntOrString(raw: JsonObject): boolean {
  return raw['x-kubernetes-int-or-string'] === true;
}

function parseIntOrString(raw: JsonObject, at: Place, ctx: ParseContext, out: MutableSchema): ConfigSchema {
  for (const key of Object.keys(raw)) {
    if (
      !ANNOTATIONS.has(key) &&
      !['x-kubernetes-int-or-string', 'title', 'description', 'default'].includes(key)
    ) {
      refuse(
        ctx,
        `${at.path}.${key}`,
        `"${key}" beside x-kubernetes-int-or-string`,
        'use one type if the value has further rules',
      );
    }
  }
  out['x-kubernetes-int-or-string'] = true;
  return out;
}

/** Any JSON at all: `x-kubernetes-preserve-unknown-fields: true` without a type. */
function parseAny(raw: JsonObject, at: Place, ctx: ParseContext, out: MutableSchema): ConfigSchema {
  for (const key of Object.keys(raw)) {
    if (
      !ANNOTATIONS.has(key) &&
      !['x-kubernetes-preserve-unknown-fields', 'title', 'description', 'default'].includes(key)
    ) {
      refuse(
        ctx,
        `${at.path}.${key}`,
        `"${key}" on a value of any type`,
        'set type: object beside x-kubernetes-preserve-unknown-fields',
      );
    }
  }
  out['x-kubernetes-preserve-unknown-fields'] = true;
  return out;
}

function parseType(raw: JsonObject, at: Place, ctx: ParseContext, out: MutableSchema): void {
  let type: unknown = raw.type ?? inferType(raw);
  if (Array.isArray(type)) {
    const rest = type.filter((t) => t !== 'null');
    if (rest.length === 1 && rest.length < type.length) {
      out.nullable = true;
      type = rest[0];
    }
  }
  if (raw.nullable === true) out.nullable = true;
  else if (raw.nullable !== undefined && raw.nullable !== false) {
    refuse(ctx, `${at.path}.nullable`, 'nullable must be true or false', 'correct it');
  }
  if (TYPES.has(type)) out.type = type as ConfigType;
  else if (Array.isArray(type)) {
    refuse(
      ctx,
      `${at.path}.type`,
      'a value of several types cannot be held by Kubernetes',
      'choose one type (with "null" at most), or x-kubernetes-int-or-string: true',
    );
  } else if (type === undefined) {
    refuse(ctx, at.path, 'the schema has no type', `set type to one of ${[...TYPES].join(', ')}`);
  } else {
    refuse(
      ctx,
      `${at.path}.type`,
      `unknown type ${JSON.stringify(type)}`,
      `use one of ${[...TYPES].join(', ')}`,
    );
  }
}

function checkKeywords(raw: JsonObject, type: ConfigType | undefined, at: Place, ctx: ParseContext): void {
  const allowed = [
    ...(KEYWORDS.any ?? []),
    ...CONDITIONS,
    ...(type === undefined ? [] : (KEYWORDS[type] ?? [])),
  ];
  const elsewhere = new Set(Object.values(KEYWORDS).flat());
  for (const key of Object.keys(raw)) {
    const path = `${at.path}.${key}`;
    const remedy = UNSUPPORTED.get(key);
    if (remedy !== undefined) refuse(ctx, path, `"${key}" cannot be held by Kubernetes`, remedy);
    else if (allowed.includes(key) || ANNOTATIONS.has(key)) continue;
    else if (elsewhere.has(key) && type === undefined)
      continue; // the missing type is the finding
    else if (elsewhere.has(key))
      refuse(ctx, path, `"${key}" does not apply to type ${type}`, 'remove it, or correct the type');
    else if (key.startsWith('x-') && !/^x-(?:kubernetes|catalyst)-/.test(key)) {
      warn(ctx, path, `"${key}" is not known here and changes nothing`);
    } else {
      const near = didYouMean(key, [...allowed, ...ANNOTATIONS]);
      refuse(
        ctx,
        path,
        `unknown keyword "${key}"`,
        near === undefined ? 'remove it' : `did you mean "${near}"?`,
      );
    }
  }
}

function parseArray(
  raw: JsonObject,
  hoisted: Hoisted,
  at: Place,
  ctx: ParseContext,
  out: MutableSchema,
): void {
  const path = `${at.path}.items`;
  if (Array.isArray(raw.items)) {
    refuse(
      ctx,
      path,
      'a list with one schema per position (tuple) cannot be held by Kubernetes',
      'use one schema for all items, or an object',
    );
    return;
  }
  if (hoisted.items === undefined) {
    refuse(ctx, path, 'a list needs a schema for its items', 'add items');
    return;
  }
  const occurrences = at.occurrences * (out.maxItems ?? MAX_OCCURRENCES);
  out.items = parseNode(hoisted.items.raw, { ...hoisted.items.at, occurrences }, ctx);
  parseListType(raw, at, ctx, out);
}

function parseListType(raw: JsonObject, at: Place, ctx: ParseContext, out: MutableSchema): void {
  const listType = raw['x-kubernetes-list-type'];
  if (listType !== undefined && listType !== 'atomic' && listType !== 'set') {
    refuse(
      ctx,
      `${at.path}.x-kubernetes-list-type`,
      `list type ${JSON.stringify(listType)} has rules that JSON Schema cannot say`,
      'use uniqueItems, or a map (additionalProperties) keyed by name',
    );
    return;
  }
  const unique = raw.uniqueItems;
  if (unique !== undefined && typeof unique !== 'boolean') {
    refuse(ctx, `${at.path}.uniqueItems`, 'uniqueItems must be true or false', 'correct it');
  }
  if (listType === 'atomic') out['x-kubernetes-list-type'] = 'atomic';
  if (unique !== true && listType !== 'set') return;
  const items = out.items;
  if (listType === 'atomic' || items?.nullable || ['object', 'array', undefined].includes(items?.type)) {
    refuse(
      ctx,
      `${at.path}.uniqueItems`,
      'uniqueItems needs plain values (string, integer, number, boolean)',
      'use a map (additionalProperties) keyed by name: its keys are unique',
    );
    return;
  }
  out.uniqueItems = true;
}

function parseObject(
  raw: JsonObject,
  hoisted: Hoisted,
  at: Place,
  ctx: ParseContext,
  out: MutableSchema,
): void {
  parseAdditional(raw, hoisted.properties.size, at, ctx, out);
  if (raw.properties !== undefined && !isObject(raw.properties)) {
    refuse(ctx, `${at.path}.properties`, 'properties must be an object', 'write {name: schema}');
  }
  checkNames([...hoisted.properties.keys()], at, ctx);
  const entries: [string, ConfigSchema][] = [];
  for (const [name, found] of hoisted.properties) {
    if (entries.length >= MAX_PROPERTIES) break;
    entries.push([name, parseNode(found.raw, { ...found.at, occurrences: at.occurrences }, ctx)]);
  }
  if (entries.length > 0) out.properties = Object.fromEntries(entries);
  if (raw.required !== undefined) {
    out.required = requiredNames(raw.required, out, inside(at, 'required'), ctx);
  }
  if (entries.length > 0 && (out.minProperties ?? out.maxProperties) !== undefined) {
    refuse(
      ctx,
      `${at.path}.${out.minProperties === undefined ? 'maxProperties' : 'minProperties'}`,
      'minProperties and maxProperties count keys before defaults are applied',
      'use required, or a map without properties',
    );
  }
  const mapType = raw['x-kubernetes-map-type'];
  if (mapType === 'atomic' || mapType === 'granular') out['x-kubernetes-map-type'] = mapType;
  else if (mapType !== undefined) {
    refuse(
      ctx,
      `${at.path}.x-kubernetes-map-type`,
      `unknown map type ${JSON.stringify(mapType)}`,
      'use atomic or granular',
    );
  }
}

function parseAdditional(
  raw: JsonObject,
  properties: number,
  at: Place,
  ctx: ParseContext,
  out: MutableSchema,
): void {
  const more: Json | undefined = isOpen(raw) ? true : raw.additionalProperties;
  const path = `${at.path}.additionalProperties`;
  if (more === undefined || more === false) {
    out.additionalProperties = false;
    // At the root it says that there is nothing to configure.
    if (properties === 0 && at.path !== '$') {
      refuse(
        ctx,
        at.path,
        'an object without properties accepts nothing',
        'declare properties, or set additionalProperties to a schema (a map) or to true',
      );
    }
    return;
  }
  if (more === true || (isObject(more) && Object.keys(more).length === 0)) {
    out.additionalProperties = true;
    return;
  }
  if (properties > 0) {
    refuse(
      ctx,
      path,
      'properties and a schema in additionalProperties exclude each other in Kubernetes',
      'move the free keys into a property of their own, such as extra',
    );
    out.additionalProperties = false;
    return;
  }
  const occurrences = at.occurrences * (out.maxProperties ?? MAX_OCCURRENCES);
  out.additionalProperties = parseNode(more, { ...inside(at, 'additionalProperties'), occurrences }, ctx);
}

function checkNames(names: readonly string[], at: Place, ctx: ParseContext): void {
  if (names.length > MAX_PROPERTIES) {
    refuse(
      ctx,
      `${at.path}.properties`,
      `more than ${MAX_PROPERTIES} properties in one object`,
      'group them into objects',
    );
  }
  const seen = new Map<string, string>();
  for (const name of names) {
    const path = inside(at, 'properties', name).path;
    if (name === '__proto__') {
      refuse(ctx, path, 'property "__proto__" is not a safe name', 'choose another name');
    } else if (name === '' || name.length > MAX_NAME_LENGTH || /[\p{C}\p{Z}]/u.test(name)) {
      refuse(
        ctx,
        path,
        `property ${JSON.stringify(name.slice(0, 40))} is not a usable name`,
        `use 1 to ${MAX_NAME_LENGTH} visible characters`,
      );
    }
    const twin = seen.get(name.toLowerCase());
    if (twin !== undefined) {
      refuse(ctx, path, `property "${name}" differs from "${twin}" only in case`, 'rename one of them');
    }
    seen.set(name.toLowerCase(), name);
  }
}
