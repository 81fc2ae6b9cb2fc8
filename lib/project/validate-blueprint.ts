import { join } from 'node:path';
import type { Blueprint } from '../blueprint/define.ts';
import { type Issue, isToolkitError } from '../errors.ts';
import { generateComposition } from '../generate/composition.ts';
import { assemblyOf } from '../generate/files.ts';
import { generateConfigurationMeta } from '../generate/package.ts';
import { settleXr } from '../generate/settled.ts';
import { generateXrd } from '../generate/xrd.ts';
import type { JsonObject } from '../internal/json.ts';
import {
  type Finding,
  findConstruct,
  findProperty,
  lintBlueprint,
  positionIn,
  SUPPRESSION_FILE,
  suppress,
} from '../lint/index.ts';
import { satisfies } from '../model/versions.ts';
import { annotationOf, nameOf, namespaceOf, RESOURCE_NAME_ANNOTATION } from '../render/objects.ts';
import type { SettleResult } from '../render/settle.ts';
import {
  applyDefaults,
  type ConfigSchema,
  compileConfig,
  mergeConfig,
  parseConfigSchema,
} from '../schema/index.ts';
import { readLintInput } from './lint-input.ts';
import { readIfThere } from './planned-files.ts';
import type { Project, ProjectBlueprint } from './project.ts';
import { sourceFindings } from './source-findings.ts';
import { type ObjectVerdict, type ValidateObjectOptions, validateObject } from './validate-object.ts';

export type { Finding } from '../lint/index.ts';

/** Which version of Kubernetes judges what is composed. */
export type ValidateBlueprintOptions = Pick<ValidateObjectOptions, 'kubernetes'>;

const MAX_LISTED = 6; // paths in one finding

/**
 * Everything about a Blueprint that can be decided offline: its schema, its sizes, its API, what it builds on, every
 * object that its examples compose on the way to being ready, and the platform's rules over all of it. Findings that
 * `lint.json` suppresses with a reason are left out; positions are added where they are known.
 */
export async function validateBlueprint(
  one: ProjectBlueprint,
  project: Project,
  options: ValidateBlueprintOptions = {},
): Promise<readonly Finding[]> {
  const own = await ownFindings(one, project, options);
  const broken = own.some((f) => f.severity === 'error');
  // Rules look at what is composed, so that must be right first.
  const linted = broken ? [] : lintBlueprint(await readLintInput(one, project));
  const found = [...own.map((f) => located(f, project.root)), ...linted];
  // While something else is broken, nothing can be said of suppressions that seem unused.
  return broken ? found : suppress(found, readIfThere(join(one.directory, SUPPRESSION_FILE)), one.path);
}

function located(finding: Finding, root: string): Finding {
  const text = finding.line === undefined ? readIfThere(join(root, finding.file)) : undefined;
  if (text === undefined) return finding;
  const { file, path } = finding;
  return { ...finding, ...(file.endsWith('.ts') ? findProperty(text, path) : positionIn(text, 0, path)) };
}

async function ownFindings(
  one: ProjectBlueprint,
  project: Project,
  options: ValidateBlueprintOptions,
): Promise<readonly Finding[]> {
  const { blueprint, path } = one;
  const source = sourceFindings(one);
  if (source.length > 0) return source;
  const parsed = parseConfigSchema(blueprint.config.json);
  const file = `${path}/config.schema.json`;
  const warnings = formFindings(parsed.warnings, file);
  if (parsed.issues.length > 0) {
    const rule = 'config-schema';
    return [...parsed.issues.map((i): Finding => ({ ...i, rule, file, severity: 'error' })), ...warnings];
  }
  const definition = `${path}/blueprint.ts`;
  const found = [...warnings, ...sizeFindings(blueprint, parsed.schema, definition)];
  found.push(...edgeFindings(blueprint, project, definition), ...apiFindings(blueprint, project, definition));
  if (found.some((f) => f.severity === 'error')) return found;
  for (const size of blueprint.sizes.keys()) {
    const ofSize = await exampleFindings(one, size, project, options);
    // What a line of blueprint.ts composes wrongly it composes so in every size.
    found.push(...ofSize.filter((f) => f.line === undefined || !found.some((g) => isSame(f, g))));
  }
  return found;
}

