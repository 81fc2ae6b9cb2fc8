import { CONTROL_PLANE } from '../../../hack/control-plane/folder.ts';
import {
  type ClusterBinaries,
  type FluxBinaries,
  findClusterBinaries,
  findFluxBinaries,
} from '../../../lib/testing/cluster/index.ts';
import { findPart, PART_FOLDERS } from '../../interop/real-parts.ts';
import { PATH_FOLDERS, reasonToSkip } from '../../support/programs.ts';

/** Folders with programs, in the order in which they count. */
export const PLACES: readonly string[] = [...PATH_FOLDERS, CONTROL_PLANE, ...PART_FOLDERS];

const { binaries, missing } = findClusterBinaries(PLACES);

const parts = ['docker-registry', 'cosign2'] as const;
const absent: readonly string[] = [...missing, ...parts.filter((part) => findPart(part) === undefined)];

/** Why the suite cannot run here; undefined if it can. In CI that is a failure, never a green run. */
export const missingParts: string | undefined = reasonFor(absent);

function reasonFor(names: readonly string[]): string | undefined {
  return reasonToSkip(names, 'run hack/control-plane/build.ts and hack/real-parts.sh');
}

const flux = findFluxBinaries(PLACES);

/** As `missingParts`, for the part that needs Flux as well; a function, so that no other part fails for the lack of it. */
export function missingFlux(): string | undefined {
  return missingParts ?? reasonFor(flux.missing);
}

/** For a suite that checked `missingFlux`. */
export function fluxBinaries(): FluxBinaries {
  if (flux.binaries === undefined) throw new Error(missingFlux() ?? 'no Flux');
  return flux.binaries;
}

/** For a suite that checked `missingParts`. */
export function clusterBinaries(): ClusterBinaries {
  if (binaries === undefined) throw new Error(missingParts ?? 'no control plane');
  return binaries;
}
