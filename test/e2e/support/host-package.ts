import { type Coordinates, HOST_PACKAGE } from '../../../lib/generate/coordinates.ts';
import { formatYaml } from '../../../lib/internal/yaml.ts';
import {
  CONFIG_TYPE,
  descriptorOf,
  MANIFEST_TYPE,
  type PushItem,
  type Target,
} from '../../../lib/oci/index.ts';
import { packageLayer } from '../../../lib/xpkg/index.ts';

/**
 * Pushes a Function package in the host's name. Its process runs beside the cluster (`--package-runtime=External`), so
 * the image holds the package's metadata and nothing to run.
 */
export async function pushHostPackage(
  target: (repository: string) => Target,
  coordinates: Coordinates,
  version = '1.0.0',
): Promise<string> {
  const repository = `${coordinates.prefix}/${HOST_PACKAGE}`;
  const layer = packageLayer(
    formatYaml({
      apiVersion: 'meta.pkg.crossplane.io/v1',
      kind: 'Function',
      metadata: { name: HOST_PACKAGE },
      spec: { crossplane: { version: '>=v2.0.0-0' }, capabilities: ['composition'] },
    }),
  );
  const config = jsonItem(CONFIG_TYPE, {
    created: '1970-01-01T00:00:00Z',
    architecture: 'amd64',
    os: 'linux',
    config: {},
    rootfs: { type: 'layers', diff_ids: [layer.diffId] },
  });
  const manifest = jsonItem(MANIFEST_TYPE, {
    schemaVersion: 2,
    mediaType: MANIFEST_TYPE,
    config: config.descriptor,
    layers: [layer.descriptor],
    annotations: { version },
  });
  const to = target(repository);
  for (const item of [config, layer, manifest]) await to.push(item.descriptor, item.bytes);
  await to.tag(manifest.descriptor, version);
  return `${repository}:${version}`;
}

function jsonItem(mediaType: string, value: object): PushItem {
  const bytes = new Uint8Array(Buffer.from(JSON.stringify(value)));
  return { descriptor: descriptorOf(mediaType, bytes), bytes };
}
