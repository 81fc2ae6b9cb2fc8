import { registerHooks } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

const TOOLKIT = pathToFileURL(join(import.meta.dirname, '../../')).href;

/** Lets modules of a project be imported anew in one process, whoever imports them. */
export interface FreshModules {
  /** From now on modules are read again: those of the folder, or without one all of the project. */
  renew(folder?: string): void;
  stop(): void;
}

/** Installed packages and the toolkit itself stay loaded once: two copies would not know each other's classes. */
export function freshModules(root: string): FreshModules {
  const base = `${pathToFileURL(root).href}/`;
  const folders = new Map<string, number>();
  let all = 0;
  const hooks = registerHooks({
    resolve(specifier, context, next) {
      const found = next(specifier, context);
      if (
        !found.url.startsWith(base) ||
        found.url.includes('/node_modules/') ||
        found.url.startsWith(TOOLKIT)
      ) {
        return found;
      }
      const generation = `${all}.${folders.get(folderOf(found.url, base)) ?? 0}`;
      return generation === '0.0'
        ? found
        : { ...found, url: `${found.url.replace(/\?.*$/, '')}?bp=${generation}` };
    },
  });
  return {
    renew(folder) {
      if (folder === undefined) all += 1;
      else folders.set(folder, (folders.get(folder) ?? 0) + 1);
    },
    stop: () => hooks.deregister(),
  };
}

/** `blueprints/platform/cnpg` of a module in it. */
function folderOf(url: string, base: string): string {
  return blueprintFolder(decodeURI(url.slice(base.length))) ?? '';
}

/** The Blueprint folder that a path below the project lies in. */
export function blueprintFolder(path: string): string | undefined {
  const found = /^blueprints\/(?:(?:platform|products)\/)?[^/]+(?=\/)/.exec(path)?.[0];
  return found === undefined || dirname(path) === 'blueprints' ? undefined : found;
}
