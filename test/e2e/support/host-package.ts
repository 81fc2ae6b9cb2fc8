import { type Coordinates, HOST_PACKAGE } from '../../../lib/generate/coordinates.ts';
import { formatYaml } from '../../../lib/internal/yaml.ts';
import { CONFIG_TYPE, type Target } from '../../../lib/oci/index.ts';
import { packageLayer } from '../../../lib/xpkg/index.ts';
import { jsonItem, pushImage } from './push-files.ts';

/**
 * Pushes a Function package in the host's name. Its process runs beside the cluster (`--package-runtime=External`), so
 * the image holds the package's metadata and nothing to run.
 */
export async function pushHostPackage(
  target: (repository: string) => Target,
  coordinates: Coordinates,
): Promise<void> {
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
  await pushImage(target(`${coordinates.prefix}/${HOST_PACKAGE}`), config, layer, '1.0.0');
}
