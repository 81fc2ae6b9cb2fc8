import { ToolkitError } from '../../errors.ts';
import type { Json, JsonObject } from '../../internal/json.ts';
import { parseYaml, parseYamlDocument } from '../../internal/yaml.ts';
import type { Cli } from '../command.ts';
import { readBounded } from '../documents.ts';

/** The pipeline's context from `--context-values` and `--context-files`; values win. */
export function readContext(
  cli: Cli,
  values: readonly string[] = [],
  files: readonly string[] = [],
): JsonObject | undefined {
  if (values.length + files.length === 0) return undefined;
  const context = new Map<string, Json>();
  for (const [key, file] of files.flatMap((f) => pairs(f, '--context-files'))) {
    const text = new TextDecoder().decode(readBounded(cli.path(file), file));
    context.set(checked(key), readValue(text, file));
  }
  for (const [key, json] of values.flatMap((v) => pairs(v, '--context-values'))) {
    context.set(checked(key), readValue(json, `--context-values ${key}`));
  }
  return Object.fromEntries(context);
}

/** `a=1` or, as Crossplane's own CLI takes it, `a=1;b=2`. A `;` inside JSON is not followed by a key. */
export function pairs(text: string, option: string): readonly (readonly [string, string])[] {
  return text.split(/;(?=[A-Za-z0-9._/-]+=)/).map((pair) => {
    const at = pair.indexOf('=');
    if (at > 0) return [pair.slice(0, at), pair.slice(at + 1)] as const;
    throw new ToolkitError('usage', `Cannot read ${option} "${pair.slice(0, 100)}": write key=value`);
  });
}

/** No text at all and `null` are the same value. */
function readValue(text: string, what: string): Json {
  return parseYaml(text, what).length === 0 ? null : parseYamlDocument(text, what);
}

function checked(key: string): string {
  if (key !== '__proto__') return key;
  throw new ToolkitError('usage', 'Cannot set context "__proto__": this key is not allowed');
}
