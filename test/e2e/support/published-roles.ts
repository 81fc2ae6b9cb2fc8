import type { JsonObject } from '../../../lib/internal/json.ts';
import { parseYamlDocument } from '../../../lib/internal/yaml.ts';
import type { Published } from './platform.ts';
import { readFiles } from './push-files.ts';

const PATH = 'crossplane/rbac.yaml';

/** The ClusterRole beside each published package, read back from the registry. */
export async function publishedRoles({ client, results }: Published): Promise<readonly JsonObject[]> {
  return Promise.all(
    results.map(async ({ repository, tag }) => {
      const text = (await readFiles(client.target(repository), tag)).get(PATH);
      if (text === undefined) throw new Error(`${repository} has no ${PATH}`);
      return parseYamlDocument(text, PATH) as JsonObject;
    }),
  );
}
