import { gunzip, gzip } from '../../../lib/internal/gzip.ts';
import { type TarEntry, writeTar } from '../../../lib/internal/tar.ts';
import { readTar } from '../../../lib/internal/untar.ts';
import {
  type Descriptor,
  descriptorOf,
  MANIFEST_TYPE,
  type PushItem,
  parseManifest,
  type ReadTarget,
  type Target,
} from '../../../lib/oci/index.ts';

const HELM_CONFIG = 'application/vnd.cncf.helm.config.v1+json';
const HELM_CHART = 'application/vnd.cncf.helm.chart.content.v1.tar+gzip';
const FLUX_CONFIG = 'application/vnd.cncf.flux.config.v1+json';
const FLUX_CONTENT = 'application/vnd.cncf.flux.content.v1.tar+gzip';

/** A chart of few files, pushed as `helm push` would, under its version. */
export async function pushChart(
  target: Target,
  chart: { readonly name: string; readonly version: string; readonly files: readonly TarEntry[] },
): Promise<Descriptor> {
  const meta = { apiVersion: 'v2', name: chart.name, version: chart.version, type: 'application' };
  const entries = [{ path: 'Chart.yaml', content: JSON.stringify(meta) }, ...chart.files];
  const layer = tarItem(
    HELM_CHART,
    entries.map((e) => ({ ...e, path: `${chart.name}/${e.path}` })),
  );
  return pushImage(target, jsonItem(HELM_CONFIG, meta), layer, chart.version);
}

/** Files as an artifact that Flux takes, in place of a Git repository: what `flux push artifact` does. */
export function pushFiles(target: Target, files: readonly TarEntry[], tag: string): Promise<Descriptor> {
  return pushImage(target, jsonItem(FLUX_CONFIG, {}), tarItem(FLUX_CONTENT, files), tag);
}

/** The text of every file in the first layer of an artifact, by path. */
export async function readFiles(target: ReadTarget, reference: string): Promise<ReadonlyMap<string, string>> {
  const descriptor = await target.resolve(reference);
  const manifest = parseManifest(await target.fetch(descriptor), descriptor.mediaType);
  const [first] = 'layers' in manifest ? manifest.layers : [];
  if (first === undefined) throw new Error(`${reference} has no layers`);
  const files = readTar(gunzip(await target.fetch(first), reference), reference);
  return new Map(files.map((f) => [f.path, Buffer.from(f.content).toString('utf8')]));
}

/** Pushes an image of one layer and points a tag at it. */
export async function pushImage(
  target: Target,
  config: PushItem,
  layer: PushItem,
  tag: string,
): Promise<Descriptor> {
  const manifest = jsonItem(MANIFEST_TYPE, {
    schemaVersion: 2,
    mediaType: MANIFEST_TYPE,
    config: config.descriptor,
    layers: [layer.descriptor],
  });
  for (const item of [config, layer, manifest]) await target.push(item.descriptor, item.bytes);
  await target.tag(manifest.descriptor, tag, { move: true });
  return manifest.descriptor;
}

function tarItem(mediaType: string, entries: readonly TarEntry[]): PushItem {
  const bytes = gzip(writeTar(entries));
  return { descriptor: descriptorOf(mediaType, bytes), bytes };
}

/** A value as a blob. */
export function jsonItem(mediaType: string, value: object): PushItem {
  const bytes = new Uint8Array(Buffer.from(JSON.stringify(value)));
  return { descriptor: descriptorOf(mediaType, bytes), bytes };
}
