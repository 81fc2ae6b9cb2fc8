import { dirname } from 'node:path';
import { isToolkitError, ToolkitError } from '../../errors.ts';
import { generateComposition } from '../../generate/composition.ts';
import { hostFunctionName } from '../../generate/coordinates.ts';
import { assemblyOf } from '../../generate/files.ts';
import { hostFunction, scopeIn, settleInput } from '../../generate/settled.ts';
import { xrdWithoutSchema } from '../../generate/xrd.ts';
import type { JsonObject } from '../../internal/json.ts';
import { COMPOSE_GROUP } from '../../model/names.ts';
import { findProjectRoot, loadProject, type Project, type ProjectBlueprint } from '../../project/index.ts';
import { groupVersion } from '../../render/objects.ts';
import type { SettleInput } from '../../render/settle.ts';
import { didYouMean } from '../../schema/did-you-mean.ts';
import type { Cli } from '../command.ts';
import { readDocument, readDocuments } from '../documents.ts';
import { parseDuration } from '../duration.ts';
import { pairs, readContext } from './context.ts';
import type { FunctionStarter } from './function-starter.ts';
import { pipelineFunctions, pipelineNames } from './functions.ts';
import type { RenderOptions } from './options.ts';

/** Everything that a render needs, and how to let go of it. */
export interface PreparedRender {
  readonly input: SettleInput;
  readonly xr: JsonObject;
  /** The project around it, and its Blueprint for this kind; undefined where a Composition alone is rendered. */
  readonly project: Project | undefined;
  readonly own: ProjectBlueprint | undefined;
  /** Aborted once `--timeout` is over. */
  readonly timeout: AbortSignal;
  close(): void;
}

/** Reads arguments and options into what the renderer takes. @throws ToolkitError */
export async function prepareRender(
  cli: Cli,
  args: readonly string[],
  options: RenderOptions,
  starter?: FunctionStarter,
): Promise<PreparedRender> {
  const [xrFile = '', compositionFile, functionsFile] = args;
  const xr = await readDocument(cli, xrFile, 'the XR');
  const objects = async (paths: readonly string[] = []): Promise<readonly JsonObject[]> =>
    (await Promise.all(paths.map((p) => readDocuments(cli, p)))).flat().map((d) => d.object);
  const project = await projectFor(cli, xrFile, compositionFile === undefined);
  const own = project === undefined ? undefined : blueprintOf(project, xr);
  if (compositionFile === undefined && own === undefined) throw unknownKind(xr, project);
  const composition =
    compositionFile === undefined
      ? generateOwn(own as ProjectBlueprint, project as Project)
      : await readDocument(cli, compositionFile, 'the Composition');
  const annotations = new Map(
    (options.functionAnnotations ?? []).flatMap((a) => pairs(a, '--function-annotations')),
  );
  const given = functionsFile === undefined ? [] : await objects([functionsFile]);
  const ours = new Map(
    project === undefined
      ? []
      : [[hostFunctionName(project.coordinates), hostFunction(assemblyOf(project))] as const],
  );
  const context = readContext(cli, options.contextValues, options.contextFiles);
  const required = await objects(options.requiredResources);
  const settled =
    options.untilReady && own !== undefined && project !== undefined
      ? settleInput(assemblyOf(project), own.blueprint, xr)
      : undefined;
  const xrd =
    options.xrd === undefined
      ? own && xrdWithoutSchema(own.blueprint)
      : await readDocument(cli, options.xrd, 'the XRD');
  const timeout = AbortSignal.timeout(parseDuration(options.timeout, '--timeout'));
  const signal = AbortSignal.any([cli.io.signal, timeout]);
  const started = (await starter?.start(pipelineNames(composition), signal)) ?? new Map<string, string>();
  const { functions, close } = await pipelineFunctions(composition, given, annotations, ours, started);
  const input: SettleInput = {
    ...settled,
    composite: xr,
    composition,
    ...(xrd && { xrd }),
    functions,
    observed: await objects(options.observedResources),
    // Given dependencies stand for themselves; without any, `--until-ready` lets all be there and ready.
    required: required.length === 0 ? (settled?.required ?? []) : required,
    requiredSchemas: await objects(options.requiredSchemas),
    credentials: await objects(options.functionCredentials),
    ...(context && { context }),
    ...(project && { scopeOf: (apiVersion, kind) => scopeIn(project.catalogue, apiVersion, kind) }),
    signal,
  };
  return { input, xr, project, own: compositionFile === undefined ? own : undefined, timeout, close };
}

function generateOwn(own: ProjectBlueprint, project: Project): JsonObject {
  return generateComposition(own.blueprint, { coordinates: project.coordinates });
}

function blueprintOf(project: Project, xr: JsonObject): ProjectBlueprint | undefined {
  if (groupVersion(String(xr.apiVersion)).group !== COMPOSE_GROUP) return undefined;
  return [...project.blueprints.values()].find((b) => b.blueprint.kind === xr.kind);
}

/** The project around the working directory, else the one around the XR. Not needed where a Composition is given. */
async function projectFor(cli: Cli, xrFile: string, needed: boolean): Promise<Project | undefined> {
  const places = [cli.directory, ...(xrFile === '-' ? [] : [dirname(cli.path(xrFile))])];
  for (const [i, place] of places.entries()) {
    try {
      findProjectRoot(place);
    } catch (error) {
      if (!isToolkitError(error) || error.code !== 'not-found') throw error;
      if (needed && i === places.length - 1) throw error;
      continue;
    }
    return loadProject(place, { lateExamples: true });
  }
  return undefined;
}

function unknownKind(xr: JsonObject, project: Project | undefined): ToolkitError {
  const kind = String(xr.kind).slice(0, 100);
  const kinds = [...(project?.blueprints.values() ?? [])].map((b) => b.blueprint.kind);
  const near = didYouMean(kind, kinds);
  return new ToolkitError(
    'invalid',
    `Cannot render: no Blueprint of the project has kind "${kind}" in ${COMPOSE_GROUP}`,
    {
      place: 'kind',
      remedy:
        near === undefined
          ? `give a Composition and its Functions, or use one of ${kinds.slice(0, 30).join(', ')}`
          : `did you mean ${near}?`,
    },
  );
}
