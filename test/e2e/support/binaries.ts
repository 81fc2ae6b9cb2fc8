import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { controlPlaneFolder } from '../../../hack/control-plane/folder.ts';
import {
  type ClusterBinaries,
  type FluxBinaries,
  findClusterBinaries,
  findFluxBinaries,
} from '../../../lib/testing/cluster/index.ts';
import { findPart } from '../../interop/real-parts.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const CACHE = process.env.XDG_CACHE_HOME ?? join(process.env.HOME ?? homedir(), '.cache');

/** Folders with programs, in the order in which they count. */
export const PLACES: readonly string[] = [
  ...(process.env.PATH ?? '').split(delimiter),
  controlPlaneFolder(process.env),
  ...(process.env.BP_PARTS === undefined ? [] : [join(process.env.BP_PARTS, 'bin')]),
  join(ROOT, '.cache', 'parts', 'bin'),
  join(CACHE, 'catalyst-blueprints', 'parts', 'bin'),
];

const { binaries, missing } = findClusterBinaries(PLACES);

// Where .ci/run keeps the Debian parts; a plain `npm run e2e` does not name it.
const PARTS = join(CACHE, 'catalyst-blueprints', 'parts');
if (existsSync(join(PARTS, 'bin'))) process.env.BP_PARTS ??= PARTS;

const parts = ['docker-registry', 'cosign2'] as const;
const absent: readonly string[] = [...missing, ...parts.filter((part) => findPart(part) === undefined)];

/** Why the suite cannot run here; undefined if it can. In CI that is a failure, never a green run. */
export const missingParts: string | undefined = reasonFor(absent);

function reasonFor(names: readonly string[]): string | undefined {
  if (names.length === 0) return undefined;
  const reason = `${names.join(', ')} not found; run hack/control-plane/build.ts and hack/real-parts.sh`;
  if (process.env.CI === 'true') throw new Error(reason);
  process.stderr.write(`SKIPPED: ${reason}\n`);
  return reason;
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
