import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { isToolkitError } from '../errors.ts';
import { assemblyOf } from '../generate/files.ts';
import { type Assembly, settleXr } from '../generate/settled.ts';
import { configVariants } from '../generate/variants.ts';
import { isObject, type JsonObject } from '../internal/json.ts';
import type { LintInput, Rendering } from '../lint/index.ts';
import { objectAt, objectKey } from '../render/objects.ts';
import { filesBelow, readIfThere } from './planned-files.ts';
import type { Project, ProjectBlueprint } from './project.ts';
import { validateObject } from './validate-object.ts';

const TEXT_FILE = /\.(ts|md|json|ya?ml)$/;
const GENERATED = 'generated/blueprint.yaml';

/**
 * What the lint rules look at: the folder's texts, and what the Blueprint composes by default, in its examples, and in
 * every variant of its default example that switches one thing.
 */
export async function readLintInput(one: ProjectBlueprint, project: Project): Promise<LintInput> {
  const { blueprint, path, directory } = one;
  // Nested XRs stay single objects: what they compose is linted in their own Blueprint.
  const alone: Assembly = { ...assemblyOf(project), blueprints: new Map([[blueprint.name, blueprint]]) };
  const renderings: Rendering[] = [];
  for (const { xr, label, kind } of xrsOf(one)) {
    if (validateObject(xr, [blueprint]).issues.length > 0) continue; // a variant that the schema refuses
    const rendering = await render(alone, one, xr);
    if (rendering !== undefined) renderings.push({ ...rendering, label, kind, xr });
  }
  return {
    blueprint,
    path,
    files: readTexts(directory),
    renderings,
    peers: new Map([...project.blueprints].map(([name, b]) => [name, b.blueprint])),
  };
}

interface LintXr {
  readonly xr: JsonObject;
  readonly label: string;
  readonly kind: Rendering['kind'];
}

function* xrsOf(one: ProjectBlueprint): Generator<LintXr> {
  const { blueprint, examples } = one;
  const example = examples.get(blueprint.defaultSize);
  if (example !== undefined) {
    const spec = objectAt(example, 'spec');
    const { config, ...rest } = spec;
    const bare = { ...example, spec: rest };
    const possible = validateObject(bare, [blueprint]).issues.length === 0;
    // What must be given is taken from the example.
    yield { xr: possible ? bare : example, label: 'the defaults', kind: 'default' };
    for (const [i, variant] of configVariants(
      blueprint.config.json,
      isObject(config) ? config : {},
    ).entries()) {
      yield {
        xr: { ...example, spec: { ...spec, config: variant } },
        label: `variant ${i}`,
        kind: 'variant',
      };
    }
  }
  for (const [size, xr] of examples) yield { xr, label: `examples/${size}.yaml`, kind: 'example' };
}

async function render(
  assembly: Assembly,
  { blueprint }: ProjectBlueprint,
  xr: JsonObject,
): Promise<Pick<Rendering, 'objects' | 'rounds'> | undefined> {
  const result = await settleXr(assembly, blueprint, xr).catch((error: unknown) => {
    if (isToolkitError(error) && error.code === 'invalid') return undefined;
    throw error;
  });
  if (result === undefined || [...result.reconciles.values()].some((r) => r.failure !== undefined))
    return undefined;
  const rounds = new Map<string, number>();
  for (const { round, changes } of result.rounds) {
    for (const { what, object } of changes) {
      if (what === 'created' && !rounds.has(objectKey(object))) rounds.set(objectKey(object), round);
    }
  }
  const root = objectKey(xr);
  // A Usage protects others and has no life of its own.
  const objects = result.objects.filter((o) => objectKey(o) !== root && !/Usage$/.test(String(o.kind)));
  return { objects, rounds };
}

function readTexts(directory: string): ReadonlyMap<string, string> {
  const out = new Map<string, string>();
  const folders = readdirSync(directory, { withFileTypes: true }).filter(
    (e) => e.isDirectory() && !['node_modules', 'generated', 'golden'].includes(e.name),
  );
  const names = readdirSync(directory, { withFileTypes: true }).filter((e) => e.isFile());
  const paths = [
    ...names.map((e) => e.name),
    ...folders.flatMap((e) => filesBelow(join(directory, e.name)).map((p) => `${e.name}/${p}`)),
    GENERATED,
  ];
  for (const path of paths) {
    const text = TEXT_FILE.test(path) ? readIfThere(join(directory, path)) : undefined;
    if (text !== undefined) out.set(path, text);
  }
  return out;
}
