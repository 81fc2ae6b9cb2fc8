import type { JSONSchema } from 'json-schema-to-typescript';
import type { JsonObject } from '../internal/json.ts';
import { loadConfigSchema } from './config-schema.ts';
import type { ConfigSchema } from './config-schema-types.ts';
import { defaultOf } from './defaults.ts';

export interface GenerateConfigModuleOptions {
  /** The Blueprint's name, for the comment on top. */
  readonly name: string;
}

/**
 * The text of `config.ts`: `Config` (defaults applied), `ConfigInput` (what a user writes) and the typed schema.
 * @param json the content of `config.schema.json`
 * @throws ToolkitError `schema` when the schema cannot be used
 */
export async function generateConfigModule(
  json: JsonObject,
  options: GenerateConfigModuleOptions,
): Promise<string> {
  const schema = loadConfigSchema(json, `config schema of "${options.name}"`);
  const [config, input] = await Promise.all([
    printInterface(
      schema,
      'Config',
      `The config of ${options.name} as compose sees it: defaults are applied.`,
    ),
    printInterface(
      schema,
      'ConfigInput',
      `The config of ${options.name} as a user writes it under spec.config.`,
    ),
  ]);
  return `// Generated from config.schema.json by \`bp generate\`: edit that file.
import { type Schema, schema } from '@openova/blueprints';

${config}
${input}
export const config: Schema<Config, ConfigInput> = schema<Config, ConfigInput>(${JSON.stringify(json, null, 2)});
`;
}

async function printInterface(
  schema: ConfigSchema,
  name: 'Config' | 'ConfigInput',
  description: string,
): Promise<string> {
  // Loaded here: it brings a code formatter along, which only the generator needs.
  const { compile } = await import('json-schema-to-typescript');
  const typed = { ...typeSchema(schema, name === 'Config'), description };
  const text = await compile(typed, name, {
    additionalProperties: false,
    bannerComment: '',
    ignoreMinAndMaxItems: true,
    style: { singleQuote: true, printWidth: 110 },
  });
  // Compose gets one config for many calls, so nothing in it may be written to.
  return text.replace(/^(\s+)((?:"[^"]*"|'[^']*'|[A-Za-z_$][\w$]*)\??: |\[k: string\]: )/gm, '$1readonly $2');
}

/** Only what a type can say: conditions and limits are left to the validator. */
function typeSchema(schema: ConfigSchema, resolved: boolean): JSONSchema {
  const out: JSONSchema = { ...describe(schema) };
  if (schema['x-kubernetes-int-or-string']) return { ...out, tsType: 'number | string' };
  if (schema.type === undefined) return { ...out, tsType: 'unknown' };
  if (schema.enum !== undefined) out.enum = [...schema.enum];
  out.type = schema.nullable ? [schema.type, 'null'] : schema.type;
  if (schema.items !== undefined) out.items = typeSchema(schema.items, resolved);
  if (schema.type === 'object') typeObject(schema, resolved, out);
  return out;
}

function typeObject(schema: ConfigSchema, resolved: boolean, out: JSONSchema): void {
  const properties = Object.entries(schema.properties ?? {});
  out.properties = Object.fromEntries(properties.map(([key, child]) => [key, typeSchema(child, resolved)]));
  const required = new Set(schema.required);
  out.required = properties
    .filter(([key, child]) => (defaultOf(child) === undefined ? required.has(key) : resolved))
    .map(([key]) => key);
  const more = schema.additionalProperties;
  out.additionalProperties = typeof more === 'object' ? typeSchema(more, resolved) : (more ?? false);
}

/** Texts are other people's: one that closes the comment would become code. */
function describe(schema: ConfigSchema): { description?: string } {
  const lines = [schema.description ?? schema.title ?? ''];
  if (schema.default !== undefined) lines.push(`@default ${JSON.stringify(schema.default)}`);
  const text = lines.join('\n').trim().replaceAll('*/', '*\\/');
  return text === '' ? {} : { description: text };
}
