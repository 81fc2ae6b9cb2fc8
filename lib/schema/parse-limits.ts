import { isObject, type JsonObject } from '../internal/json.ts';
import type { ConfigType, MutableSchema } from './config-schema-types.ts';
import { CONFIG_FORMATS, NUMERIC_FORMATS } from './formats.ts';
import { type ParseContext, type Place, refuse, warn } from './parse-context.ts';
import { translatePattern } from './pattern.ts';

const COUNTS = ['minLength', 'maxLength', 'minItems', 'maxItems', 'minProperties', 'maxProperties'] as const;
const BOUNDS = ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum'] as const;
const MAX_ENUM = 200; // values

/** What stands on both nodes and conditions: enum, const, pattern, format, bounds and counts. */
export function parseLimits(
  raw: JsonObject,
  type: ConfigType | undefined,
  at: Place,
  ctx: ParseContext,
  out: MutableSchema,
  condition: boolean,
): void {
  parseEnum(raw, type, at, ctx, out);
  parsePattern(raw, at, ctx, out);
  parseFormat(raw, type, at, ctx, out);
  for (const key of COUNTS) {
    const value = raw[key];
    if (value === undefined) continue;
    if (Number.isSafeInteger(value) && (value as number) >= 0) out[key] = value as number;
    else refuse(ctx, `${at.path}.${key}`, `${key} must be a whole number from 0`, 'correct it');
  }
  parseBounds(raw, type, at, ctx, out, condition);
  checkOrder(at, ctx, out);
}

function parseEnum(
  raw: JsonObject,
  type: ConfigType | undefined,
  at: Place,
  ctx: ParseContext,
  out: MutableSchema,
): void {
  const key = raw.const !== undefined ? 'const' : 'enum';
  if (raw[key] === undefined) return;
  const path = `${at.path}.${key}`;
  const values = key === 'const' ? [raw.const] : raw.enum;
  if (!Array.isArray(values) || values.length === 0 || values.length > MAX_ENUM) {
    refuse(ctx, path, `enum must list 1 to ${MAX_ENUM} values`, 'list the allowed values');
    return;
  }
  if (values.some((v) => v === null)) {
    refuse(
      ctx,
      path,
      'null as an allowed value: Kubernetes never matches null against an enum',
      'leave the property out instead of setting null',
    );
    return;
  }
  if (type === 'number') {
    refuse(
      ctx,
      path,
      'enum of type number: Kubernetes cuts 1.5 to 1 when it compares',
      'use type integer, or strings',
    );
    return;
  }
  if (values.some((v) => !fits(v, type))) {
    refuse(
      ctx,
      path,
      `every allowed value must be a ${type ?? 'scalar'}`,
      'correct the values, or the type; objects and arrays cannot be listed',
    );
    return;
  }
  if (new Set(values).size !== values.length) refuse(ctx, path, 'a value is listed twice', 'list it once');
  out.enum = values as (string | number | boolean)[];
}

function fits(value: unknown, type: ConfigType | undefined): boolean {
  if (type === 'integer') return Number.isSafeInteger(value);
  if (type === 'string' || type === 'boolean') return typeof value === type;
  return false;
}

function parsePattern(raw: JsonObject, at: Place, ctx: ParseContext, out: MutableSchema): void {
  const pattern = raw.pattern;
  if (pattern === undefined) return;
  const path = `${at.path}.pattern`;
  if (typeof pattern !== 'string') {
    refuse(ctx, path, 'pattern must be a string', 'write the regular expression as a string');
    return;
  }
  const translated = translatePattern(pattern);
  if (translated.ok) out.pattern = pattern;
  else refuse(ctx, path, translated.reason, translated.remedy);
}

const FORMAT_REMEDIES: ReadonlyMap<string, string> = new Map([
  ['duration', 'use pattern ^([0-9]+(ms|s|m|h))+$: JSON Schema means ISO 8601, Kubernetes means Go'],
  ['regex', 'leave it out'],
  ['time', 'use a pattern such as ^([01][0-9]|2[0-3]):[0-5][0-9]$'],
]);

function parseFormat(
  raw: JsonObject,
  type: ConfigType | undefined,
  at: Place,
  ctx: ParseContext,
  out: MutableSchema,
): void {
  const format = raw.format;
  if (format === undefined) return;
  const known = type === 'string' ? CONFIG_FORMATS : NUMERIC_FORMATS;
  if (typeof format !== 'string' || !known.has(format)) {
    const remedy =
      FORMAT_REMEDIES.get(String(format)) ??
      `use a pattern, or one of ${[...(type === 'string' ? CONFIG_FORMATS.keys() : NUMERIC_FORMATS)].join(', ')}`;
    refuse(
      ctx,
      `${at.path}.format`,
      `format ${JSON.stringify(format)} is not judged alike by editors and Kubernetes`,
      remedy,
    );
    return;
  }
  if (type === 'integer' && (format === 'float' || format === 'double')) {
    refuse(ctx, `${at.path}.format`, `format "${format}" belongs to type number`, 'use int32 or int64');
    return;
  }
  if (type === 'number' && (format === 'int32' || format === 'int64')) {
    refuse(ctx, `${at.path}.format`, `format "${format}" belongs to type integer`, 'set type: integer');
    return;
  }
  out.format = format;
}

