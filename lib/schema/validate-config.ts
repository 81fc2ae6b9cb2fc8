import { createRequire } from 'node:module';
import type { Ajv, AnySchemaObject, ErrorObject, ValidateFunction } from 'ajv';
import { type Issue, ToolkitError } from '../errors.ts';
import { ajvIssues } from './ajv-issues.ts';
import { type AjvSchema, toAjvSchema } from './ajv-schema.ts';
import type { ConfigSchema } from './config-schema-types.ts';
import { matchesConfigFormat } from './formats.ts';
import { holds } from './holds.ts';
import { type ConfigLayers, toInputSchema } from './input-schema.ts';
import { testRe2, translatePattern } from './pattern.ts';

/** Judges one config; an empty list means valid. */
export type ConfigValidator = (value: unknown) => Issue[];

export interface CompileConfigOptions extends ConfigLayers {
  /** What the config is called in the findings. @default "spec.config" */
  readonly path?: string;
  /** Judge what a user writes, before defaults are applied. @default false: the config with its defaults */
  readonly input?: boolean;
  /** How many values are judged before the schema is compiled. @default 8: a run of one XR asks less often */
  readonly uncompiledCalls?: number;
}

const UNCOMPILED_CALLS = 8; // compiling costs a run of one XR most of its time

/**
 * A validator for configs of a parsed schema. ajv is loaded and the schema compiled once: for the first value that
 * breaks the schema, or when a host asks again and again.
 * Unknown keys are findings unless the schema opens the object; at most 100 findings.
 */
export function compileConfig(schema: ConfigSchema, options: CompileConfigOptions = {}): ConfigValidator {
  const path = options.path ?? 'spec.config';
  let judged: ConfigSchema | undefined;
  let validate: ValidateFunction | undefined;
  let left = options.uncompiledCalls ?? UNCOMPILED_CALLS;
  return (value) => {
    judged ??= options.input ? toInputSchema(schema, options) : schema;
    const depth = tooDeep(value);
    if (depth !== undefined) return [{ path, message: depth }];
    if (left-- > 0 && holds(judged, value)) return [];
    validate ??= compile(judged);
    if (validate(value) === true) return [];
    return ajvIssues((validate.errors ?? []) as ErrorObject[], path);
  };
}

const MAX_DEPTH = 64; // levels

/** Deep or non-JSON values never reach the generated code. */
function tooDeep(value: unknown, depth = 0): string | undefined {
  if (depth > MAX_DEPTH) return `is nested deeper than ${MAX_DEPTH} levels`;
  if (typeof value === 'number' && !Number.isFinite(value)) return 'holds a number that is not JSON';
  if (value === null || typeof value !== 'object') return undefined;
  for (const item of Object.values(value)) {
    const found = tooDeep(item, depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

/**
 * ajv, on the first use: importing a Blueprint must not cost the 40 ms that it takes to load. A bundler sees the
 * plain `require` and packs ajv; Node itself has none in a module.
 */
function loadAjv(): { Ajv: typeof Ajv } {
  const loaded: unknown =
    typeof require === 'function' ? require('ajv') : createRequire(import.meta.url)('ajv');
  return loaded as { Ajv: typeof Ajv };
}

function compile(schema: ConfigSchema): ValidateFunction {
  const { Ajv: AjvClass } = loadAjv();
  const ajv = new AjvClass({
    allErrors: true,
    strict: true,
    strictTypes: false,
    strictRequired: false,
    validateFormats: false,
    ownProperties: true,
    addUsedSchema: false,
    messages: true,
    verbose: true,
  });
  ajv.addKeyword({
    keyword: 'x-re2',
    schemaType: 'string',
    type: 'string',
    validate: (pattern: string, text: string) => testRe2(pattern, text) === true,
    error: { message: 'pattern' },
  });
  ajv.addKeyword({
    keyword: 'x-format',
    schemaType: 'string',
    type: 'string',
    validate: (format: string, text: string) => matchesConfigFormat(format, text),
    error: { message: 'format' },
  });
  try {
    return ajv.compile(toAjvSchema(schema, translated) as AnySchemaObject);
  } catch (cause) {
    throw new ToolkitError('schema', 'Cannot compile config schema: it was not checked before', {
      cause,
      remedy: 'pass what loadConfigSchema returns',
    });
  }
}

function translated(pattern: string): string {
  const found = translatePattern(pattern);
  return found.ok ? found.pattern : pattern;
}

export type { AjvSchema };
