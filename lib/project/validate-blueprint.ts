import type { Blueprint } from '../blueprint/define.ts';
import { type Issue, isToolkitError } from '../errors.ts';
import { generateComposition } from '../generate/composition.ts';
import { assemblyOf } from '../generate/files.ts';
import { generateConfigurationMeta } from '../generate/package.ts';
import { settleXr } from '../generate/settled.ts';
import { generateXrd } from '../generate/xrd.ts';
import type { JsonObject } from '../internal/json.ts';
import { satisfies } from '../model/versions.ts';
import { listAt, nameOf, namespaceOf } from '../render/objects.ts';
import type { SettleResult } from '../render/settle.ts';
import {
  applyDefaults,
  type ConfigSchema,
  compileConfig,
  mergeConfig,
  parseConfigSchema,
} from '../schema/index.ts';
import type { Project, ProjectBlueprint } from './project.ts';
import { validateObject } from './validate-object.ts';

/** Something found in a file. Warnings do not make a validation fail. */
export interface Finding extends Issue {
  readonly severity: 'error' | 'warning';
  /** Below the project's root, or as the user named it. */
  readonly file: string;
}

/** More than this in one XR slows every reconcile and opens Crossplane's watch circuit breaker (architecture §4). */
export const MAX_COMPOSED_OBJECTS = 40;
const MAX_LISTED = 6; // paths in one finding

/**
 * Everything about a Blueprint that can be decided offline: its schema, its sizes, its API, what it builds on, and
 * every object that its examples compose on the way to being ready.
 */
export async function validateBlueprint(
  one: ProjectBlueprint,
  project: Project,
): Promise<readonly Finding[]> {
  const { blueprint, path } = one;
  const parsed = parseConfigSchema(blueprint.config.json);
  const file = `${path}/config.schema.json`;
  const warnings = formFindings(parsed.warnings, file);
  if (parsed.issues.length > 0) {
    return [...parsed.issues.map((i): Finding => ({ ...i, file, severity: 'error' })), ...warnings];
  }
  const definition = `${path}/blueprint.ts`;
  const found = [...warnings, ...sizeFindings(blueprint, parsed.schema, definition)];
  found.push(...edgeFindings(blueprint, project, definition), ...apiFindings(blueprint, project, definition));
  if (found.some((f) => f.severity === 'error')) return found;
  for (const size of blueprint.sizes.keys()) {
    found.push(...(await exampleFindings(one, size, project)));
  }
  return found;
}

function sizeFindings(blueprint: Blueprint, schema: ConfigSchema, file: string): Finding[] {
  const validate = compileConfig(partial(schema), { path: '' });
  const judge = (at: string, values: JsonObject): Finding[] =>
    validate(applyDefaults(schema, mergeConfig(blueprint.values, values))).map((issue) => ({
      ...issue,
      path: `${at}${issue.path === '' ? '' : `.${issue.path.replace(/^\./, '')}`}`,
      file,
      severity: 'error',
    }));
  const own = judge('values', {});
  return own.length > 0
    ? own
    : [...blueprint.sizes].flatMap(([size, values]) => judge(`sizes.${size}`, values));
}

/** A size says a part of a config: what it leaves to the user is not missing, and conditions wait for the whole. */
function partial(schema: ConfigSchema): ConfigSchema {
  const {
    required: _,
    minProperties: __,
    allOf,
    anyOf,
    oneOf,
    not,
    if: test,
    then: yes,
    else: no,
    ...rest
  } = schema;
  const more = schema.additionalProperties;
  return {
    ...rest,
    ...(schema.properties && {
      properties: Object.fromEntries(Object.entries(schema.properties).map(([k, v]) => [k, partial(v)])),
    }),
    ...(typeof more === 'object' && { additionalProperties: partial(more) }),
  };
}

/** Dozens of lines about one form would hide the rest: they are one finding. */
function formFindings(warnings: readonly Issue[], file: string): Finding[] {
  if (warnings.length === 0) return [];
  const paths = warnings.map((w) => w.path.replaceAll('.properties.', '.'));
  const more = paths.length > MAX_LISTED ? ` and ${paths.length - MAX_LISTED} more` : '';
  const message = `the console's form shows only a part: it leaves out ${paths.slice(0, MAX_LISTED).join(', ')}${more}`;
  return [{ file, path: '$', message, remedy: 'say it in the descriptions as well', severity: 'warning' }];
}

