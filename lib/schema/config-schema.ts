import { formatIssues, type Issue, ToolkitError } from '../errors.ts';
import { isObject, type JsonObject } from '../internal/json.ts';
import { checkDefaults } from './check-defaults.ts';
import type { ConfigSchema } from './config-schema-types.ts';
import { exhausted, MAX_SCHEMA_BYTES, type ParseContext, refuse } from './parse-context.ts';
import { parseNode } from './parse-node.ts';

export type { ConfigSchema, ConfigType } from './config-schema-types.ts';

/** What {@link parseConfigSchema} found. */
export interface ParsedConfigSchema {
  /** Usable only when there are no issues. */
  readonly schema: ConfigSchema;
  /** What Kubernetes cannot hold or judge alike, each with its path and the way out. */
  readonly issues: readonly Issue[];
  /** What works but the console's form cannot show. */
  readonly warnings: readonly Issue[];
}

/**
 * Reads a Blueprint's `config.schema.json` (parsed JSON, draft-07 or 2020-12) and refuses what Kubernetes could not
 * store or would judge differently. Never throws; paths start at `$`.
 */
export function parseConfigSchema(json: unknown): ParsedConfigSchema {
  const ctx: ParseContext = {
    root: isObject(json) ? json : {},
    issues: [],
    warnings: [],
    nodes: 0,
    visits: 0,
  };
  const start = { path: '$', depth: 0, refs: [], occurrences: 1 };
  if (!checkText(json, ctx)) return { schema: {}, issues: ctx.issues, warnings: [] };
  const schema = parseNode(json, start, ctx);
  if (exhausted(ctx)) {
    ctx.issues.length = 0; // what was found on the way says the same a hundred times
    refuse(
      ctx,
      '$',
      'the schema is too large after $ref inlining',
      'split the config, or open a part of it with additionalProperties: true',
    );
  }
  if (schema.type !== 'object' && schema.type !== undefined) {
    refuse(
      ctx,
      '$.type',
      'a config schema describes an object',
      'set type: object and put the value under properties',
    );
  }
  if (schema.nullable) refuse(ctx, '$.type', 'the config itself cannot be null', 'set type: object');
  if (ctx.issues.length === 0) ctx.issues.push(...checkDefaults(schema));
  return { schema, issues: ctx.issues, warnings: ctx.warnings };
}

/** Only the findings of {@link parseConfigSchema}: empty means that the schema can be used. */
export function checkConfigSchema(json: unknown): readonly Issue[] {
  return parseConfigSchema(json).issues;
}

const loaded = new WeakMap<object, ConfigSchema>();

/**
 * The parsed schema, or an error that lists every finding. Parsed once per object.
 * @throws ToolkitError `schema`
 */
export function loadConfigSchema(json: JsonObject, what = 'config schema'): ConfigSchema {
  const known = loaded.get(json);
  if (known !== undefined) return known;
  const { schema, issues } = parseConfigSchema(json);
  const [first] = issues;
  if (first !== undefined) {
    throw new ToolkitError('schema', `Cannot use ${what}: ${formatIssues(issues)}`, {
      place: first.path,
      ...(first.remedy === undefined ? {} : { remedy: first.remedy }),
    });
  }
  loaded.set(json, schema);
  return schema;
}

/** Size, and depth as JSON: before anything walks the document recursively. */
function checkText(json: unknown, ctx: ParseContext): boolean {
  let text: string | undefined;
  try {
    text = JSON.stringify(json);
  } catch {
    refuse(ctx, '$', 'the schema is not JSON (a cycle, or nested too deep)', 'write it as a plain JSON file');
    return false;
  }
  if (text === undefined || !isObject(json)) {
    refuse(
      ctx,
      '$',
      'a config schema must be a JSON object',
      'start with {"type": "object", "properties": {…}}',
    );
    return false;
  }
  if (text.length > MAX_SCHEMA_BYTES) {
    refuse(
      ctx,
      '$',
      `the schema is larger than ${MAX_SCHEMA_BYTES} bytes`,
      'open a part of it with additionalProperties: true',
    );
    return false;
  }
  return true;
}