function sizeFindings(blueprint: Blueprint, schema: ConfigSchema, file: string): Finding[] {
  const validate = compileConfig(partial(schema), { path: '' });
  const judge = (at: string, values: JsonObject): Finding[] =>
    validate(applyDefaults(schema, mergeConfig(blueprint.values, values))).map((issue) => ({
      ...issue,
      rule: 'config-schema',
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
  const remedy = 'say it in the descriptions as well';
  return [{ rule: 'form-partial', file, path: '$', message, remedy, severity: 'warning' }];
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
        found.push({
          rule: 'edge-range',
          file,
          path: `${list}.${alias}.version`,
          message,
          severity: 'error',
        });
      }
    }
    if (missing.length === 0) continue;
    const message = `not in this project, so left out and reported on the XR: ${missing.join(', ')}`;
    found.push({ rule: 'edge-range', file, path: list, message, severity: 'warning' });
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
        (i): Finding => ({
          ...i,
          rule: 'api-schema',
          path: `${String(object.kind)} ${i.path}`,
          file,
          severity: 'error',
        }),
      ),
    );
  } catch (error) {
    if (!isToolkitError(error)) throw error;
    return [
      { rule: 'api-schema', file, path: error.place ?? '.', message: error.message, severity: 'error' },
    ];
  }
}

async function exampleFindings(
  one: ProjectBlueprint,
  size: string,
  project: Project,
  options: ValidateBlueprintOptions,
): Promise<Finding[]> {
  const file = `${one.path}/examples/${size}.yaml`;
  const example = one.examples.get(size);
  const error = (path: string, message: string, remedy?: string): Finding => ({
    rule: 'example',
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
  const judge = (object: JsonObject): ObjectVerdict => validateObject(object, blueprints, options);
  return composedFindings(result, example, judge, { error, place: (object) => placeOf(object, one) });
}

function isSame(a: Finding, b: Finding): boolean {
  const field = ({ path }: Finding): string | undefined => path.split(' ').at(-1);
  return a.line === b.line && a.column === b.column && a.message === b.message && field(a) === field(b);
}

/** How something about an example is said, and where an object of it is made. */
interface Reporting {
  readonly error: (path: string, message: string, remedy?: string) => Finding;
  readonly place: (object: JsonObject) => Partial<Finding>;
}

/** The line of blueprint.ts that makes an object, if this Blueprint does. */
function placeOf(object: JsonObject, { path, directory }: ProjectBlueprint): Partial<Finding> {
  const construct = annotationOf(object, RESOURCE_NAME_ANNOTATION);
  const text = construct === '' ? undefined : readIfThere(join(directory, 'blueprint.ts'));
  const position = text === undefined ? undefined : findConstruct(text, construct);
  return position === undefined ? {} : { file: `${path}/blueprint.ts`, ...position };
}

function composedFindings(
  result: SettleResult,
  example: JsonObject,
  judge: (object: JsonObject) => ObjectVerdict,
  { error, place }: Reporting,
): Finding[] {
  const found: Finding[] = [];
  for (const { composite, failure } of result.reconciles.values()) {
    if (failure === undefined) continue;
    const at = placeIn(failure.message, composite.kind === example.kind ? place : () => ({}));
    found.push({ ...error(nameFor(composite), failure.message), ...at });
  }
  if (!result.settled) found.push(error('.', 'what it composes never comes to rest'));
  const composed = result.objects.filter(
    (o) =>
      o.kind !== example.kind || nameOf(o) !== nameOf(example) || namespaceOf(o) !== namespaceOf(example),
  );
  for (const object of composed) {
    const verdict = judge(object);
    for (const i of verdict.issues) {
      const finding = error(`${nameFor(object)} ${i.path}`, i.message, i.remedy);
      found.push({ ...finding, rule: 'object-schema', ...place(object) });
    }
    if (!verdict.known) {
      const message = `no schema of ${String(object.apiVersion)} is at hand: it was not checked`;
      found.push({ ...error(nameFor(object), message), rule: 'unknown-kind', severity: 'warning' });
    }
  }
  return found;
}

/** Where in the Blueprint's code a compose failed, or the object is made that could not be applied, if it says so. */
function placeIn(message: string, place: Reporting['place']): Partial<Finding> {
  const [, file, line, column] = / \(at (\S+):(\d+):(\d+)\)$/.exec(message) ?? [];
  if (file !== undefined) return { file, line: Number(line), column: Number(column) };
  const [, resource] = /composed resource "([^"]+)"/.exec(message) ?? [];
  if (resource === undefined) return {};
  return place({ metadata: { annotations: { [RESOURCE_NAME_ANNOTATION]: resource } } });
}

function nameFor(object: JsonObject): string {
  const namespace = namespaceOf(object);
  return `${String(object.kind)} ${namespace === '' ? '' : `${namespace}/`}${nameOf(object)}`;
}