function edgeFindings(blueprint: Blueprint, project: Project, file: string): Finding[] {
  const found: Finding[] = [];
  for (const list of ['depends', 'members'] as const) {
    const missing: string[] = [];
    for (const { alias, blueprint: name, version } of blueprint[list]) {
      const there = project.catalogue.get(name);
      if (there === undefined) missing.push(name);
      else if (!satisfies(there.version, version)) {
        const message = `"${name}" is here in version ${there.version}, outside ${version}`;
        found.push({ file, path: `${list}.${alias}.version`, message, severity: 'error' });
      }
    }
    if (missing.length === 0) continue;
    const message = `not in this project, so left out and reported on the XR: ${missing.join(', ')}`;
    found.push({ file, path: list, message, severity: 'warning' });
  }
  return found;
}

/** The generated API, judged as the apiserver will when Crossplane installs it. */
function apiFindings(blueprint: Blueprint, project: Project, file: string): Finding[] {
  const { coordinates, catalogue } = project;
  try {
    const objects = [
      generateXrd(blueprint),
      generateComposition(blueprint, { coordinates }),
      generateConfigurationMeta(blueprint, { coordinates, catalogue }),
    ];
    return objects.flatMap((object) =>
      validateObject(object, []).issues.map(
        (i): Finding => ({ ...i, path: `${String(object.kind)} ${i.path}`, file, severity: 'error' }),
      ),
    );
  } catch (error) {
    if (!isToolkitError(error)) throw error;
    return [{ file, path: error.place ?? '.', message: error.message, severity: 'error' }];
  }
}

async function exampleFindings(one: ProjectBlueprint, size: string, project: Project): Promise<Finding[]> {
  const file = `${one.path}/examples/${size}.yaml`;
  const example = one.examples.get(size);
  const error = (path: string, message: string, remedy?: string): Finding => ({
    file,
    path,
    message,
    severity: 'error',
    ...(remedy === undefined ? {} : { remedy }),
  });
  if (example === undefined) {
    return [
      error('.', `there is no example of size "${size}"`, `bp generate ${one.name} writes a first one`),
    ];
  }
  const blueprints = [...project.blueprints.values()].map((b) => b.blueprint);
  const found = validateObject(example, blueprints).issues.map((i) => error(i.path, i.message, i.remedy));
  if (example.kind !== one.blueprint.kind) found.push(error('kind', `must be ${one.blueprint.kind}`));
  if (found.length > 0) return found;
  const result = await settleXr(assemblyOf(project), one.blueprint, example);
  return [...composedFindings(result, example, blueprints, error), ...countFindings(result, file)];
}

function composedFindings(
  result: SettleResult,
  example: JsonObject,
  blueprints: readonly Blueprint[],
  error: (path: string, message: string, remedy?: string) => Finding,
): Finding[] {
  const found: Finding[] = [];
  for (const { composite, failure } of result.reconciles.values()) {
    if (failure !== undefined) found.push(error(nameFor(composite), failure.message));
  }
  if (!result.settled) found.push(error('.', 'what it composes never comes to rest'));
  const composed = result.objects.filter(
    (o) =>
      o.kind !== example.kind || nameOf(o) !== nameOf(example) || namespaceOf(o) !== namespaceOf(example),
  );
  for (const object of composed) {
    const verdict = validateObject(object, blueprints);
    for (const i of verdict.issues) found.push(error(`${nameFor(object)} ${i.path}`, i.message, i.remedy));
    if (!verdict.known) {
      const message = `no schema of ${String(object.apiVersion)} is at hand: it was not checked`;
      found.push({ ...error(nameFor(object), message), severity: 'warning' });
    }
  }
  return found;
}

function nameFor(object: JsonObject): string {
  const namespace = namespaceOf(object);
  return `${String(object.kind)} ${namespace === '' ? '' : `${namespace}/`}${nameOf(object)}`;
}

function countFindings(result: SettleResult, file: string): Finding[] {
  return [...result.reconciles.values()].flatMap(({ composite }): Finding[] => {
    const count = listAt(composite, 'spec', 'crossplane', 'resourceRefs').length;
    if (count <= MAX_COMPOSED_OBJECTS) return [];
    const message = `composes ${count} objects in one XR; more than ${MAX_COMPOSED_OBJECTS} slow every reconcile`;
    const remedy = 'compose a part of them as a Blueprint of its own';
    return [{ file, path: nameFor(composite), message, remedy, severity: 'warning' }];
  });
}
