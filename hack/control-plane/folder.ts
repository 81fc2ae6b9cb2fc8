import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where the programs of the control plane are kept: outside the clone, so that the next one finds them. */
export function controlPlaneFolder(env: Readonly<Record<string, string | undefined>>): string {
  const base = env.XDG_CACHE_HOME ?? join(env.HOME ?? homedir(), '.cache');
  return env.BP_CONTROL_PLANE ?? join(base, 'catalyst-blueprints', 'control-plane');
}
