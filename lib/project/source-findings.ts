import { join } from 'node:path';
import { isToolkitError } from '../errors.ts';
import { equalJson, isObject, type Json, parseJson } from '../internal/json.ts';
import type { Finding } from '../lint/index.ts';
import { parseConfigSchema } from '../schema/index.ts';
import { readIfThere } from './planned-files.ts';
import type { ProjectBlueprint } from './project.ts';

const SCHEMA_FILE = 'config.schema.json';

/** What is wrong with the files that a Blueprint is loaded from: its schema, and `config.ts` made from it. */
export function sourceFindings(one: ProjectBlueprint): readonly Finding[] {
  const file = `${one.path}/${SCHEMA_FILE}`;
  const error = (path: string, message: string, remedy?: string): Finding => ({
    rule: 'config-schema',
    file,
    path,
    message,
    severity: 'error',
    ...(remedy === undefined ? {} : { remedy }),
  });
  const text = readIfThere(join(one.directory, SCHEMA_FILE));
  if (text === undefined) return [error('.', 'is not there', 'config.ts is generated from it')];
  let json: Json;
  try {
    json = parseJson(text, `"${file}"`);
  } catch (cause) {
    if (!isToolkitError(cause)) throw cause;
    return [error('.', cause.message)];
  }
  if (!isObject(json)) return [error('.', 'is not an object')];
  const { issues } = parseConfigSchema(json);
  if (issues.length > 0) return issues.map((i) => error(i.path, i.message, i.remedy));
  // The parsed one is what counts: white space and key order are the author's.
  if (equalJson(json, one.blueprint.config.json)) return [];
  return [
    {
      ...error('.', `was not made from the present ${SCHEMA_FILE}`, `bp generate ${one.name}`),
      file: `${one.path}/config.ts`,
    },
  ];
}
