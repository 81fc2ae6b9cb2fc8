import { ToolkitError } from '../errors.ts';
import { isObject, type JsonObject } from '../internal/json.ts';
import { applyDifference } from './difference.ts';
import { KUBERNETES } from './gen/index.ts';
import {
  type KindInfo,
  loadDefinition,
  loadSchema,
  type ReadSchemaFile,
  readPackaged,
  readSchemaFile,
} from './registry.ts';

/** The Kubernetes version whose kinds stand in `schemas/kinds`; others are kept as what differs from it. */
export const KUBERNETES_VERSION: string = KUBERNETES[0];

/** Every Kubernetes version whose kinds are known, the newest first. */
export const KUBERNETES_VERSIONS: readonly string[] = [...KUBERNETES].sort((a, b) => minorOf(b) - minorOf(a));

function minorOf(version: string): number {
  return Number(version.split('.')[1]);
}

/**
 * The known version that a text names: `1.34`, `v1.34` or `v1.34.2`.
 * @throws ToolkitError `usage` naming those that are known
 */
export function parseKubernetesVersion(text: string): string {
  const [, minor] = /^v?(1\.\d{1,3})(?:\.\d{1,4})?(?:[-+].{0,60})?$/.exec(text) ?? [];
  if (minor !== undefined && KUBERNETES_VERSIONS.includes(minor)) return minor;
  throw new ToolkitError('usage', `Cannot judge by Kubernetes "${text.slice(0, 40)}": it is not known`, {
    remedy: `known are ${KUBERNETES_VERSIONS.join(', ')}`,
  });
}

/** Kubernetes' own kinds as one version has them. */
export interface KubernetesKinds {
  /** The schema of a kind, or undefined where this version does not serve it. */
  schema(info: KindInfo): JsonObject | undefined;
  /** A shared definition by the name behind `k8s:`. */
  definition(name: string): JsonObject | undefined;
}

const cache = new Map<string, KubernetesKinds>();

/** Nothing is read before it is asked for, and each thing once. */
export function kubernetesKinds(version: string, read: ReadSchemaFile = readPackaged): KubernetesKinds {
  const known = read === readPackaged ? cache.get(version) : undefined;
  if (known !== undefined) return known;
  const kinds = version === KUBERNETES_VERSION ? ofBase(read) : ofOther(version, read);
  if (read === readPackaged) cache.set(version, kinds);
  return kinds;
}

const ofBase = (read: ReadSchemaFile): KubernetesKinds => ({
  schema: (info) => loadSchema(info, read),
  definition: (name) => loadDefinition(name, read === readPackaged ? undefined : read),
});

function ofOther(version: string, read: ReadSchemaFile): KubernetesKinds {
  const base = ofBase(read);
  let difference: JsonObject | undefined;
  const section = (name: string): JsonObject => {
    difference ??= readSchemaFile(`kubernetes/${version}.json`, read);
    return isObject(difference[name]) ? difference[name] : {};
  };
  const definitions = new Map<string, JsonObject | undefined>();
  const changed = (before: JsonObject | undefined, change: unknown): JsonObject | undefined => {
    if (change === undefined) return before;
    return isObject(change) ? applyDifference(before ?? {}, change) : undefined;
  };
  return {
    schema: (info) => changed(base.schema(info), section('kinds')[info.schemaFile]),
    definition(name) {
      if (!definitions.has(name))
        definitions.set(name, changed(base.definition(name), section('definitions')[name]));
      return definitions.get(name);
    },
  };
}
