import type { Blueprint } from '../blueprint/define.ts';
import type { JsonObject } from '../internal/json.ts';
import { formatYaml } from '../internal/yaml.ts';
import { COMPOSE_API_VERSION } from '../model/names.ts';
import { sampleConfig } from './sample.ts';

/** The smallest XR of a size, with a placeholder for every required field: what an author starts from. */
export function exampleXr(blueprint: Blueprint, size: string): JsonObject {
  const namespace = blueprint.scope === 'Namespaced' ? { namespace: 'default' } : {};
  const config = sampleConfig(blueprint.config.json);
  return {
    apiVersion: COMPOSE_API_VERSION,
    kind: blueprint.kind,
    metadata: { name: blueprint.name, ...namespace },
    spec: { size, ...(Object.keys(config).length === 0 ? {} : { config }) },
  };
}

/** The same as the text of `examples/<size>.yaml`; editors find the schema through its first line. */
export function formatExample(xr: JsonObject): string {
  return `# yaml-language-server: $schema=../generated/xr.schema.json\n${formatYaml(xr)}`;
}
