import type { JsonObject } from '../../../lib/internal/json.ts';
import { parseYamlDocument } from '../../../lib/internal/yaml.ts';
import type { Published } from './platform.ts';
import { readFiles } from './push-files.ts';

const PATH = 'crossplane/rbac.yaml';

/** The ClusterRole beside each published package that has rights to grant, read back from the registry. */
export async function publishedRoles({ client, results }: Published): Promise<readonly JsonObject[]> {
  const texts = await Promise.all(
    results.map(async ({ repository, tag }) => (await readFiles(client.target(repository), tag)).get(PATH)),
  );
  const roles = texts.filter((text) => text !== undefined);
  if (roles.length === 0) throw new Error(`No published package has a ${PATH}`);
  return roles.map((text) => parseYamlDocument(text, PATH) as JsonObject);
}
