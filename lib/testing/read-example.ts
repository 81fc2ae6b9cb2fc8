import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ToolkitError } from '../errors.ts';
import { isObject, type JsonObject } from '../internal/json.ts';
import { parseYamlDocument } from '../internal/yaml.ts';

/**
 * The example XR of a size, from `examples/<size>.yaml` of a Blueprint's folder.
 * @example const xr = readExample(import.meta.dirname, 'small');
 */
export function readExample(folder: string, size: string): JsonObject {
  const file = join(folder, 'examples', `${size}.yaml`);
  const value = parseYamlDocument(readFileSync(file, 'utf8'), file);
  if (isObject(value)) return value;
  throw new ToolkitError('invalid', `Cannot use "${file}": it does not hold an XR`);
}
