import { gunzipSync } from 'node:zlib';
import { ToolkitError } from '../errors.ts';
import { isObject, type Json, type JsonObject } from '../internal/json.ts';
import { readTar } from '../internal/untar.ts';
import { parseYaml } from '../internal/yaml.ts';
import { shortName } from '../model/names.ts';
import { parseManifest } from '../oci/manifest.ts';
import type { ReadTarget } from '../oci/target.ts';
import { objectKey } from '../render/objects.ts';
import { loadConfigSchema } from '../schema/index.ts';
import { FLUX_CONTENT_TYPE, PACKAGE_LAYER_TYPE } from '../xpkg/index.ts';
import type { Composed } from './composed.ts';
import { type BlueprintFacts, MAX_REGIONS_ANY } from './facts.ts';
import type { ArtifactSide } from './side.ts';

const MAX_LAYER_BYTES = 64 * 1024 * 1024; // 64 MiB, unpacked

/**
 * Reads a published version: its manifests, package and `blueprint.yaml`. The compiled bundle stays packed: what nobody
 * has verified is never run.
 * @throws ToolkitError `not-found`, `invalid` or `limit`
 */
export async function readArtifact(
  target: ReadTarget,
  reference: string,
  label: string,
): Promise<ArtifactSide> {
  const descriptor = await target.resolve(reference);
  const manifest = parseManifest(await target.fetch(descriptor), descriptor.mediaType, `"${label}"`);
  const layers = 'layers' in manifest ? manifest.layers : [];
  const files = new Map<string, string>();
  for (const type of [FLUX_CONTENT_TYPE, PACKAGE_LAYER_TYPE]) {
    const layer = layers.find((l) => l.mediaType === type);
    if (layer === undefined)
      throw new ToolkitError('invalid', `Cannot compare "${label}": it has no layer ${type}`);
    for (const [path, text] of unpack(await target.fetch(layer), label)) files.set(path, text);
  }
  return { is: 'artifact', label, facts: publishedFacts(files, label), rendered: renderedTrees(files) };
}

function unpack(bytes: Uint8Array, label: string): ReadonlyMap<string, string> {
  let tar: Uint8Array;
  try {
    tar = gunzipSync(bytes, { maxOutputLength: MAX_LAYER_BYTES });
  } catch (cause) {
    throw new ToolkitError('invalid', `Cannot compare "${label}": a layer cannot be unpacked`, { cause });
  }
  const files = readTar(tar, `"${label}"`, { maxBytes: MAX_LAYER_BYTES });
  return new Map(files.map((f) => [f.path, Buffer.from(f.content).toString('utf8')]));
}

/** What each size composes, from the Kustomize trees: base and overlay, all steps. */
export function renderedTrees(files: ReadonlyMap<string, string>): ReadonlyMap<string, Composed> {
  const base: JsonObject[] = [];
  const sizes = new Map<string, JsonObject[]>();
  for (const [path, text] of files) {
    const m = /^manifests\/(base|overlays\/([^/]+))\/(.+)\.yaml$/.exec(path);
    if (m === null || /(^|\/)kustomization$/.test(m[3] ?? '')) continue;
    const objects = parseYaml(text, path).filter(isObject);
    const size = m[2];
    if (size === undefined) base.push(...objects);
    else sizes.set(size, [...(sizes.get(size) ?? []), ...objects]);
  }
  return new Map([...sizes].map(([size, objects]) => [size, byIdentity([...base, ...objects])]));
}

function byIdentity(objects: readonly JsonObject[]): Composed {
  return new Map(objects.map((o) => [objectKey(o), withoutVersion(o)]));
}

function withoutVersion(object: JsonObject): JsonObject {
  const metadata = isObject(object.metadata) ? object.metadata : {};
  const { 'openova.io/blueprint-version': _, ...labels } = isObject(metadata.labels) ? metadata.labels : {};
  return { ...object, metadata: { ...metadata, labels } };
}

