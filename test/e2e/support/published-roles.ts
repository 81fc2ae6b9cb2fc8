import { gunzip } from '../../../lib/internal/gzip.ts';
import type { JsonObject } from '../../../lib/internal/json.ts';
import { readTar } from '../../../lib/internal/untar.ts';
import { parseYamlDocument } from '../../../lib/internal/yaml.ts';
import { parseManifest } from '../../../lib/oci/index.ts';
import type { Published } from './platform.ts';

const PATH = 'crossplane/rbac.yaml';

/** The ClusterRole beside each published package, read back from the registry. */
export async function publishedRoles({ client, results }: Published): Promise<readonly JsonObject[]> {
  return Promise.all(
    results.map(async ({ repository, tag }) => {
      const target = client.target(repository);
      const found = await target.resolve(tag);
      const manifest = parseManifest(await target.fetch(found), found.mediaType);
      const layer = 'layers' in manifest ? manifest.layers[0] : undefined;
      if (layer === undefined) throw new Error(`${repository} has no layers`);
      const files = readTar(gunzip(await target.fetch(layer), repository), repository);
      const file = files.find(({ path }) => path === PATH);
      if (file === undefined) throw new Error(`${repository} has no ${PATH}`);
      return parseYamlDocument(Buffer.from(file.content).toString('utf8'), PATH) as JsonObject;
    }),
  );
}
