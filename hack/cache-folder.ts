import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where .ci/run and the scripts keep what takes long to get: outside the clone, so that the next one finds it. */
export function cacheFolder(name: string): string {
  const { XDG_CACHE_HOME, HOME } = process.env;
  return join(XDG_CACHE_HOME || join(HOME || homedir(), '.cache'), 'catalyst-blueprints', name);
}
