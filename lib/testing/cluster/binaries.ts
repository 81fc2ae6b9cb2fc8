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

const FILES: Readonly<Record<keyof ClusterBinaries, string>> = {
  etcd: 'etcd',
  kubeApiserver: 'kube-apiserver',
  kubeControllerManager: 'kube-controller-manager',
  crossplane: 'crossplane',
  crossplaneCrds: 'crossplane-crds',
};

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
  const find = (key: keyof ClusterBinaries): string | undefined => {
    const paths = places.filter((p) => p !== '').map((place) => join(place, FILES[key]));
    return paths.find(key === 'crossplaneCrds' ? existsSync : isExecutable);
  };
  const etcd = find('etcd');
  const kubeApiserver = find('kubeApiserver');
  const kubeControllerManager = find('kubeControllerManager');
  const crossplane = find('crossplane');
  const crossplaneCrds = find('crossplaneCrds');
  const found = { etcd, kubeApiserver, kubeControllerManager, crossplane, crossplaneCrds };
  const missing = Object.entries(FILES)
    .filter(([key]) => found[key as keyof ClusterBinaries] === undefined)
    .map(([, file]) => file);
  const complete =
    etcd !== undefined &&
    kubeApiserver !== undefined &&
    kubeControllerManager !== undefined &&
    crossplane !== undefined &&
    crossplaneCrds !== undefined;
  return {
    binaries: complete
      ? { etcd, kubeApiserver, kubeControllerManager, crossplane, crossplaneCrds }
      : undefined,
    missing,
  };
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
