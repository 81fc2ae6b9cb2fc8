import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { controlPlaneFolder } from '../../../hack/control-plane/folder.ts';
import { type ClusterBinaries, findClusterBinaries } from '../../../lib/testing/cluster/index.ts';
import { findPart } from '../../interop/real-parts.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const CACHE = process.env.XDG_CACHE_HOME ?? join(process.env.HOME ?? homedir(), '.cache');

const PLACES: readonly string[] = [
  ...(process.env.PATH ?? '').split(delimiter),
  controlPlaneFolder(process.env),
  ...(process.env.BP_PARTS === undefined ? [] : [join(process.env.BP_PARTS, 'bin')]),
  join(ROOT, '.cache', 'parts', 'bin'),
  join(CACHE, 'catalyst-blueprints', 'parts', 'bin'),
];

const { binaries, missing } = findClusterBinaries(PLACES);

/** The registry lies with the other Debian parts, which a plain `npm run e2e` does not name. */
function findRegistry(): string | undefined {
  const found = findPart('docker-registry');
  if (found !== undefined) return found;
  const parts = join(CACHE, 'catalyst-blueprints', 'parts');
  if (!existsSync(join(parts, 'bin', 'docker-registry'))) return undefined;
  process.env.BP_PARTS ??= parts;
  return findPart('docker-registry');
}

const absent: readonly string[] = [...missing, ...(findRegistry() === undefined ? ['docker-registry'] : [])];

/** Why the suite cannot run here; undefined if it can. In CI that is a failure, never a green run. */
export const missingParts: string | undefined = reasonFor(absent);

function reasonFor(names: readonly string[]): string | undefined {
  if (names.length === 0) return undefined;
  const reason = `${names.join(', ')} not found; run hack/control-plane/build.ts and hack/real-parts.sh`;
  if (process.env.CI === 'true') throw new Error(reason);
  process.stderr.write(`SKIPPED: ${reason}\n`);
  return reason;
}

/** For a suite that checked `missingParts`. */
export function clusterBinaries(): ClusterBinaries {
  if (binaries === undefined) throw new Error(missingParts ?? 'no control plane');
  return binaries;
}
