import { lookIn } from './binaries.ts';

/** Flux's controllers, by the name of the binary and of the process. */
export const FLUX_CONTROLLERS = ['source-controller', 'kustomize-controller', 'helm-controller'] as const;
export type FluxController = (typeof FLUX_CONTROLLERS)[number];

/** One controller with the CRDs of the same version. */
export interface FluxBinary {
  readonly program: string;
  /** Folder of its `config/crd/bases`. */
  readonly crds: string;
}
export type FluxBinaries = Readonly<Record<FluxController, FluxBinary>>;

export interface FoundFluxBinaries {
  /** Complete, or undefined when something is missing. */
  readonly binaries: FluxBinaries | undefined;
  /** File names that were in none of the places. */
  readonly missing: readonly string[];
}

/**
 * Looks for `source-controller`, `kustomize-controller` and `helm-controller`, and for the folders `<name>-crds`, in
 * these folders; the first that has one wins.
 */
export function findFluxBinaries(places: readonly string[]): FoundFluxBinaries {
  const { program, folder, missing } = lookIn(places);
  const one = (name: FluxController): FluxBinary => ({
    program: program(name),
    crds: folder(`${name}-crds`),
  });
  const binaries: FluxBinaries = {
    'source-controller': one('source-controller'),
    'kustomize-controller': one('kustomize-controller'),
    'helm-controller': one('helm-controller'),
  };
  return { binaries: missing.length === 0 ? binaries : undefined, missing };
}
