import { canonicalJson, isObject, type JsonObject } from '../internal/json.ts';
import { formatYaml } from '../internal/yaml.ts';
import { objectName } from '../model/names.ts';
import { FLUX_NAMESPACE } from './flux-install.ts';

/** Files of a Kustomize tree by path below `manifests/`. */
export type ManifestFiles = ReadonlyMap<string, string>;

/** The objects of one size in the steps in which they can be applied: a later step needs the earlier one ready. */
export interface SizeObjects {
  readonly size: string;
  readonly steps: readonly (readonly JsonObject[])[];
}

/**
 * `base` holds what every size has in common, `overlays/<size>` the rest. What can only be applied once something
 * else is ready (an issuer after the CRDs) stands in `overlays/<size>/steps/<n>`, for a Kustomization of its own:
 * Flux refuses a whole Kustomization when one kind in it is not known yet.
 */
export function generateKustomize(artifact: string, sizes: readonly SizeObjects[]): ManifestFiles {
  const files = new Map<string, string>();
  const common = commonObjects(sizes.map((s) => s.steps[0] ?? []));
  write(files, 'base', [], common);
  const inBase = new Set(common.map(canonicalJson));
  for (const { size, steps } of sizes) {
    const rest = (steps[0] ?? []).filter((o) => !inBase.has(canonicalJson(o)));
    write(files, `overlays/${size}`, ['../../base'], rest);
    for (const [i, step] of steps.slice(1).entries())
      write(files, `overlays/${size}/steps/${i + 1}`, [], step);
    files.set(`flux/${size}.yaml`, formatYaml(...fluxKustomizations(artifact, size, steps.length)));
  }
  return files;
}

function commonObjects(sizes: readonly (readonly JsonObject[])[]): readonly JsonObject[] {
  const [first = [], ...others] = sizes;
  const sets = others.map((objects) => new Set(objects.map(canonicalJson)));
  return first.filter((o) => sets.every((s) => s.has(canonicalJson(o))));
}

function write(
  files: Map<string, string>,
  directory: string,
  resources: readonly string[],
  objects: readonly JsonObject[],
): void {
  const names = objects.map((o) => {
    const file = `${fileName(o)}.yaml`;
    files.set(`${directory}/${file}`, formatYaml(o));
    return file;
  });
  const kustomization = {
    apiVersion: 'kustomize.config.k8s.io/v1beta1',
    kind: 'Kustomization',
    resources: [...resources, ...names.sort()],
  };
  files.set(`${directory}/kustomization.yaml`, formatYaml(kustomization));
}

function fileName(object: JsonObject): string {
  const metadata = isObject(object.metadata) ? object.metadata : {};
  const namespace = typeof metadata.namespace === 'string' ? [metadata.namespace] : [];
  return objectName(
    [String(object.kind), ...namespace, String(metadata.name)],
    `file of ${String(object.kind)}`,
    200,
  );
}

/** What a person applies to install from the artifact without Crossplane: one Kustomization per step, in order. */
function fluxKustomizations(artifact: string, size: string, steps: number): readonly JsonObject[] {
  const name = (step: number): string => (step === 0 ? artifact : `${artifact}-${step}`);
  const one = (step: number): JsonObject => ({
    apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
    kind: 'Kustomization',
    metadata: { name: name(step), namespace: FLUX_NAMESPACE },
    spec: {
      interval: '10m',
      path: step === 0 ? `./manifests/overlays/${size}` : `./manifests/overlays/${size}/steps/${step}`,
      prune: true,
      wait: true,
      sourceRef: { kind: 'OCIRepository', name: artifact },
      ...(step === 0 ? {} : { dependsOn: [{ name: name(step - 1) }] }),
    },
  });
  return Array.from({ length: Math.max(1, steps) }, (_, i) => one(i));
}
