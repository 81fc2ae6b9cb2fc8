import type { Blueprint } from '../blueprint/define.ts';
import { ToolkitError } from '../errors.ts';
import { formatJson } from '../internal/format-json.ts';
import type { JsonObject } from '../internal/json.ts';
import { formatYaml } from '../internal/yaml.ts';
import { formatManifest, generateBlueprintManifest } from './blueprint-manifest.ts';
import { generateComposition } from './composition.ts';
import { generateEditorSchema } from './editor-schema.ts';
import { generateKustomize, type SizeObjects } from './kustomize.ts';
import { generateManifestEditorSchema } from './manifest-schema.ts';
import { generatePackage, type PackageOptions } from './package.ts';
import { composedKinds, generateRbac } from './rbac.ts';
import { type Assembly, settleXr } from './settled.ts';
import { settledSteps } from './settled-steps.ts';
import { generateXrd } from './xrd.ts';

/** A Blueprint with the example XR of each of its sizes. */
export interface FilesSource {
  readonly blueprint: Blueprint;
  /** Folder below the project's root, for messages. */
  readonly path: string;
  readonly examples: ReadonlyMap<string, JsonObject>;
}

/** The project around it: what it nests and builds on, and where packages live. */
export interface FilesProject extends Omit<Assembly, 'blueprints'> {
  readonly blueprints: ReadonlyMap<string, { readonly blueprint: Blueprint }>;
}

export interface FilesOptions {
  /** Version that is built, where it differs from the declared one. */
  readonly version?: string;
  /** Digest of the bundle layer, named in the Composition. */
  readonly bundle?: string;
}

/** Folder of a Blueprint in which nothing is written by hand. */
export const GENERATED_FOLDER = 'generated';

/**
 * Everything that follows from a Blueprint's source, by path below its `generated/` folder: `xrd.yaml`,
 * `composition.yaml`, `package.yaml`, `blueprint.yaml` with its schema, `rbac.yaml` where there are rights to grant,
 * `xr.schema.json` and the `manifests/` tree.
 * The same source gives the same bytes.
 * @throws ToolkitError `schema`, `compose`, or `not-found` when a size has no example XR
 */
export async function generateFiles(
  source: FilesSource,
  project: FilesProject,
  options: FilesOptions = {},
): Promise<Map<string, string>> {
  const { blueprint, examples } = source;
  const { coordinates, catalogue } = project;
  const assembly = assemblyOf(project);
  const packaged = { coordinates, catalogue, ...options };
  // First, because a schema that Kubernetes cannot hold would fail every render as well, with fewer words.
  const files = generateApiFiles(blueprint, packaged);
  const sizes = await sizeObjects(source, assembly);
  const kinds = await composedKinds(blueprint, examples.values(), assembly);
  const role = generateRbac(blueprint, kinds);
  if (role !== undefined) files.set('rbac.yaml', formatYaml(role));
  for (const [path, text] of generateKustomize(blueprint.artifact, sizes))
    files.set(`manifests/${path}`, text);
  return files;
}

/** The part that needs no render: the API, the package and the schema for editors. */
export function generateApiFiles(blueprint: Blueprint, options: PackageOptions): Map<string, string> {
  return new Map([
    ['xrd.yaml', formatYaml(generateXrd(blueprint))],
    ['composition.yaml', formatYaml(generateComposition(blueprint, options))],
    ['package.yaml', generatePackage(blueprint, options)],
    ['blueprint.yaml', formatManifest(generateBlueprintManifest(blueprint, options.version))],
    ['blueprint.schema.json', formatJson(generateManifestEditorSchema())],
    ['xr.schema.json', formatJson(generateEditorSchema(blueprint))],
  ]);
}

/** The project as what a render needs of it. */
export function assemblyOf(project: FilesProject): Assembly {
  const { coordinates, catalogue } = project;
  return {
    coordinates,
    catalogue,
    blueprints: new Map([...project.blueprints].map(([name, { blueprint }]) => [name, blueprint])),
  };
}

async function sizeObjects(source: FilesSource, assembly: Assembly): Promise<readonly SizeObjects[]> {
  const out: SizeObjects[] = [];
  for (const size of source.blueprint.sizes.keys()) {
    const file = `${source.path}/examples/${size}.yaml`;
    const example = source.examples.get(size);
    if (example === undefined) {
      throw new ToolkitError('not-found', `Cannot render size "${size}": there is no "${file}"`, {
        remedy: `bp generate ${source.blueprint.name} writes a first one`,
      });
    }
    const result = await settleXr(assembly, source.blueprint, example);
    out.push({ size, steps: settledSteps(result, `"${file}"`) });
  }
  return out;
}
