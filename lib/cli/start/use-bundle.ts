import { registerHooks } from 'node:module';
import { type Bundle, OTHER_PEERS } from './bundle.ts';

const BUNDLED = 'bp-bundled:';

type Namespaces = Readonly<Record<string, object>>;

/**
 * Loads a bundle. From now on whoever imports one of its modules in this thread gets it from the bundle: Blueprints, the
 * parts of the toolkit that are not in the bundle and those that are share one copy of everything, as they do without.
 * @throws what its module throws; then nothing has changed
 */
export async function useBundle({ url, modules, peers }: Bundle): Promise<Namespaces> {
  Reflect.set(globalThis, Symbol.for(OTHER_PEERS), !peers);
  const bundled = (await import(url)) as Namespaces;
  registerHooks({
    resolve(specifier, context, next) {
      const found = next(specifier, context);
      const name = modules.get(found.url);
      return name === undefined ? found : { ...found, url: BUNDLED + name, format: 'module' };
    },
    load(at, context, next) {
      if (!at.startsWith(BUNDLED)) return next(at, context);
      const name = at.slice(BUNDLED.length);
      return { format: 'module', source: reexport(url, name, bundled[name] ?? {}), shortCircuit: true };
    },
  });
  return bundled;
}

/** A module that hands out what the bundle holds. */
function reexport(url: string, name: string, namespace: object): string {
  const names = Object.keys(namespace).filter((each) => each !== 'default');
  return [
    `import { ${JSON.stringify(name)} as all } from ${JSON.stringify(url)};`,
    `export const { ${names.join(', ')} } = all;`,
    'default' in namespace ? 'export default all.default;' : '',
  ].join('\n');
}
