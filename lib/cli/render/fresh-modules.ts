import { realpathSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const TOOLKIT = pathToFileURL(join(import.meta.dirname, '../../')).href;

/** Lets modules of a project be imported anew in one process, whoever imports them. */
export interface FreshModules {
  /** Files outside of the project that its modules import, links resolved; it grows as they are imported. */
  readonly outside: ReadonlySet<string>;
  /** From now on modules are read again: those of the folder and what imports them, or all of the project and `outside`. */
  renew(folder?: string): void;
  stop(): void;
}

/** Installed packages and the toolkit itself stay loaded once: two copies would not know each other's classes. */
export function freshModules(root: string): FreshModules {
  // Node names modules by their real place, the toolkit asks for them by the one that it was given.
  const given = `${pathToFileURL(root).href}/`;
  const base = `${pathToFileURL(realpathSync(root)).href}/`;
  const folders = new Map<string, number>();
  const importers = new Map<string, Set<string>>();
  const outside = new Set<string>();
  let all = 0;
  const isOurs = (url: string): boolean =>
    url.startsWith(base) || (url.startsWith('file:') && outside.has(pathOf(url)));
  const hooks = registerHooks({
    resolve(specifier, context, next) {
      const found = next(specifier, context);
      const { url } = found;
      if (!url.startsWith('file:') || url.includes('/node_modules/') || url.startsWith(TOOLKIT)) return found;
      const from = context.parentURL ?? '';
      if (!url.startsWith(base)) {
        if (!isOurs(from) && !specifier.startsWith(given)) return found;
        outside.add(pathOf(url));
      }
      const folder = folderOf(url, base);
      if (isOurs(from)) importers.set(folder, (importers.get(folder) ?? new Set()).add(folderOf(from, base)));
      const generation = `${all}.${folders.get(folder) ?? 0}`;
      return generation === '0.0' ? found : { ...found, url: `${url.replace(/\?.*$/, '')}?bp=${generation}` };
    },
  });
  return {
    outside,
    renew(folder = EVERYTHING) {
      const stale = new Set([folder]);
      for (const one of stale) for (const importer of importers.get(one) ?? []) stale.add(importer);
      if (stale.has(EVERYTHING)) all += 1;
      else for (const one of stale) folders.set(one, (folders.get(one) ?? 0) + 1);
    },
    stop: () => hooks.deregister(),
  };
}

/** The folder of what lies in no Blueprint's: any of them may import it. */
const EVERYTHING = '';

const pathOf = (url: string): string => fileURLToPath(url.replace(/[?#].*$/, ''));

/** `blueprints/platform/cnpg` of a module in it. */
function folderOf(url: string, base: string): string {
  return url.startsWith(base)
    ? (blueprintFolder(decodeURI(url.slice(base.length))) ?? EVERYTHING)
    : EVERYTHING;
}

/** The Blueprint folder that a path below the project lies in. */
export function blueprintFolder(path: string): string | undefined {
  const found = /^blueprints\/(?:(?:platform|products)\/)?[^/]+(?=\/)/.exec(path)?.[0];
  return found === undefined || dirname(path) === 'blueprints' ? undefined : found;
}
