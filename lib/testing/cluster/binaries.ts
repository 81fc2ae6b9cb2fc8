import { accessSync, constants, existsSync } from 'node:fs';
import { join } from 'node:path';

/** The programs of a control plane, and the CRDs that belong to its Crossplane. */
export interface ClusterBinaries {
  readonly etcd: string;
  readonly kubeApiserver: string;
  readonly kubeControllerManager: string;
  /** The core, not the CLI. */
  readonly crossplane: string;
  /** Folder of `cluster/crds` of the same Crossplane version. */
  readonly crossplaneCrds: string;
}

export interface FoundBinaries {
  /** Complete, or undefined when something is missing. */
  readonly binaries: ClusterBinaries | undefined;
  /** File names that were in none of the places. */
  readonly missing: readonly string[];
}

/**
 * Looks for `etcd`, `kube-apiserver`, `kube-controller-manager`, `crossplane` and the folder `crossplane-crds` in these
 * folders, the first that has one wins.
 * @example
 * const { binaries, missing } = findClusterBinaries(['/opt/control-plane', ...process.env.PATH.split(':')]);
 */
export function findClusterBinaries(places: readonly string[]): FoundBinaries {
  const { program, folder, missing } = lookIn(places);
  const binaries = {
    etcd: program('etcd'),
    kubeApiserver: program('kube-apiserver'),
    kubeControllerManager: program('kube-controller-manager'),
    crossplane: program('crossplane'),
    crossplaneCrds: folder('crossplane-crds'),
  };
  return { binaries: missing.length === 0 ? binaries : undefined, missing };
}

/** Paths by file name: the first of the places that has one wins. What none has is '' and counts as missing. */
export function lookIn(places: readonly string[]): {
  program(name: string): string;
  folder(name: string): string;
  readonly missing: readonly string[];
} {
  const missing: string[] = [];
  const find = (name: string, good: (path: string) => boolean): string => {
    const paths = places.filter((place) => place !== '').map((place) => join(place, name));
    const found = paths.find(good);
    if (found === undefined) missing.push(name);
    return found ?? '';
  };
  return { program: (name) => find(name, isExecutable), folder: (name) => find(name, existsSync), missing };
}

/** Whether this process may run that file. */
export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