function parseBounds(
  raw: JsonObject,
  type: ConfigType | undefined,
  at: Place,
  ctx: ParseContext,
  out: MutableSchema,
  condition: boolean,
): void {
  for (const key of BOUNDS) {
    const value = raw[key];
    if (value === undefined) continue;
    const path = `${at.path}.${key}`;
    if (typeof value === 'boolean') {
      refuse(ctx, path, `${key} is a boolean, as in draft 4`, 'write the bound itself as a number');
    } else if (typeof value !== 'number' || Math.abs(value) > Number.MAX_SAFE_INTEGER) {
      refuse(ctx, path, `${key} must be a number up to 2^53 - 1`, 'correct it');
    } else if (!Number.isInteger(value) && type === 'number' && condition) {
      refuse(
        ctx,
        path,
        'a fraction as bound inside a condition: Kubernetes cuts it to a whole number there',
        'move the bound to the property itself',
      );
    } else if (!Number.isInteger(value) && type === 'number' && at.occurrences > MAX_OCCURRENCES) {
      refuse(
        ctx,
        path,
        'a fraction as bound needs a CEL rule, whose cost is unbounded in lists without a limit',
        'add maxItems (maxProperties for maps) to the lists around it',
      );
    } else out[key] = type === 'integer' ? wholeBound(key, value) : value;
  }
  const multipleOf = raw.multipleOf;
  if (multipleOf === undefined) return;
  if (type === 'integer' && Number.isSafeInteger(multipleOf) && (multipleOf as number) > 0) {
    out.multipleOf = multipleOf as number;
  } else {
    refuse(
      ctx,
      `${at.path}.multipleOf`,
      'multipleOf of fractions: every reader rounds differently',
      'use type integer in a smaller unit (cents, milliseconds) and a whole multipleOf',
    );
  }
}

/** Places beyond which a CEL rule overruns the cost limit of kube-apiserver (10 million per rule). */
export const MAX_OCCURRENCES = 1_000_000;

/** An integer above 2.5 is one from 3: Kubernetes would cut the bound to 2. */
function wholeBound(key: (typeof BOUNDS)[number], value: number): number {
  if (Number.isInteger(value)) return value;
  if (key === 'minimum') return Math.ceil(value);
  if (key === 'maximum') return Math.floor(value);
  return key === 'exclusiveMinimum' ? Math.floor(value) : Math.ceil(value);
}

const PAIRS = [
  ['minLength', 'maxLength'],
  ['minItems', 'maxItems'],
  ['minProperties', 'maxProperties'],
  ['minimum', 'maximum'],
] as const;

function checkOrder(at: Place, ctx: ParseContext, out: MutableSchema): void {
  for (const [low, high] of PAIRS) {
    const min = out[low];
    const max = out[high];
    if (min !== undefined && max !== undefined && min > max) {
      refuse(
        ctx,
        `${at.path}.${low}`,
        `${low} ${min} is above ${high} ${max}: nothing can match`,
        'correct one of them',
      );
    }
  }
}

const HINTS: ReadonlySet<string> = new Set(['password', 'domain-picker', 'application-ref']);

/** Texts and form hints of a node. */
export function parseTexts(raw: JsonObject, at: Place, ctx: ParseContext, out: MutableSchema): void {
  for (const key of ['title', 'description'] as const) {
    const value = raw[key];
    if (value === undefined) continue;
    if (typeof value === 'string') out[key] = value;
    else refuse(ctx, `${at.path}.${key}`, `${key} must be a string`, 'quote it');
  }
  const hint = raw['x-catalyst-ui-hint'];
  if (hint !== undefined) {
    if (typeof hint === 'string' && HINTS.has(hint)) out['x-catalyst-ui-hint'] = hint;
    else
      refuse(
        ctx,
        `${at.path}.x-catalyst-ui-hint`,
        `unknown hint ${JSON.stringify(hint)}`,
        `use one of ${[...HINTS].join(', ')}`,
      );
  }
  const filter = raw['x-catalyst-ui-filter'];
  if (filter !== undefined) {
    if (isObject(filter) && hint === 'application-ref') out['x-catalyst-ui-filter'] = filter;
    else
      refuse(
        ctx,
        `${at.path}.x-catalyst-ui-filter`,
        'a filter belongs to the hint application-ref',
        'set x-catalyst-ui-hint: application-ref and write the filter as an object',
      );
  }
  if (hint === 'password' && (raw.default !== undefined || raw.const !== undefined)) {
    refuse(
      ctx,
      `${at.path}.default`,
      'a password with a default is the same everywhere',
      'leave the default out and take the secret from an ExternalSecret',
    );
  }
}

const FORM_SHOWS: ReadonlySet<string> = new Set([
  'type',
  'title',
  'description',
  'format',
  'default',
  'enum',
  'const',
  'minimum',
  'maximum',
  'required',
  'properties',
  'additionalProperties',
  'items',
  'oneOf',
  'anyOf',
  'dependencies',
  'dependentRequired',
  'dependentSchemas',
  '$ref',
  'nullable',
  '$schema',
  '$comment',
  '$defs',
  'definitions',
  'examples',
  'example',
  'deprecated',
  'readOnly',
  'writeOnly',
  'x-catalyst-ui-hint',
  'x-catalyst-ui-filter',
]);

/** Keywords that the console's form has no widget for: they still count, but only after the user has sent the form. */
export function warnForm(raw: JsonObject, at: Place, ctx: ParseContext): void {
  for (const key of Object.keys(raw)) {
    if (!FORM_SHOWS.has(key))
      warn(ctx, `${at.path}.${key}`, `the form cannot show "${key}"`, 'say it in the description');
  }
  if (isObject(raw.additionalProperties)) {
    warn(
      ctx,
      `${at.path}.additionalProperties`,
      'the form cannot show a map',
      'name the properties if they are known',
    );
  }
}
