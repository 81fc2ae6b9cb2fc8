import type { Blueprint, ResolvedDependency } from '../blueprint/define.ts';
import type { Json, JsonObject } from '../internal/json.ts';
import { formatYaml } from '../internal/yaml.ts';
import { artifactName } from '../model/names.ts';
import { formatPredicate } from '../model/predicate.ts';
import { MANIFEST_API_VERSIONS } from './manifest-schema.ts';

/** `blueprint.yaml` as the platform's catalogue and console read it (`catalyst.openova.io/v1`). */
export function generateBlueprintManifest(
  blueprint: Blueprint,
  version: string = blueprint.version,
): JsonObject {
  const { card, visibility, owner, placement, upgrades, rotation, observability } = blueprint.facts;
  const edges = [...blueprint.depends, ...blueprint.members];
  return compact({
    apiVersion: MANIFEST_API_VERSIONS[0] ?? '',
    kind: 'Blueprint',
    metadata: { name: blueprint.artifact },
    spec: compact({
      version,
      card: { ...card } as JsonObject,
      visibility: visibility ?? 'listed',
      owner: owner as JsonObject | undefined,
      configSchema: blueprint.config.json,
      placementSchema: { ...placement } as JsonObject,
      depends: edges.length === 0 ? undefined : edges.map(dependency),
      manifests: compact({
        source: { kind: 'Kustomize', ref: './manifests' },
        overlays: Object.fromEntries(
          [...blueprint.sizes].map(([size, values]) => [
            size,
            { path: `./manifests/overlays/${size}`, values },
          ]),
        ),
        values: Object.keys(blueprint.values).length === 0 ? undefined : blueprint.values,
      }),
      upgrades: upgrades as JsonObject | undefined,
      rotation: rotation as readonly JsonObject[] | undefined,
      observability: observability as JsonObject | undefined,
      outputs: outputs(blueprint),
    }),
  });
}

/** The same as the text of `generated/blueprint.yaml`; editors find the schema through its first line. */
export function formatManifest(manifest: JsonObject): string {
  return `# yaml-language-server: $schema=blueprint.schema.json\n${formatYaml(manifest)}`;
}

function dependency(d: ResolvedDependency): JsonObject {
  return compact({
    blueprint: artifactName(d.blueprint),
    version: d.version,
    alias: d.alias,
    when: d.when === undefined ? undefined : formatPredicate(d.when),
    values: d.values,
  });
}

function outputs(blueprint: Blueprint): JsonObject | undefined {
  const names = Object.keys(blueprint.outputs);
  if (names.length === 0) return undefined;
  return Object.fromEntries(names.map((n) => [n, String(blueprint.outputs[n]?.schema.description ?? '')]));
}

function compact(fields: Readonly<Record<string, Json | undefined>>): JsonObject {
  return Object.fromEntries(Object.entries(fields).filter((e): e is [string, Json] => e[1] !== undefined));
}
