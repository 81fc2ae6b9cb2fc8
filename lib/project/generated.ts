import { join, relative } from 'node:path';
import { ToolkitError } from '../errors.ts';
import { exampleXr, formatExample } from '../generate/example.ts';
import { GENERATED_FOLDER, generateApiFiles, generateFiles } from '../generate/files.ts';
import { isObject, type JsonObject, parseJson } from '../internal/json.ts';
import { formatConfigTable, generateConfigModule, loadConfigSchema } from '../schema/index.ts';
import { filesBelow, type PlannedFile, readIfThere } from './planned-files.ts';
import { blueprintDirectories, type Project, type ProjectBlueprint } from './project.ts';

const SCHEMA_FILE = 'config.schema.json';
const TABLE_START = '<!-- config:start -->';
const TABLE_END = '<!-- config:end -->';

/**
 * `config.ts` of every Blueprint folder. It comes first: `blueprint.ts` imports it, so nothing else can be loaded
 * before. All schemas are read before anything is returned.
 * @throws ToolkitError `schema` or `invalid` naming the file
 */
export async function planConfigModules(root: string): Promise<readonly PlannedFile[]> {
  const planned: PlannedFile[] = [];
  for (const directory of blueprintDirectories(root)) {
    const path = relative(root, directory).replaceAll('\\', '/');
    const json = readConfigSchema(directory, path);
    const name = path.slice(path.lastIndexOf('/') + 1);
    planned.push({
      path: `${path}/config.ts`,
      text: await configModule(json, name, `${path}/${SCHEMA_FILE}`),
    });
  }
  return planned;
}

async function configModule(json: JsonObject, name: string, file: string): Promise<string> {
  try {
    return await generateConfigModule(json, { name });
  } catch (cause) {
    if (!(cause instanceof ToolkitError)) throw cause;
    throw new ToolkitError(cause.code, cause.message, {
      place: cause.place === undefined ? file : `${file} ${cause.place}`,
      ...(cause.remedy === undefined ? {} : { remedy: cause.remedy }),
    });
  }
}

function readConfigSchema(directory: string, path: string): JsonObject {
  const text = readIfThere(join(directory, SCHEMA_FILE));
  if (text === undefined) {
    throw new ToolkitError('not-found', `Cannot generate "${path}": it has no ${SCHEMA_FILE}`, {
      remedy: 'write one; {"type": "object", "properties": {}} for a Blueprint without config',
    });
  }
  const json = parseJson(text, `"${path}/${SCHEMA_FILE}"`);
  if (isObject(json)) return json;
  throw new ToolkitError('schema', `Cannot use "${path}/${SCHEMA_FILE}": it is not an object`, {
    place: `${path}/${SCHEMA_FILE}`,
  });
}

/** First example XRs for sizes that have none; what an author has written is never replaced. */
export function planExamples(one: ProjectBlueprint): readonly PlannedFile[] {
  const missing = [...one.blueprint.sizes.keys()].filter((size) => !one.examples.has(size));
  return missing.map((size) => ({
    path: `${one.path}/examples/${size}.yaml`,
    text: formatExample(exampleXr(one.blueprint, size)),
  }));
}

/** Everything below `generated/`, leftovers of earlier versions to be removed, and the README's config table. */
export async function planGenerated(
  one: ProjectBlueprint,
  project: Project,
): Promise<readonly PlannedFile[]> {
  const files = await generateFiles(withExamples(one), project);
  const folder = `${one.path}/${GENERATED_FOLDER}`;
  const planned: PlannedFile[] = [...files].map(([path, text]) => ({ path: `${folder}/${path}`, text }));
  for (const path of filesBelow(join(one.directory, GENERATED_FOLDER))) {
    if (!files.has(path)) planned.push({ path: `${folder}/${path}`, text: undefined });
  }
  const readme = readIfThere(join(one.directory, 'README.md'));
  const text = readme === undefined ? undefined : withConfigTable(readme, one);
  if (text !== undefined) planned.push({ path: `${one.path}/README.md`, text });
  return planned;
}

/** The API alone, which follows from the definition even while an example does not render. */
export function planApi(one: ProjectBlueprint, project: Project): readonly PlannedFile[] {
  const folder = `${one.path}/${GENERATED_FOLDER}`;
  return [...generateApiFiles(one.blueprint, project)].map(([path, text]) => ({
    path: `${folder}/${path}`,
    text,
  }));
}

function withExamples(one: ProjectBlueprint): ProjectBlueprint {
  const sizes = [...one.blueprint.sizes.keys()];
  return {
    ...one,
    examples: new Map(sizes.map((size) => [size, one.examples.get(size) ?? exampleXr(one.blueprint, size)])),
  };
}

/** The README with its table renewed, or undefined when it has no markers. */
function withConfigTable(readme: string, one: ProjectBlueprint): string | undefined {
  const start = readme.indexOf(TABLE_START);
  const end = readme.indexOf(TABLE_END, start);
  if (start === -1 || end === -1) return undefined;
  const table = formatConfigTable(loadConfigSchema(one.blueprint.config.json));
  return `${readme.slice(0, start + TABLE_START.length)}\n\n${table}\n${readme.slice(end)}`;
}
