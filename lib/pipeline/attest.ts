import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { chartsOf } from '../blueprint/upstream.ts';
import { getPath, parseJson } from '../internal/json.ts';
import {
  type ArtifactDescription,
  type Attestation,
  type BuildDescription,
  cycloneDxPredicate,
  type DescribedPackage,
  describeFile,
  predicateTypeOf,
  slsaPredicate,
  spdxPredicate,
} from '../signing/index.ts';
import type { BuiltBlueprint } from './build.ts';
import type { GitState } from './git.ts';

/** The run that built and publishes. */
export interface BuildRun {
  /** Project folder, where the packages that are compiled in are looked up. */
  readonly root: string;
  /** `ghcr.io/acme/bp-a` */
  readonly repository: string;
  /** Workflow identity; it is the signing certificate's subject. */
  readonly builderId: string;
  readonly git: GitState | undefined;
  readonly startedOn: Date;
  readonly finishedOn: Date;
  /** Address of the CI run. */
  readonly invocationId?: string;
}

/** SPDX, CycloneDX and SLSA v1 of one artifact. Only the provenance tells of Git, time and place. */
export function attestationsOf(built: BuiltBlueprint, run: BuildRun): readonly Attestation[] {
  const described = describeArtifact(built, run.root);
  return [
    { predicateType: predicateTypeOf('spdxjson'), predicate: spdxPredicate(described) },
    { predicateType: predicateTypeOf('cyclonedx'), predicate: cycloneDxPredicate(described) },
    {
      predicateType: predicateTypeOf('slsaprovenance1'),
      predicate: slsaPredicate(described, describeBuild(built, run)),
      // An artifact is built once; publishing it again from another commit does not change where it came from.
      sameBy: 'type',
    },
  ];
}

function describeArtifact(
  { blueprint, version, artifact, packages }: BuiltBlueprint,
  root: string,
): ArtifactDescription {
  const { card, owner } = blueprint.facts;
  const { manifests, package: base, bundle } = artifact.layers;
  const files = [...manifests.entries, ...base.entries, ...bundle.entries];
  return {
    name: blueprint.artifact,
    version,
    description: card.summary,
    created: artifact.created,
    ...(card.license === undefined ? {} : { license: card.license }),
    ...(owner === undefined ? {} : { supplier: owner.team }),
    files: files.map(({ path, content }) =>
      describeFile(path, typeof content === 'string' ? Buffer.from(content) : content),
    ),
    charts: chartsOf(blueprint.upstream).map(([, chart]) => ({
      name: chart.chart,
      version: chart.version,
      repository: chart.repository,
    })),
    packages: packages.flatMap((name) => installedPackage(root, name) ?? []),
  };
}

function describeBuild({ blueprint }: BuiltBlueprint, run: BuildRun): BuildDescription {
  const { git } = run;
  const local = git !== undefined && git.source === undefined ? { sourceRevision: git.revision } : {};
  return {
    builderId: run.builderId,
    ...(git?.source === undefined ? {} : { source: { uri: git.source, revision: git.revision } }),
    parameters: {
      blueprint: blueprint.name,
      repository: run.repository,
      ...local,
      ...(git === undefined ? {} : { sourceDirty: git.dirty }),
    },
    startedOn: run.startedOn.toISOString(),
    finishedOn: run.finishedOn.toISOString(),
    ...(run.invocationId === undefined ? {} : { invocationId: run.invocationId }),
  };
}

function installedPackage(root: string, name: string): DescribedPackage | undefined {
  try {
    const text = readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8');
    const manifest = parseJson(text, `"${name}/package.json"`);
    const version = getPath(manifest, ['version']);
    const license = getPath(manifest, ['license']);
    if (typeof version !== 'string') return undefined;
    return { name, version, ...(typeof license === 'string' ? { license } : {}) };
  } catch {
    return undefined; // installed elsewhere (a workspace): it is left out rather than guessed
  }
}