function publishedFacts(files: ReadonlyMap<string, string>, label: string): BlueprintFacts {
  const blueprint = one(files, 'blueprint.yaml', 'Blueprint', label);
  const xrd = one(files, 'package.yaml', 'CompositeResourceDefinition', label);
  const spec = field(blueprint, 'spec');
  const xrdSpec = field(xrd, 'spec');
  const names = field(xrdSpec, 'names');
  const manifests = field(spec, 'manifests');
  const overlays = Object.entries(field(manifests, 'overlays'));
  const placement = field(spec, 'placementSchema');
  const status = field(openApi(xrdSpec), 'properties', 'status', 'properties');
  const upgrades = spec.upgrades;
  return {
    name: shortName(text(field(blueprint, 'metadata').name)),
    version: text(spec.version),
    kind: text(names.kind),
    plural: text(names.plural),
    scope: text(xrdSpec.scope),
    config: loadConfigSchema(field(spec, 'configSchema'), `config schema of "${label}"`),
    values: field(manifests, 'values'),
    sizes: new Map(
      overlays.map(([size, overlay]) => [size, field(isObject(overlay) ? overlay : {}, 'values')]),
    ),
    defaultSize: overlays[0]?.[0],
    placement: {
      modes: texts(placement.modes),
      default: typeof placement.default === 'string' ? placement.default : undefined,
      minRegions: typeof placement.minRegions === 'number' ? placement.minRegions : 1,
      maxRegions: typeof placement.maxRegions === 'number' ? placement.maxRegions : MAX_REGIONS_ANY,
    },
    depends: dependsOf(
      spec.depends,
      new Set(
        Object.keys(
          field(openApi(xrdSpec), 'properties', 'spec', 'properties', 'dependencies', 'properties'),
        ),
      ),
    ),
    outputs: schemas(field(status, 'outputs', 'properties')),
    status: schemas(Object.fromEntries(Object.entries(status).filter(([name]) => !OWN_STATUS.has(name)))),
    upgrades: isObject(upgrades)
      ? {
          from: texts(upgrades.from),
          ...(upgrades.blocks !== undefined && { blocks: texts(upgrades.blocks) }),
        }
      : undefined,
  };
}

/** What every XR's status has. */
const OWN_STATUS = new Set(['phase', 'outputs', 'installed', 'components', 'conditions']);

function one(files: ReadonlyMap<string, string>, path: string, kind: string, label: string): JsonObject {
  const documents = parseYaml(files.get(path) ?? '', path).filter(isObject);
  const found = documents.find((d) => d.kind === kind);
  if (found !== undefined) return found;
  throw new ToolkitError('invalid', `Cannot compare "${label}": its ${path} holds no ${kind}`);
}

function openApi(xrdSpec: JsonObject): JsonObject {
  const [version] = Array.isArray(xrdSpec.versions) ? (xrdSpec.versions as readonly Json[]) : [];
  return field(isObject(version) ? version : {}, 'schema', 'openAPIV3Schema');
}

/** Members stand in the same list: only what an XR may choose is a dependency. */
function dependsOf(value: Json | undefined, choices: ReadonlySet<string>): BlueprintFacts['depends'] {
  if (!Array.isArray(value)) return [];
  return (value as readonly Json[]).filter(isObject).flatMap((d) => {
    const alias = text(d.alias);
    if (!choices.has(alias)) return [];
    return [
      {
        alias,
        blueprint: shortName(text(d.blueprint)),
        version: text(d.version),
        conditional: d.when !== undefined,
      },
    ];
  });
}

function schemas(fields: JsonObject): ReadonlyMap<string, JsonObject> {
  return new Map(Object.entries(fields).filter((entry): entry is [string, JsonObject] => isObject(entry[1])));
}

function field(object: JsonObject, ...path: readonly string[]): JsonObject {
  let at: Json | undefined = object;
  for (const key of path) at = isObject(at) && Object.hasOwn(at, key) ? at[key] : undefined;
  return isObject(at) ? at : {};
}

const text = (value: Json | undefined): string => (typeof value === 'string' ? value : '');
const texts = (value: Json | undefined): readonly string[] => (Array.isArray(value) ? value.map(String) : []);
