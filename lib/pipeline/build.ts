import { createHash } from 'node:crypto';
import { type Catalogue, catalogueEntry } from '../blueprint/catalogue.ts';
import type { Blueprint } from '../blueprint/define.ts';
import { exampleXr } from '../generate/example.ts';
import { generateFiles } from '../generate/files.ts';
import { generateFluxInstall, packageKustomization } from '../generate/flux-install.ts';
import { generateConfigurationMeta } from '../generate/package.ts';
import { generateConfiguration, generateRuntimeConfig } from '../generate/runtime.ts';
import type { TarEntry } from '../internal/tar.ts';
import { formatYaml } from '../internal/yaml.ts';
import type { Project, ProjectBlueprint } from '../project/index.ts';
import { refuseUnfit } from '../project/refuse-unfit.ts';
import {
  type Artifact,
  type ArtifactLayers,
  assembleArtifact,
  bundleLayer,
  manifestsLayer,
  packageLayer,
} from '../xpkg/index.ts';
import { type Bundle, bundleBlueprint } from './bundle.ts';
import { readFolderFiles } from './folder-files.ts';

export interface BuildOptions {
  /** Build `<version>-dev.<hash>`. @default when the declared version ends in `-dev` */
  readonly development?: boolean;
  /** Seconds since 1970 of the manifest's `created`: SOURCE_DATE_EPOCH. @default 0 */
  readonly created?: number;
}

/** A Blueprint, built. */
export interface BuiltBlueprint {
  readonly blueprint: Blueprint;
  /** The tag: the declared version, or a development version of it. */
  readonly version: string;
  readonly artifact: Artifact;
  /** npm packages that are compiled into the bundle. */
  readonly packages: readonly string[];
}

const DEVELOPMENT = '-dev';
const HASH_LENGTH = 12;

/**
 * Builds the artifact of one Blueprint. Two builds of the same source are the same bytes. A development version is
 * named by a hash of what was built, so another source never meets a version that was published.
 * @throws ToolkitError `invalid` for what `bp validate` calls an error; what bundling, generating and packing throw
 */
export async function buildBlueprint(
  project: Project,
  one: ProjectBlueprint,
  options: BuildOptions = {},
): Promise<BuiltBlueprint> {
  await refuseUnfit(one, project);
  const declared = one.blueprint.version;
  const ownDevelopment = declared.endsWith(DEVELOPMENT);
  if (!ownDevelopment && options.development !== true) return buildVersion(project, one, declared, options);
  const base = ownDevelopment ? declared : `${declared}${DEVELOPMENT}`;
  const around = options.development === true ? asDevelopment(project) : project;
  const { artifact } = await buildVersion(around, one, base, options);
  return buildVersion(around, one, `${base}.${contentHash(artifact.layers)}`, options);
}

async function buildVersion(
  project: Project,
  source: ProjectBlueprint,
  version: string,
  options: BuildOptions,
): Promise<BuiltBlueprint> {
  const one = { ...source, blueprint: { ...source.blueprint, version } };
  const { blueprint } = one;
  const around = withBlueprint(project, one);
  const bundled: Bundle = await bundleBlueprint(around, one, version);
  const bundle = bundleLayer(bundled.entries);
  const { digest } = bundle.descriptor;
  const files = await generateFiles(one, around, { version, bundle: digest });
  const layers: ArtifactLayers = {
    manifests: manifestsLayer(manifestEntries(around, one, files)),
    package: packageLayer(files.get('package.yaml') ?? ''),
    bundle,
  };
  const { card } = blueprint.facts;
  const meta = generateConfigurationMeta(blueprint, { ...around, version });
  const facts = {
    title: card.title,
    version,
    description: card.summary,
    ...(card.license === undefined ? {} : { licenses: card.license }),
    ...(card.documentation === undefined ? {} : { documentation: card.documentation }),
    crossplane: annotationsOf(meta),
    ...(options.created === undefined ? {} : { created: options.created }),
  };
  return { blueprint, version, artifact: assembleArtifact(facts, layers), packages: bundled.packages };
}

/** Layer 0: Kustomize trees, what a person applies beside the package, and what a person reads. */
function manifestEntries(
  project: Project,
  one: ProjectBlueprint,
  files: ReadonlyMap<string, string>,
): readonly TarEntry[] {
  const { blueprint, examples } = one;
  const { coordinates } = project;
  const example = examples.get(blueprint.defaultSize) ?? exampleXr(blueprint, blueprint.defaultSize);
  const configuration = generateConfiguration(coordinates, blueprint.artifact, blueprint.version);
  const role = files.get('rbac.yaml');
  return [
    ...[...files]
      .filter(([path]) => path.startsWith('manifests/'))
      .map(([path, content]) => ({ path, content })),
    { path: 'crossplane/configuration.yaml', content: formatYaml(configuration) },
    { path: 'crossplane/xr.yaml', content: formatYaml(example) },
    ...(role === undefined ? [] : [{ path: 'crossplane/rbac.yaml', content: role }]),
    { path: 'crossplane/runtime.yaml', content: formatYaml(generateRuntimeConfig()) },
    {
      path: 'crossplane/kustomization.yaml',
      content: formatYaml(packageKustomization({ rbac: role !== undefined })),
    },
    { path: 'crossplane/flux.yaml', content: formatYaml(generateFluxInstall(blueprint)) },
    { path: 'blueprint.yaml', content: files.get('blueprint.yaml') ?? '' },
    ...readFolderFiles(one),
  ];
}

/** Dependencies may be development builds too: their ranges let those in. */
function asDevelopment(project: Project): Project {
  const entries = [...project.catalogue].map(
    ([name, entry]) =>
      [
        name,
        entry.version.includes(DEVELOPMENT) ? entry : { ...entry, version: `${entry.version}${DEVELOPMENT}` },
      ] as const,
  );
  return { ...project, catalogue: new Map(entries) };
}

function withBlueprint(project: Project, one: ProjectBlueprint): Project {
  const catalogue: Catalogue = new Map([...project.catalogue, [one.name, catalogueEntry(one.blueprint)]]);
  return { ...project, catalogue, blueprints: new Map([...project.blueprints, [one.name, one]]) };
}

/** Of layers that carry the placeholder version: the manifest's `created` plays no part. */
function contentHash(layers: ArtifactLayers): string {
  const hash = createHash('sha256');
  for (const layer of [layers.manifests, layers.package, layers.bundle]) hash.update(layer.descriptor.digest);
  const hex = hash.digest('hex').slice(0, HASH_LENGTH);
  // Digits alone would be a number to semver, which may not begin with 0 and sorts before every word.
  return /^[0-9]+$/.test(hex) ? `h${hex.slice(1)}` : hex;
}

function annotationsOf(meta: ReturnType<typeof generateConfigurationMeta>): Readonly<Record<string, string>> {
  const { annotations } = meta.metadata as { readonly annotations: Readonly<Record<string, string>> };
  return annotations;
}
